/**
 * Two people write in Vellum's page behind proxies that refuse upgrades, swallow them or buffer responses, and that
 * change while they write. Each sits behind another one; the page finds the carrier that works, and back up again.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { eventually } from './eventually.ts'
import { Network, type Rules } from './network.ts'
import { Pair } from './pair.ts'
import { type CarrierName, Writer } from './writer.ts'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

/** Allows event streams, nothing better. */
const STREAMS: Rules = { upgrades: 403 }
/** Allows what ends: neither upgrades nor streams. */
const POLLS: Rules = { upgrades: 403, bufferBytes: 1 << 20 }

const seat = (document: string, anas: Rules, bos: Rules) =>
  Pair.seat({ browser, server, document, anas, bos })

const isOn = (writer: Writer, carrier: CarrierName) => eventually(() => writer.carrier(), carrier)

/** Whoever comes back to a network tries at once, but not twice in a moment. */
const climbs = (writer: Writer, carrier: CarrierName) =>
  eventually(async () => {
    await writer.wake()
    return writer.carrier()
  }, carrier)

describe.concurrent('behind a proxy', { timeout: 400_000 }, () => {
  it('that lets no upgrade through people write over an event stream, and climb without a word when it does', async () => {
    await using pair = await seat('streams', { upgrades: 400 }, { upgrades: 'swallow' })
    const { ana, bo, anas } = pair
    await Promise.all([isOn(ana, 'event-stream'), isOn(bo, 'event-stream')])
    await pair.write(6)
    await pair.agree()
    anas.move({ upgrades: 502, cutAfterMs: 1_500 })
    pair.bos.move({ upgrades: 'strip', cutAfterMs: 1_500 })
    const ended = anas.ended
    await pair.writeUntil(() => anas.ended >= ended + 4)
    pair.change(STREAMS)
    await pair.agree()
    await Promise.all([isOn(ana, 'event-stream'), isOn(bo, 'event-stream')])
    const seen = await Promise.all([ana.watch(), bo.watch()])
    pair.change({})
    const asked = anas.upgradesAsked
    await pair.wake()
    await pair.writeUntil(() => anas.upgradesAsked > asked)
    await pair.write(4)
    await Promise.all([climbs(ana, 'websocket'), climbs(bo, 'websocket')])
    await pair.agree()
    // Between the one and the other nobody is told of anything but saving.
    for (const tellAll of seen) {
      const statuses = await tellAll()
      const top = statuses.indexOf('live websocket')
      expect(top).toBeGreaterThan(0)
      expect(statuses[top - 1]).toBe('live event-stream')
    }
  })

  it('that buffers responses people write by polling, also slowly, and climb when it does not', async () => {
    await using pair = await seat('polls', POLLS, { ...POLLS, upgrades: 'swallow' })
    await Promise.all([isOn(pair.ana, 'long-poll'), isOn(pair.bo, 'long-poll')])
    await pair.write(6)
    await pair.agree()
    pair.change({ ...POLLS, latencyMs: 300, lossShare: 0.05, isOneRequestEach: true })
    await pair.write(6)
    await pair.agree()
    pair.change({})
    await Promise.all([climbs(pair.ana, 'websocket'), climbs(pair.bo, 'websocket')])
    await pair.agree()
  })

  it('that cuts what is silent for 30 s no carrier is cut while nobody writes', async () => {
    const cutting = { cutIdleMs: 30_000, isOneRequestEach: true }
    const rules = { websocket: {}, 'event-stream': STREAMS, 'long-poll': POLLS } as const
    await Promise.all(
      Object.entries(rules).map(async ([carrier, more]) => {
        await using network = await Network.open(server, { ...more, ...cutting })
        await using ana = await Writer.come(browser, 'Ana', `${network.url}/d/quiet-${carrier}`)
        await isOn(ana, carrier as CarrierName)
        // The page itself has been fetched by now, each file over a connection of its own.
        const { ended } = network
        const startedAt = performance.now()
        await eventually(() => performance.now() - startedAt > 31_000, true)
        await isOn(ana, carrier as CarrierName)
        expect(network.ended).toBe(ended)
      }),
    )
  })

  it('that changes while both write nothing is doubled, nothing is missing', async () => {
    await using pair = await seat('changing', {}, STREAMS)
    const { ana, bo, anas, bos } = pair
    await Promise.all([isOn(ana, 'websocket'), isOn(bo, 'event-stream')])
    await pair.write(10, (words) => {
      if (words === 3) anas.move(STREAMS)
      if (words === 5) bos.move({})
      if (words === 8) bos.change({ isBlackHole: true })
    })
    bos.move(POLLS)
    await pair.agree()
    await Promise.all([isOn(ana, 'event-stream'), isOn(bo, 'long-poll')])
    await pair.write(10, (words) => {
      if (words === 3) anas.move(POLLS)
      if (words === 5) bos.move(STREAMS)
      if (words === 8) anas.change({ ...POLLS, isBlackHole: true })
    })
    anas.move({})
    await pair.wake()
    await pair.agree()
    await climbs(ana, 'websocket')
  })
})

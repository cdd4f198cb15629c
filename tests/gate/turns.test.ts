/** Whose turn it is: connections of an address that sends what nobody honest sends, of everybody else, and of who shares the address. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { watchArrivals } from '#server/gate/arrivals.ts'
import { Turns } from '#server/gate/turns.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { RawSocket } from '#tests/process/raw-socket.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'

function turns(limits: { readonly malformed?: number; readonly connections?: number } = {}) {
  const clock = new VirtualClock()
  const metrics = new Metrics()
  const { malformed = 2, connections = 100 } = limits
  const made = new Turns({ clock, metrics, malformedPerMinute: malformed, connectionsPerSecond: connections })
  return { clock, metrics, turns: made }
}

const later = () => {
  throw new Error('it was said to be now')
}

describe('N14 a turn', () => {
  test('is everybody’s at once, but for an address that sent what is malformed too often: one every 50 ms, in order', async () => {
    const { clock, metrics, turns: of } = turns()
    for (let i = 0; i < 2; i++) {
      expect(of.wait('bad', later)).toBe('now')
      of.offended('bad')
    }
    const came: string[] = []
    for (const who of ['a', 'b', 'c']) of.wait('bad', () => came.push(who))
    expect(of.wait('good', later)).toBe('now')
    expect(came).toEqual([])
    await clock.pass(100)
    expect(came).toEqual(['a', 'b'])
    await clock.pass(100)
    expect([came.length, of.size, metrics.limited.malformed]).toEqual([3, 0, 3])
  })

  test('is as before within the minute in which nothing of the kind came again', async () => {
    const { clock, turns: of } = turns()
    for (let i = 0; i < 50; i++) of.offended('bad')
    expect(of.wait('bad', () => {})).not.toBe('now')
    await clock.pass(31_000)
    expect(of.wait('bad', later)).toBe('now')
  })

  test('of who shares the address comes within five seconds, however many wait; beyond a hundred they are refused', async () => {
    const { clock, turns: of } = turns()
    for (let i = 0; i < 5; i++) of.offended('bad')
    for (let i = 0; i < 99; i++) of.wait('bad', () => of.offended('bad'))
    let isIn = false
    of.wait('bad', () => {
      isIn = true
    })
    expect(of.wait('bad', later)).toBe('full')
    await clock.pass(5_000)
    expect(isIn).toBe(true)
  })

  test('of who is gone is nobody’s: the next one comes in its place', async () => {
    const { clock, turns: of } = turns()
    for (let i = 0; i < 5; i++) of.offended('bad')
    const gone = of.wait('bad', later)
    let isIn = false
    of.wait('bad', () => {
      isIn = true
    })
    if (typeof gone === 'function') gone()
    await clock.pass(50)
    expect(isIn).toBe(true)
  })

  test('waits where one address makes more connections than may be, honest ones too: none is refused', async () => {
    const { clock, metrics, turns: of } = turns({ connections: 10 })
    let came = 0
    const turn = () =>
      of.wait('busy', () => {
        came += 1
      })
    const first = Array.from({ length: 150 }, turn).filter((one) => one === 'now')
    expect([first.length, metrics.limited.connections]).toEqual([100, 50])
    await clock.pass(5_000)
    expect(came).toBe(50)
  })
})

describe('N14 a connection', () => {
  let server: Server
  let clock: VirtualClock
  let metrics: Metrics
  let of: Turns
  const asked: string[] = []

  beforeAll(async () => {
    const made = turns()
    clock = made.clock
    metrics = made.metrics
    of = made.turns
    server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.setHeader('Connection', 'close').end('heard')
    })
    watchArrivals({ server, turns: of, trustProxy: false })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const come = async (says: string): Promise<RawSocket> => {
    const raw = await RawSocket.connect((server.address() as AddressInfo).port)
    raw.say(says)
    return raw
  }

  test('is not read before it is its turn, where those of its address before were not HTTP; then it is answered', async () => {
    const malformed =
      'POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'
    for (let i = 0; i < 2; i++) {
      const raw = await come(malformed)
      await raw.ended
      expect(raw.status).toBe(400)
    }
    expect(metrics.limited.malformed).toBe(0)
    const raw = await come('GET /mine HTTP/1.1\r\nHost: a\r\n\r\n')
    await expect.poll(() => metrics.limited.malformed).toBe(1)
    // So often the loop looks at its sockets: there was time to read it.
    for (let turn = 0; turn < 100; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
    expect(asked).toEqual([])
    await clock.pass(50)
    await raw.ended
    expect([raw.status, asked]).toEqual([200, ['/mine']])
  })
})

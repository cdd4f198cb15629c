/** Two people write in Vellum's page over bad lines, and lines that change while they write. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { eventually } from './eventually.ts'
import { Network, type Rules } from './network.ts'
import { agree, sitTogether, Writer } from './writer.ts'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

/** Both behind the same network, each with the caret in an own paragraph; what they do then, and that they agree. */
async function together(
  { document, rules = {} }: { readonly document: string; readonly rules?: Rules },
  act: (ana: Writer, bo: Writer, network: Network) => Promise<void>,
): Promise<void> {
  await using network = await Network.open(server, rules)
  const url = `${network.url}/d/${document}`
  await using ana = await Writer.come(browser, 'Ana', url)
  await using bo = await Writer.come(browser, 'Bo', url)
  await sitTogether(ana, bo)
  await act(ana, bo, network)
  await agree([ana, bo], server)
}

describe.concurrent('nothing is doubled, nothing is missing', () => {
  it('where every connection is cut after two seconds', () =>
    together({ document: 'cut' }, async (ana, bo, network) => {
      network.move({ cutAfterMs: 2_000 })
      const enough = () => network.ended >= 8
      await Promise.all([ana.writesUntil(enough), bo.writesUntil(enough)])
      network.change({})
    }))

  it('where bytes take 300 ms each way and 5 % of the connections are lost', () =>
    together({ document: 'slow' }, async (ana, bo, network) => {
      network.move({ latencyMs: 300, lossShare: 0.05, isOneRequestEach: true })
      await Promise.all([ana.writes(12), bo.writes(12)])
      network.cut()
      await Promise.all([ana.writes(12), bo.writes(12)])
    }))

  it('where the network goes silent in the middle of a word and speaks again', () =>
    together({ document: 'silent' }, async (ana, bo, network) => {
      const silence = (words: number) => words === 4 && network.change({ isBlackHole: true })
      await Promise.all([ana.writes(12, silence), bo.writes(12)])
      network.change({})
    }))

  it('where the network goes silent and they come back through another', () =>
    together({ document: 'moved' }, async (ana, bo, network) => {
      const silence = (words: number) => words === 4 && network.change({ isBlackHole: true })
      await Promise.all([ana.writes(12, silence), bo.writes(12)])
      network.move({})
    }))

  it('where a portal answers everything for a while, and nobody reads Saved meanwhile', () =>
    together({ document: 'portal' }, async (ana, bo, network) => {
      const close = (words: number) => words === 4 && network.move({ isPortal: true })
      await Promise.all([ana.writes(12, close), bo.writes(12)])
      await eventually(async () => (await ana.shown()).words, /Reconnecting|Offline/)
      network.move({})
      await Promise.all([ana.wake(), bo.wake()])
    }))
})

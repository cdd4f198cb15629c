/** Two people write in Vellum's page over bad lines, and lines that change while they write: one sitting, one text. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, it, vi } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { eventually } from './eventually.ts'
import { Pair } from './pair.ts'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 })

let browser: Browser
let server: ServerProcess
let pair: Pair

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
  pair = await Pair.seat({ browser, server, document: 'lines' })
})

afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

it('nothing is doubled or missing where every connection is cut after a second', async () => {
  const { anas, bos } = pair
  pair.move({ cutAfterMs: 1_000 })
  const before = { anas: anas.ended, bos: bos.ended }
  await pair.writeUntil(() => anas.ended >= before.anas + 4 && bos.ended >= before.bos + 4)
  pair.change({})
  await pair.agree()
})

it('nothing is doubled or missing where bytes take 300 ms each way and 5 % of the connections are lost', async () => {
  pair.move({ latencyMs: 300, lossShare: 0.05, isOneRequestEach: true })
  await pair.write(10)
  pair.anas.cut()
  await pair.write(10)
  await pair.agree()
})

it('nothing is doubled or missing where the network goes silent in the middle of a word and speaks again', async () => {
  pair.move({})
  await pair.wake()
  await pair.agree()
  await pair.write(10, (words) => words === 4 && pair.change({ isBlackHole: true }))
  pair.change({})
  await pair.agree()
})

it('nothing is doubled or missing where the network goes silent and they come back through another', async () => {
  await pair.write(10, (words) => words === 4 && pair.change({ isBlackHole: true }))
  pair.move({})
  await pair.wake()
  await pair.agree()
})

it('nobody reads Saved while a portal answers everything, and what was typed before it let them in is there', async () => {
  await pair.write(10, (words) => words === 4 && pair.move({ isPortal: true }))
  await eventually(async () => (await pair.ana.shown()).words, /Reconnecting|Offline/)
  pair.move({})
  await pair.wake()
  await pair.agree()
})

/** Two persons, each on a machine of their own with a line of its own to one server, who write while theirs is down. */
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { nodeChance } from '#server/ops/time.ts'
import { codes } from '#shared/codes.ts'
import { launchBrowser } from '#tests/browser.ts'
import { Line } from '#tests/network/line.ts'
import { networkComes, networkGoes, PATIENCE } from '#tests/page/shown.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Tab } from './tab.ts'

vi.setConfig({ testTimeout: 180_000 })

let browser: Browser
let server: ServerProcess
let machines: Machine[]
let document = 0

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

beforeEach(() => {
  machines = []
  document++
})

afterEach(() => Promise.all(machines.map((machine) => machine.close())))

/** A browser's storage of its own, and a line of its own. */
class Machine {
  readonly tab: Tab
  readonly #line: Line
  readonly #context: BrowserContext

  private constructor(tab: Tab, line: Line, context: BrowserContext) {
    this.tab = tab
    this.#line = line
    this.#context = context
  }

  static async start(): Promise<Machine> {
    const line = await Line.open({ port: server.port, chance: nodeChance() })
    const context = await browser.newContext({ serviceWorkers: 'block' })
    const tab = await Tab.open(context, `http://127.0.0.1:${line.port}/d/${id()}`)
    await tab.saved()
    const machine = new Machine(tab, line, context)
    machines.push(machine)
    return machine
  }

  /** The browser says so, too: nobody has to wait for the page to believe it. */
  async loses(): Promise<void> {
    this.#line.rules = { isDown: true }
    await networkGoes(this.tab.page)
  }

  async finds(): Promise<void> {
    this.#line.rules = {}
    await networkComes(this.tab.page)
  }

  async close(): Promise<void> {
    await this.#context.close()
    await this.#line[Symbol.asyncDispose]()
  }
}

const id = (): string => `machines-${document}`
const api = (path = ''): string => `${server.url}/v1/documents/${id()}${path}`

async function readElsewhere(): Promise<string> {
  const answer = await fetch(api('/content?format=text'))
  expect(answer.status).toBe(200)
  return (await answer.text()).trimEnd()
}

test.each([
  ['who was first', [0, 1]],
  ['who was last', [1, 0]],
] as const)(
  'D1 two who wrote into one paragraph without a network lose no word, and %s may be back first',
  async (_, order) => {
    const ada = await Machine.start()
    await ada.tab.type('Bread needs flour.')
    await ada.tab.saved()
    const bo = await Machine.start()
    expect(await bo.tab.words()).toBe('Bread needs flour.')
    await Promise.all([ada.loses(), bo.loses()])
    await ada.tab.type(' And warm water.')
    await bo.tab.type(' And a day.')
    await ada.tab.countsTheTruth()
    await bo.tab.countsTheTruth()
    expect(await readElsewhere()).toBe('Bread needs flour.')
    const people = [ada, bo]
    for (const at of order) {
      await people[at]?.finds()
      await people[at]?.tab.saved()
    }
    const both = /^Bread needs flour\.( And warm water\. And a day\.| And a day\. And warm water\.)$/
    for (const { tab } of people) {
      await expect.poll(() => tab.words(), PATIENCE).toMatch(both)
      await expect.poll(() => tab.waiting(), PATIENCE).toBe(0)
    }
    expect(await ada.tab.words()).toBe(await bo.tab.words())
    expect(await readElsewhere()).toBe(await ada.tab.words())
  },
)

test('D5 what was written into a document that was deleted meanwhile stays on its device, and goes nowhere', async () => {
  const ada = await Machine.start()
  await ada.tab.type('Before.')
  await ada.tab.saved()
  await ada.loses()
  await ada.tab.type(' After.')
  const count = await ada.tab.countsTheTruth()
  expect((await fetch(api(), { method: 'DELETE' })).ok).toBe(true)
  await ada.finds()
  const ending = ada.tab.page.locator('vellum-ending', { hasText: 'This document was deleted' })
  await ending.waitFor(PATIENCE)
  await ending.getByText(`${count} changes the server never took are kept on this device`).waitFor(PATIENCE)
  expect(await ada.tab.waiting()).toBe(count)
  await ada.tab.page.reload()
  await ending.waitFor(PATIENCE)
  expect(await ada.tab.words()).toBe('Before. After.')
  expect(await ada.tab.waiting()).toBe(count)
  const [, told] = /Code (\d+)/.exec((await ending.textContent()) ?? '') ?? []
  expect(Number(told)).toBe(codes.deleted.code)
  expect((await fetch(api('/content?format=text'))).status).toBe(410)
})

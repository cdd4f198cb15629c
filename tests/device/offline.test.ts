/** The page without its server, in a real browser: the line to it breaks. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Browser, BrowserContext, CDPSession } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { nodeChance } from '#server/ops/time.ts'
import { launchBrowser, launchPersistent } from '#tests/browser.ts'
import { Line } from '#tests/network/line.ts'
import { networkComes, networkGoes, PATIENCE } from '#tests/page/shown.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'
import { Tab } from './tab.ts'

declare global {
  interface Window {
    readonly kept: (count: number) => void
  }
}

/** A busy machine may take its time. */
vi.setConfig({ testTimeout: 180_000 })

let browser: Browser
let server: ServerProcess
let line: Line
let contexts: BrowserContext[]
let document = 0

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

beforeEach(async () => {
  contexts = []
  document++
  // An origin of its own for each test.
  line = await Line.open({ port: server.port, chance: nodeChance() })
})

afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()))
  await line[Symbol.asyncDispose]()
})

const url = (): string => `http://127.0.0.1:${line.port}/d/offline-${document}`

async function device(): Promise<BrowserContext> {
  const context = await browser.newContext()
  contexts.push(context)
  return context
}

/** What the server has, as its API tells it: without blanks at the end. */
async function readElsewhere(): Promise<string> {
  const answer = await fetch(`${server.url}/v1/documents/offline-${document}/content?format=text`)
  expect(answer.status).toBe(200)
  return (await answer.text()).trimEnd()
}

/** The line breaks, and the browser says that there is no network: nobody has to wait for the page to believe it. */
async function goesAway(...tabs: readonly Tab[]): Promise<void> {
  line.rules = { isDown: true }
  await networkGoes(...tabs.map(({ page }) => page))
}

/** The line is there again, and the browser says so: nobody has to wait for the next try. */
async function comesBack(...tabs: readonly Tab[]): Promise<void> {
  line.rules = {}
  await networkComes(...tabs.map(({ page }) => page))
}

/** Opens the document anew while the line is broken. */
async function reload(tab: Tab): Promise<void> {
  await tab.page.reload()
  await tab.written()
  await networkGoes(tab.page)
}

/** The store's own settings and accidents, as the browser's maker made them reachable. */
async function storageOf(tab: Tab): Promise<CDPSession> {
  return tab.page.context().newCDPSession(tab.page)
}

test('D2 what was written without a server outlives a reload, is counted, and is sent when there is one', async () => {
  const tab = await Tab.open(await device(), url())
  await tab.type('With a server. ')
  await tab.saved()
  await tab.installed()
  await goesAway(tab)
  await tab.type('Without.')
  const count = await tab.countsTheTruth()
  await reload(tab)
  expect(await tab.words()).toBe('With a server. Without.')
  expect(await tab.countsTheTruth()).toBe(count)
  // A clock that was set back orders nothing.
  await tab.page.addInitScript(() => {
    const { now } = Date
    Date.now = () => now() - 3_600_000
  })
  await reload(tab)
  await tab.type(' An hour earlier.')
  expect(await tab.countsTheTruth()).toBeGreaterThan(count)
  await comesBack(tab)
  await tab.saved()
  await expect.poll(() => tab.waiting(), PATIENCE).toBe(0)
  expect(await readElsewhere()).toBe('With a server. Without. An hour earlier.')
})

test('D3 two tabs without a server hear each other; what one leaves behind the other sends', async () => {
  const context = await device()
  const one = await Tab.open(context, url())
  await one.type('Both. ')
  await one.saved()
  const two = await Tab.open(context, url())
  await two.saved()
  await goesAway(one, two)
  await one.type('One. ')
  await expect.poll(() => two.words(), PATIENCE).toBe('Both. One. ')
  await two.type('Two.')
  await expect.poll(() => one.words(), PATIENCE).toBe('Both. One. Two.')
  const count = await two.countsTheTruth()
  expect(await one.countsTheTruth()).toBe(count)
  await one.page.close({ runBeforeUnload: false })
  expect(await two.countsTheTruth()).toBe(count)
  await comesBack(two)
  await two.saved()
  await expect.poll(() => two.waiting(), PATIENCE).toBe(0)
  expect(await readElsewhere()).toBe('Both. One. Two.')
})

test('D4 a full device says so, and keeps everything as soon as there is room', async () => {
  const tab = new Tab(await (await device()).newPage())
  const storage = await storageOf(tab)
  const origin = new URL(url()).origin
  // Before the first write: a browser remembers for a while how much room there was.
  await storage.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 })
  await tab.page.goto(url())
  await tab.written()
  await tab.type('With a server. ')
  await tab.saved()
  await goesAway(tab)
  await tab.type('Without room. ')
  await expect.poll(() => tab.says(), PATIENCE).toContain('Not saved on this device')
  await expect.poll(() => tab.counts(), PATIENCE).toBe('Without room. '.length)
  expect(await tab.waiting()).toBeLessThan(1)
  await storage.send('Storage.overrideQuotaForOrigin', { origin })
  expect(await tab.countsTheTruth()).toBe('Without room. '.length)
  await comesBack(tab)
  await tab.saved()
  await expect.poll(() => tab.waiting(), PATIENCE).toBe(0)
  expect(await readElsewhere()).toBe('With a server. Without room.')
})

test('D4 when storage is cleared under an open document everything it holds is stored anew', async () => {
  const tab = await Tab.open(await device(), url())
  await tab.type('Before. ')
  await tab.saved()
  await tab.installed()
  await goesAway(tab)
  await tab.type('Cleared. ')
  const count = await tab.countsTheTruth()
  const storage = await storageOf(tab)
  const cleared = tab.page.locator('[role="status"].saved-state.not-kept').waitFor(PATIENCE)
  await storage.send('Storage.clearDataForOrigin', {
    origin: new URL(url()).origin,
    storageTypes: 'indexeddb',
  })
  await cleared
  expect(await tab.countsTheTruth()).toBe(count)
  await reload(tab)
  expect(await tab.words()).toBe('Before. Cleared. ')
  await comesBack(tab)
  await tab.saved()
  expect(await readElsewhere()).toBe('Before. Cleared.')
})

test('D4 without a store the page works with a server, and says without one what it cannot do', async () => {
  const context = await device()
  await context.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }))
  const tab = await Tab.open(context, url())
  await tab.type('Online. ')
  await tab.saved()
  await goesAway(tab)
  await tab.type('Here only.')
  await expect.poll(() => tab.says(), PATIENCE).toContain('Not saved on this device')
  const asked = tab.page.waitForEvent('dialog', PATIENCE)
  const leaving = tab.page.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await leaving
  await comesBack(tab)
  await tab.saved()
  expect(await readElsewhere()).toBe('Online. Here only.')
})

test('D1 what was said to be kept is there after the browser is killed in the middle of a word', async () => {
  const folder = await temporaryFolder()
  try {
    const context = await launchPersistent(folder)
    const tab = await Tab.open(context, url())
    await tab.type('Before. ')
    await tab.saved()
    await tab.installed()
    await goesAway(tab)
    await tab.type('Offline. ')
    const before = await tab.countsTheTruth()
    const said: number[] = []
    await tab.page.exposeFunction('kept', (count: number) => said.push(count))
    await tab.page.evaluate(() => {
      const status = window.document.querySelector('[role="status"].saved-state')
      if (status === null) throw new Error('nothing is said of saving')
      new MutationObserver(() => {
        const [, count] = /([\d,]+) changes? kept on this device/.exec(status.textContent ?? '') ?? []
        if (count !== undefined) window.kept(Number(count.replaceAll(',', '')))
      }).observe(status, { childList: true, characterData: true, subtree: true })
    })
    const writing = writeUntilTheEnd(tab)
    await expect.poll(() => said.at(-1) ?? 0, PATIENCE).toBeGreaterThan(before + 20)
    process.kill(browserOf(folder), 'SIGKILL')
    await writing
    await context.close().catch(() => undefined)
    const promised = said.at(-1)
    const again = await launchPersistent(folder)
    contexts.push(again)
    const back = await Tab.open(again, url())
    await networkGoes(back.page)
    const count = await back.countsTheTruth()
    expect(count).toBeGreaterThanOrEqual(promised ?? Number.NaN)
    const words = await back.words()
    expect(words).toMatch(/^Before\. Offline\. a word/)
    await comesBack(back)
    await back.saved()
    expect(await readElsewhere()).toBe(words.trimEnd())
  } finally {
    for (const context of contexts.splice(0)) await context.close()
    await removeFolder(folder)
  }
})

/** Types, letter after letter, for as long as there is a page to type into. */
async function writeUntilTheEnd({ page }: Tab): Promise<void> {
  try {
    for (;;) await page.keyboard.type('a word that is never finished, since its browser is killed meanwhile ')
  } catch {
    // The browser is gone, as it is meant to be.
  }
}

/** The process of the browser that keeps its things in this folder. */
function browserOf(folder: string): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const command = commandOf(name)
    if (command.includes(`--user-data-dir=${folder}`) && !command.includes('--type=')) return Number(name)
  }
  throw new Error('the browser has no process')
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It ended meanwhile.
    return ''
  }
}

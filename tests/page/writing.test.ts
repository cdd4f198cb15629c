/** Two people write one text in Vellum's own page, each in a browser of their own, on a real server that is killed. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type {} from '#client/editor/editor.ts'
import { launchBrowser } from '#tests/browser.ts'
import { writeDocument, written } from '#tests/editor/every-construct.ts'
import { readRecording } from '#tests/process/paper-typing.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { saved, text, wordsOn } from './shown.ts'
import { newPage, type Visit } from './stage.ts'

let browser: Browser
let server: ServerProcess
let visits: Visit[]
let document: number

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
  document = 0
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

beforeEach(() => {
  visits = []
  document++
})

afterEach(() => Promise.all(visits.map(({ context }) => context.close())))

async function come(): Promise<Page> {
  const visit = await newPage(browser)
  visits.push(visit)
  await visit.page.goto(`${server.url}/d/writing-${document}`)
  await saved(visit.page)
  return visit.page
}

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

/** The text as this page's editor holds it, without anybody's caret. */
function held(page: Page): Promise<string> {
  return page.evaluate(() =>
    JSON.stringify(window.document.querySelector('vellum-editor')?.text?.view.state.doc.toJSON()),
  )
}

/** Where the editor, which hears of it after the browser, has its caret. */
function caret(page: Page): Promise<number | undefined> {
  return page.evaluate(() => window.document.querySelector('vellum-editor')?.text?.view.state.selection.from)
}

/** Everybody has everything, and so has somebody who comes now. */
async function agree(...pages: readonly Page[]): Promise<string> {
  for (const page of pages) await saved(page)
  const late = await come()
  const [first] = pages
  if (first === undefined) throw new Error('nobody is here')
  const all = await held(first)
  for (const page of [...pages, late]) await expect.poll(() => held(page), { timeout: 60_000 }).toBe(all)
  return all
}

it('a long text with every construct is written by one while another writes in it', async () => {
  const [ana, bo] = [await come(), await come()]
  await text(bo).click()
  await bo.keyboard.type('By two: ')
  await press(bo, 'Enter')
  await expect.poll(() => wordsOn(ana)).toBe('By two: \n')
  await press(bo, 'Control+Home', 'End')
  await expect.poll(() => caret(bo)).toBe('By two: '.length + 1)
  await text(ana).click()
  await press(ana, 'Control+End')
  await expect.poll(() => caret(ana)).toBe('By two: '.length + 3)
  const beside = 'what one writes the other reads at once, '.repeat(8)
  await Promise.all([writeDocument(ana, 'vellum-editor'), bo.keyboard.type(beside, { delay: 8 })])
  const all = await agree(ana, bo)
  for (const name of written) expect(all, name).toContain(`"type":"${name}"`)
  expect(await wordsOn(ana)).toContain(`By two: ${beside}`)
  expect(visits.flatMap(({ complaints }) => complaints)).toEqual([])
}, 300_000)

it('a real paper is pasted by one while another writes at its end', async () => {
  const [ana, bo] = [await come(), await come()]
  const { endContent } = await readRecording(new URL('../fixtures/paper-5000.json.gz', import.meta.url))
  await text(bo).click()
  await press(bo, 'Enter')
  await bo.keyboard.type('At the end')
  await expect.poll(() => wordsOn(ana)).toBe('\nAt the end')
  await text(ana).click()
  await press(ana, 'Control+Home')
  await expect.poll(() => caret(ana)).toBe(1)
  await Promise.all([
    text(ana).evaluate((element, plain) => {
      const data = new DataTransfer()
      data.setData('text/plain', plain)
      const options = { clipboardData: data, bubbles: true, cancelable: true, composed: true }
      element.dispatchEvent(new ClipboardEvent('paste', options))
    }, endContent),
    bo.keyboard.type(' stands this, letter by letter.', { delay: 8 }),
  ])
  await agree(ana, bo)
  const lines = (all: string) => all.split('\n').filter((line) => line.trim() !== '')
  expect(lines(await wordsOn(bo))).toEqual([
    ...lines(endContent),
    'At the end stands this, letter by letter.',
  ])
}, 300_000)

it('both write in one paragraph while the server is killed: each letter stays, and both pages come back by themselves', async () => {
  const [ana, bo] = [await come(), await come()]
  await text(ana).click()
  await ana.keyboard.type('|')
  await expect.poll(() => wordsOn(bo)).toBe('|')
  await press(ana, 'Home')
  await expect.poll(() => caret(ana)).toBe(1)
  await text(bo).click()
  await press(bo, 'End')
  await expect.poll(() => caret(bo)).toBe(2)
  const numbers = (name: string) => Array.from({ length: 60 }, (_, at) => `${name}${at} `).join('')
  const away = ana.locator('.saved-state.reconnecting, .saved-state.offline').waitFor()
  const killed = (async () => {
    await expect.poll(() => wordsOn(ana), { timeout: 90_000 }).toContain('b5 ')
    server = await server.restart()
  })()
  await Promise.all([
    ana.keyboard.type(numbers('a'), { delay: 15 }),
    bo.keyboard.type(numbers('b'), { delay: 15 }),
    away,
    killed,
  ])
  await agree(ana, bo)
  expect((await wordsOn(ana)).trimEnd()).toBe(`${numbers('a')}|${numbers('b')}`.trimEnd())
}, 300_000)

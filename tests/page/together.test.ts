/** Two people in one document, on a real server. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { saved, title } from './shown.ts'
import { newPage, type Visit } from './stage.ts'

let browser: Browser
let server: ServerProcess
/** Two browsers for all tests: each test has pages of its own in them. */
let visits: readonly [Visit, Visit]
let pages: Page[]

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
  visits = [await newPage(browser), await newPage(browser)]
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

beforeEach(() => {
  pages = []
})

afterEach(() => Promise.all(pages.map((page) => page.close())))

async function come({ context }: Visit, path: string): Promise<Page> {
  const page = await context.newPage()
  pages.push(page)
  await page.goto(server.url + path)
  await saved(page)
  return page
}

async function two(path: string): Promise<readonly [Page, Page]> {
  const [ana, bo] = visits
  return [await come(ana, path), await come(bo, path)]
}

it('a title written by one is on the other’s screen and in the name of the tab', async () => {
  const [ana, bo] = await two('/d/title')
  await title(ana).fill('Minutes')
  await expect.poll(() => title(bo).inputValue()).toBe('Minutes')
  await expect.poll(() => bo.title()).toBe('Minutes – Vellum')
})

it('a caret in the title stays where it is in the words while the other writes before it', async () => {
  const [ana, bo] = await two('/d/caret')
  await title(ana).fill('the spring meeting')
  await expect.poll(() => title(bo).inputValue()).toBe('the spring meeting')
  await title(bo).press('End')
  for (const _ of ' meeting') await bo.keyboard.press('ArrowLeft')
  await title(ana).press('Home')
  await ana.keyboard.type('Minutes of ')
  await expect.poll(() => title(bo).inputValue()).toBe('Minutes of the spring meeting')
  await bo.keyboard.type(' garden')
  await expect.poll(() => title(ana).inputValue()).toBe('Minutes of the spring garden meeting')
})

it('two titles written at the same moment end as one and the same, and stay', async () => {
  const [ana, bo] = await two('/d/race')
  await ana.context().setOffline(true)
  await title(ana).fill('What Ana calls it')
  await title(bo).fill('What Bo calls it')
  await saved(bo)
  await ana.context().setOffline(false)
  await saved(ana)
  const both = async () => [await title(ana).inputValue(), await title(bo).inputValue()]
  await expect.poll(async () => new Set(await both()).size).toBe(1)
  expect(['What Ana calls it', 'What Bo calls it']).toContain((await both())[0])
})

it('each sees the other’s name, and it goes when the other leaves', async () => {
  const [ana, bo] = await two('/d/names')
  await bo.locator('vellum-you button').first().click()
  await bo.locator('#your-name').fill('Bo Diddley')
  await bo.locator('#your-name').press('Enter')
  await ana.locator('[popovertarget="people"][aria-label="Bo Diddley is here"]').waitFor()
  await bo.goto(server.url)
  await ana.locator('[popovertarget="people"]').waitFor({ state: 'detached' })
})

it('two tabs of one browser are one person', async () => {
  const [ana] = await two('/d/tabs')
  const second = await come(visits[1], '/d/tabs')
  await second.locator('[popovertarget="people"]').waitFor()
  expect(await ana.locator('vellum-people .disc .avatar').count()).toBe(1)
  expect(await second.locator('vellum-people .disc .avatar').count()).toBe(1)
})

it('a document that another program made is shown as text, while it grows, and is not written into', async () => {
  const theirs = new Y.Doc()
  const provider = new WebsocketProvider(server.syncUrl, 'notes', theirs, { disableBc: true })
  const text = theirs.getText('codemirror')
  text.insert(0, 'One line.')
  const kind = async () => {
    const answer = await fetch(`${server.url}/v1/documents`)
    const { documents } = (await answer.json()) as { documents: { id: string; kind: string }[] }
    return documents.find(({ id }) => id === 'notes')?.kind
  }
  await expect.poll(kind).toBe('any')
  const [{ context }] = visits
  const page = await context.newPage()
  pages.push(page)
  await page.goto(`${server.url}/d/notes`)
  await page.getByText('Another program made this document.').waitFor()
  const shown = page.locator('.plain-text')
  await expect.poll(() => shown.textContent()).toBe('One line.')
  text.insert(9, ' And another.')
  await expect.poll(() => shown.textContent()).toBe('One line. And another.')
  expect(await title(page).getAttribute('readonly')).not.toBeNull()
  expect([...theirs.share.keys()]).toEqual(['codemirror'])
  provider.destroy()
  theirs.destroy()
})

it('what was saved is in the list, with its title', async () => {
  const [visit] = visits
  const before = visit.complaints.length
  const ana = await come(visit, '/d/listed')
  await title(ana).fill('A document to be found')
  await saved(ana)
  await ana.goto(server.url)
  // Lists learn of a title in a quiet moment.
  const listed = async (): Promise<number> => {
    await ana.reload()
    await ana.waitForSelector('.documents')
    return ana.getByRole('link', { name: 'A document to be found' }).count()
  }
  await expect.poll(listed, { timeout: 60_000, interval: 250 }).toBe(1)
  expect(visit.complaints.slice(before)).toEqual([])
})

/** The list of documents and the ways from it. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { listedDocument, newPage, openStage, type Stage, usual } from './stage.ts'

let browser: Browser
let stage: Stage
let page: Page
let context: BrowserContext

beforeAll(async () => {
  ;[browser, stage] = await Promise.all([launchBrowser(), openStage()])
})

afterAll(async () => {
  await browser?.close()
  await stage?.close()
})

beforeEach(async () => {
  stage.part = usual()
  // One moment for all: the list goes by time, and then as the server has it.
  const time = Date.now() - 90_000
  stage.listed = [
    listedDocument('one', { title: 'Minutes of the spring meeting', author: 'Ana', time }),
    listedDocument('team/a plan', { title: 'Bread', time }),
    listedDocument('none', { time }),
  ]
  ;({ page, context } = await newPage(browser))
  await page.goto(stage.url)
})

afterEach(() => context.close())

const titles = () => page.locator('.documents .title').allTextContents()

it('lists the documents as the server orders them, with who touched them and when', async () => {
  await page.waitForSelector('.documents')
  expect(await titles()).toEqual(['Minutes of the spring meeting', 'Bread', 'Untitled'])
  expect((await page.locator('.touched').first().textContent())?.replace(/\s+/g, ' ').trim()).toBe(
    'Ana · 1 minute ago',
  )
  expect(await page.locator('time').first().getAttribute('title')).toMatch(/\d{4}/)
})

it('search narrows it to titles with every word in them', async () => {
  await page.fill('input[type="search"]', 'MEET spring')
  await expect.poll(titles).toEqual(['Minutes of the spring meeting'])
  await page.fill('input[type="search"]', 'cheese')
  await page.getByText('No title has “cheese” in it.').waitFor()
  await page.fill('input[type="search"]', '')
  await expect.poll(titles).toHaveLength(3)
})

it('a document opens without a load of the page, and the way back returns to the list', async () => {
  await page.waitForSelector('.documents')
  await page.evaluate(() => Object.assign(window, { kept: true }))
  await page.getByText('Bread').click()
  await page.waitForSelector('[role="textbox"][aria-multiline]')
  expect(new URL(page.url()).pathname).toBe('/d/team/a%20plan')
  await page.getByRole('link', { name: 'All documents' }).click()
  await page.waitForSelector('.documents')
  expect(await page.evaluate(() => 'kept' in window)).toBe(true)
  await page.goBack()
  await page.waitForSelector('[role="textbox"][aria-multiline]')
})

it('a new document has an address nobody can guess', async () => {
  const addresses = new Set<string>()
  for (const _ of [1, 2]) {
    await page.goto(stage.url)
    await page.getByRole('link', { name: 'New document' }).click()
    await page.waitForSelector('[role="textbox"][aria-multiline]')
    const { pathname } = new URL(page.url())
    expect(pathname).toMatch(/^\/d\/[A-Za-z0-9_-]{22}$/)
    addresses.add(pathname)
  }
  expect(addresses.size).toBe(2)
})

it('an empty list says in one sentence what this is, and offers a first document', async () => {
  stage.listed = []
  await page.reload()
  const lead = page.locator('.empty .lead')
  await lead.waitFor()
  expect((await lead.textContent())?.match(/[.]/g)).toHaveLength(1)
  await page.getByRole('link', { name: 'Write the first document' }).click()
  await page.waitForSelector('[role="textbox"][aria-multiline]')
})

it('a list that fails says so, and trying again helps once the server is well', async () => {
  const list = stage.listed
  stage.listed = 'broken'
  await page.reload()
  await page.getByRole('heading', { name: 'The documents could not be listed' }).waitFor()
  stage.listed = list
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(titles).toHaveLength(3)
})

it('a title in another script or with markup in it is shown as it is', async () => {
  stage.listed = [
    listedDocument('x', { title: '<img src=x onerror=alert(1)>' }),
    listedDocument('y', { title: 'مذكرة عن الخبز' }),
  ]
  await page.reload()
  await expect.poll(titles).toEqual(['<img src=x onerror=alert(1)>', 'مذكرة عن الخبز'])
  expect(await page.locator('.documents img').count()).toBe(0)
})

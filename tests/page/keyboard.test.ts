/** The whole page without a mouse. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { listedDocument, newPage, openStage, type Stage, usual, written } from './stage.ts'

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
  stage.listed = [listedDocument('one', { title: 'Minutes' })]
  stage.part = usual({ content: written('Minutes', ['We met.']), people: [{ name: 'Ana', color: 1 }] })
  ;({ page, context } = await newPage(browser))
})

afterEach(() => context.close())

interface Focused {
  readonly name: string
  /** Whether a ring or another sign of at least 2 px shows where the focus is. */
  readonly ring: boolean
}

/** What has the focus, however deep, and whether that can be seen. */
function focused(): Promise<Focused> {
  return page.evaluate(() => {
    let element: Element | null = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    if (element === null || element === document.body) return { name: 'nothing', ring: false }
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null
    const name = element.getAttribute('aria-label') ?? label ?? element.textContent ?? ''
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    return {
      name: name.replace(/\s+/g, ' ').trim(),
      ring: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
    }
  })
}

async function walk(stops: number): Promise<readonly Focused[]> {
  const seen: Focused[] = []
  for (let i = 0; i < stops; i++) {
    await page.keyboard.press('Tab')
    seen.push(await focused())
  }
  return seen
}

it('Tab walks the list in the order it is read, each stop with a ring', async () => {
  await page.goto(stage.url)
  await page.waitForSelector('.documents')
  const stops = await walk(5)
  expect(
    stops.map(({ name }) => name.replace(/^You are .*/, 'you').replace(/^Minutes.*/, 'Minutes')),
  ).toEqual(['you', 'New document', 'Import', 'Search titles', 'Minutes'])
  expect(stops.filter(({ ring }) => !ring)).toEqual([])
  await page.keyboard.press('Enter')
  await page.waitForSelector('[role="textbox"][aria-multiline]')
})

it('Tab walks the bar from its beginning to its end, each stop with a ring', async () => {
  await page.goto(`${stage.url}/d/one`)
  await page.locator('[aria-label="Ana is here"]').first().waitFor()
  const stops = await walk(7)
  expect(stops.map(({ name }) => name.replace(/^You are .*/, 'you'))).toEqual([
    'Go to the text',
    'All documents',
    'Title',
    'Ana is here',
    'you',
    'Share',
    'More',
  ])
  expect(stops.filter(({ ring }) => !ring)).toEqual([])
})

it('the first stop leads straight to the text', async () => {
  await page.goto(`${stage.url}/d/one`)
  await page.waitForSelector('[role="textbox"][aria-multiline]')
  await page.keyboard.press('Tab')
  await expect.poll(focused).toMatchObject({ name: 'Go to the text' })
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('textbox')
  await page.keyboard.type('Then: ')
  await expect.poll(() => page.locator('[role="textbox"][aria-multiline]').textContent()).toContain('Then: ')
})

it('an empty text says where to write, and a click beside it is meant for it', async () => {
  stage.part = usual()
  await page.goto(`${stage.url}/d/empty`)
  const text = page.locator('[role="textbox"][aria-multiline]')
  await text.waitFor()
  const cue = () =>
    text
      .locator('p')
      .first()
      .evaluate((p) => getComputedStyle(p, '::before').content)
  await expect.poll(cue).toBe('"Write here"')
  await page.mouse.click(100, 700)
  await page.keyboard.type('Here')
  await expect.poll(() => text.textContent()).toBe('Here')
  await expect.poll(cue).toBe('none')
})

it('Enter in the title goes on to the text', async () => {
  await page.goto(`${stage.url}/d/one`)
  await page.waitForSelector('[role="textbox"][aria-multiline]')
  await page.locator('.title-input').focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('textbox')
})

it('the menu opens by Enter, is walked by arrows, and Escape returns to its button', async () => {
  await page.goto(`${stage.url}/d/one`)
  await page.waitForSelector('[role="textbox"][aria-multiline]')
  await page.getByRole('button', { name: 'More' }).focus()
  await page.keyboard.press('Enter')
  await expect.poll(focused).toMatchObject({ name: 'New document' })
  await page.keyboard.press('ArrowDown')
  await expect.poll(focused).toEqual({ name: 'Import…', ring: true })
  await page.keyboard.press('End')
  await expect.poll(focused).toMatchObject({ name: 'Print or save as PDF' })
  await page.keyboard.press('ArrowDown')
  await expect.poll(focused).toMatchObject({ name: 'New document' })
  await page.keyboard.press('Escape')
  await expect.poll(focused).toMatchObject({ name: 'More' })
})

it('name and colour are reached from the menu and set by keys alone', async () => {
  await page.goto(`${stage.url}/d/one`)
  await page.waitForSelector('[role="textbox"][aria-multiline]')
  await page.getByRole('button', { name: 'More' }).focus()
  await page.keyboard.press('Enter')
  // The menu takes the focus when the platform has opened it.
  await expect.poll(focused).toMatchObject({ name: 'New document' })
  // Past importing and the history.
  for (let row = 0; row < 3; row++) await page.keyboard.press('ArrowDown')
  await expect.poll(focused).toMatchObject({ name: 'Your name and colour' })
  await page.keyboard.press('Enter')
  await expect.poll(focused).toMatchObject({ name: 'Your name' })
  await page.keyboard.type('Ada')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Escape')
  const kept = () => page.evaluate(() => localStorage.getItem('vellum.person'))
  await expect.poll(kept).toContain('"name":"Ada"')
})

/** What every test of the page looks at and writes into: the state of saving, the title, the text. */
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type {} from '#client/editor/editor.ts'

/** Real pages on slow machines: what must come may take its time. */
export const PATIENCE = { timeout: 30_000 }

export const state = (page: Page): Locator => page.locator('[role="status"].saved-state')
export const title = (page: Page): Locator => page.locator('.title-input')
export const text = (page: Page): Locator => page.locator('[role="textbox"][aria-multiline]')

/** Resolves once everything written here is on the server: the word alone lags behind the truth where that is in passing. */
export async function saved(page: Page): Promise<void> {
  await state(page).and(page.locator('.saved[data-waiting="0"]')).waitFor()
}

/** Resolves once the state of saving reads exactly this. */
export async function says(page: Page, words: string | RegExp): Promise<void> {
  if (words === 'Saved') return saved(page)
  const exactly = typeof words === 'string' ? new RegExp(`^\\s*${words}\\s*$`) : words
  await state(page).filter({ hasText: exactly }).waitFor()
}

/** Opens a document, and waits until there is something to write into. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await text(page).waitFor()
}

/** Types at the end of the text, and waits until the document has it. */
export async function write(page: Page, words: string): Promise<void> {
  const before = await wordsOn(page)
  await text(page).click()
  await page.keyboard.press('Control+End')
  await expect.poll(() => isAtEnd(page), PATIENCE).toBe(true)
  await page.keyboard.type(words)
  await expect.poll(() => wordsOn(page), PATIENCE).toBe(before + words)
}

/** The text as the editor of this page holds it, its paragraphs a line each. */
export function wordsOn(page: Page): Promise<string> {
  return page.evaluate(() => {
    const doc = window.document.querySelector('vellum-editor')?.text?.view.state.doc
    return doc === undefined ? '' : doc.textBetween(0, doc.content.size, '\n', '\n')
  })
}

function isAtEnd(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const state = window.document.querySelector('vellum-editor')?.text?.view.state
    return state !== undefined && state.selection.to >= state.doc.content.size - 1
  })
}

/** What a browser says when its network is gone: nobody waits for the page to believe it. */
export async function networkGoes(...pages: readonly Page[]): Promise<void> {
  for (const page of pages) await page.evaluate(() => window.dispatchEvent(new Event('offline')))
}

/** What a browser says when its network is back: the page tries at once, and nobody waits for its next try. */
export async function networkComes(...pages: readonly Page[]): Promise<void> {
  for (const page of pages) await page.evaluate(() => window.dispatchEvent(new Event('online')))
}

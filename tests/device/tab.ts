/** A tab of a real browser with Vellum's page in it: what it shows, and what its store really holds. */
import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import type {} from '#client/editor/editor.ts'

/** Real pages on slow machines: what must come may take its time. */
export const PATIENCE = { timeout: 30_000 }

export class Tab {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Opens a document in a new tab, and waits until there is something to write into. */
  static async open(context: BrowserContext, url: string): Promise<Tab> {
    const tab = new Tab(await context.newPage())
    await tab.page.goto(url)
    await tab.written()
    return tab
  }

  async written(): Promise<void> {
    await this.page.locator('[role="textbox"][aria-multiline]').waitFor(PATIENCE)
  }

  async saved(): Promise<void> {
    await this.page.locator('[role="status"].saved-state.saved').waitFor(PATIENCE)
  }

  /** The page itself is on the device, so that it opens without a server. */
  async installed(): Promise<void> {
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  }

  /** Types at the end of the text. */
  async type(text: string): Promise<void> {
    const before = await this.words()
    await this.page.locator('[role="textbox"][aria-multiline]').click()
    await this.page.keyboard.press('Control+End')
    await expect.poll(() => this.isAtEnd(), PATIENCE).toBe(true)
    await this.page.keyboard.type(text)
    await expect.poll(() => this.words(), PATIENCE).toBe(before + text)
  }

  words(): Promise<string> {
    return this.page.evaluate(() => {
      const doc = window.document.querySelector('vellum-editor')?.text?.view.state.doc
      return doc === undefined ? '' : doc.textBetween(0, doc.content.size, '\n', '\n')
    })
  }

  isAtEnd(): Promise<boolean> {
    return this.page.evaluate(() => {
      const state = window.document.querySelector('vellum-editor')?.text?.view.state
      return state !== undefined && state.selection.to >= state.doc.content.size - 1
    })
  }

  /** What the page says of saving. */
  async says(): Promise<string> {
    return (await this.page.locator('[role="status"].saved-state').textContent()) ?? ''
  }

  /** The number of changes it names; 0 where it names none. */
  async counts(): Promise<number> {
    const [, count = '0'] = /([\d,]+) changes?/.exec(await this.says()) ?? []
    return Number(count.replaceAll(',', ''))
  }

  /** How many changes the store holds that no server has acknowledged. */
  waiting(): Promise<number> {
    return this.page.evaluate(
      () =>
        new Promise<number>((resolve, reject) => {
          const opening = indexedDB.open('vellum')
          opening.onerror = () => reject(opening.error)
          opening.onsuccess = () => {
            const database = opening.result
            if (!database.objectStoreNames.contains('changes')) {
              database.close()
              resolve(-1)
              return
            }
            const counting = database.transaction('changes').objectStore('changes').count()
            counting.onsuccess = () => {
              database.close()
              resolve(counting.result)
            }
            counting.onerror = () => reject(counting.error)
          }
        }),
    )
  }

  /** What the page counts is what the store holds, and more than nothing. */
  async countsTheTruth(): Promise<number> {
    await expect.poll(() => this.says(), PATIENCE).toContain('Offline')
    await expect.poll(async () => (await this.counts()) - (await this.waiting()), PATIENCE).toBe(0)
    const count = await this.counts()
    expect(count).toBeGreaterThan(0)
    return count
  }
}

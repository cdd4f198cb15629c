/** A tab of a real browser with Vellum's page in it: what it shows, and what its store really holds. */
import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { open, PATIENCE, saved, state, text, wordsOn, write } from '#tests/page/shown.ts'

export class Tab {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Opens a document in a new tab, and waits until there is something to write into. */
  static async open(context: BrowserContext, url: string): Promise<Tab> {
    const tab = new Tab(await context.newPage())
    await open(tab.page, url)
    return tab
  }

  async written(): Promise<void> {
    await text(this.page).waitFor()
  }

  /** Everything written here is on the server, and the page says so. */
  saved(): Promise<void> {
    return saved(this.page)
  }

  /** The page itself is on the device, so that it opens without a server. */
  async installed(): Promise<void> {
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  }

  /** Types at the end of the text, and waits until the document has it. */
  type(words: string): Promise<void> {
    return write(this.page, words)
  }

  words(): Promise<string> {
    return wordsOn(this.page)
  }

  /** What the page says of saving. */
  async says(): Promise<string> {
    return (await state(this.page).textContent()) ?? ''
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

  /** How many changes wait for the server, at this moment: the words may lag behind. */
  async pending(): Promise<number> {
    return Number(await state(this.page).getAttribute('data-waiting'))
  }

  /** What waits is what the page counts and what the store holds, and more than nothing. */
  async countsTheTruth(): Promise<number> {
    await expect.poll(() => this.says(), PATIENCE).toContain('Offline')
    // Against all that waits: while it is being stored the two may agree on less.
    const astray = async (): Promise<readonly number[]> => {
      const pending = await this.pending()
      return [(await this.counts()) - pending, (await this.waiting()) - pending]
    }
    await expect.poll(astray, PATIENCE).toEqual([0, 0])
    const count = await this.pending()
    expect(count).toBeGreaterThan(0)
    return count
  }
}

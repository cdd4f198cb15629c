/** What is told after a while without a server: what was sent, and what others changed meanwhile. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { awayWords } from '#client/app/away-words.ts'
import type {} from '#client/app/document.ts'
import { launchBrowser } from '#tests/browser.ts'
import { open, saved, says, text, write as typeAtEnd } from './shown.ts'
import { newPage, openStage, type Stage, usual, written } from './stage.ts'

let browser: Browser
let stage: Stage
let page: Page
let context: BrowserContext
let theirs: Y.Doc

beforeAll(async () => {
  ;[browser, stage] = await Promise.all([launchBrowser(), openStage()])
})

afterAll(async () => {
  await browser?.close()
  await stage?.close()
})

const slip = () => page.locator('.slip.away')
const paragraph = (at: number) => theirs.getXmlFragment('prosemirror').get(at) as Y.XmlElement

/** Opens the document, loses the server, writes three letters, and comes back to what the others made of it. */
async function comeBackTo(change: () => void): Promise<void> {
  await open(page, `${stage.url}/d/bread`)
  await saved(page)
  await context.setOffline(true)
  await says(page, 'Offline')
  await typeAtEnd(page, 'abc')
  await says(page, 'Offline · 3 changes kept on this device')
  theirs.transact(change)
  stage.part.content = Y.encodeStateAsUpdate(theirs)
  await context.setOffline(false)
  await saved(page)
}

function write(at: number, words: string): void {
  ;(paragraph(at).get(0) as Y.XmlText).insert(0, words)
}

describe('coming back', () => {
  beforeEach(async () => {
    theirs = new Y.Doc()
    // The first of the people a stage shows.
    theirs.clientID = 1_000
    Y.applyUpdate(theirs, written('Bread', ['Flour.', 'Water.', 'Salt.']))
    stage.part = usual({ content: Y.encodeStateAsUpdate(theirs) })
    ;({ page, context } = await newPage(browser))
  })

  afterEach(async () => {
    theirs.destroy()
    await context.close()
  })

  it('to a text that others changed is told in one line, by whom and how much, and shows where until that is dismissed', async () => {
    stage.part.people = [{ name: 'Ana', color: 3 }]
    await comeBackTo(() => {
      write(0, 'Rye ')
      write(1, 'Warm ')
    })
    await slip()
      .getByText('Back online. Your 3 changes were sent. Ana changed 2 paragraphs while you were away.')
      .waitFor()
    expect(await page.locator('.vellum-text .change').count()).toBe(0)
    await slip().getByRole('button', { name: 'Show' }).click()
    await slip().getByText('2 places are marked until you dismiss this.').waitFor()
    await expect.poll(() => page.locator('.vellum-text .change').allTextContents()).toEqual(['Rye ', 'Warm '])
    await slip().getByRole('button', { name: 'Next' }).click()
    await slip().getByRole('button', { name: 'Dismiss' }).click()
    await expect.poll(() => page.locator('.vellum-text .change').count()).toBe(0)
    expect(await slip().count()).toBe(0)
  })

  it('counts paragraphs that came and went, and the title, and calls those it does not know others', async () => {
    await comeBackTo(() => {
      theirs.getMap('meta').set('title', 'Rye bread')
      theirs.getXmlFragment('prosemirror').delete(2, 1)
      const added = [new Y.XmlElement('paragraph'), new Y.XmlElement('paragraph')]
      theirs.getXmlFragment('prosemirror').insert(1, added)
    })
    // Two that were added, one of which stands for the one that went.
    await slip().getByText('Others changed the title and 2 paragraphs while you were away.').waitFor()
  })

  it('is told as well after the tab was closed meanwhile', async () => {
    await page.goto(`${stage.url}/d/bread`)
    await saved(page)
    stage.part.acknowledges = false
    await typeAtEnd(page, 'abc')
    await says(page, 'Saving…')
    await page.waitForFunction(() => document.querySelector('vellum-document')?.atRisk === 0)
    await page.close()
    theirs.transact(() => write(0, 'Rye '))
    stage.part = usual({ content: Y.encodeStateAsUpdate(theirs) })
    page = await context.newPage()
    await page.goto(`${stage.url}/d/bread`)
    await slip()
      .getByText('Your 3 changes were sent. Others changed 1 paragraph while you were away.')
      .waitFor()
  })

  it('to what nobody else changed tells nothing', async () => {
    await comeBackTo(() => undefined)
    expect(await page.locator('.slip').count()).toBe(0)
  })

  it('and staying tells nothing of what others write while one is there', async () => {
    await page.goto(`${stage.url}/d/bread`)
    await saved(page)
    theirs.transact(() => write(0, 'Rye '))
    stage.send({ type: 'update', update: Y.encodeStateAsUpdate(theirs) })
    await text(page).filter({ hasText: 'Rye Flour.' }).waitFor()
    expect(await page.locator('.slip').count()).toBe(0)
  })
})

describe('the line', () => {
  const of = (authors: readonly number[], more: { sent?: number; blocks?: number; title?: boolean } = {}) =>
    awayWords({ sent: 0, blocks: 1, title: false, ...more, authors: new Set(authors) }, NAMES)
  const NAMES = new Map([
    [1, 'Ana'],
    [2, 'Bo'],
    [3, 'Chidi'],
    [4, 'Dunya'],
    [5, 'Ana'],
  ])

  it.each([
    [of([1]), 'Back online. Ana changed 1 paragraph while you were away.'],
    [of([2, 1]), 'Back online. Ana and Bo changed 1 paragraph while you were away.'],
    [of([1, 5]), 'Back online. Ana changed 1 paragraph while you were away.'],
    [of([1, 9]), 'Back online. Ana and others changed 1 paragraph while you were away.'],
    [of([]), 'Back online. Others changed 1 paragraph while you were away.'],
    [of([1, 2, 3, 4]), 'Back online. Ana, Bo, Chidi, and others changed 1 paragraph while you were away.'],
    [of([1], { title: true, blocks: 0 }), 'Back online. Ana changed the title while you were away.'],
    [
      of([1], { sent: 1, blocks: 1200 }),
      'Back online. Your change was sent. Ana changed 1,200 paragraphs while you were away.',
    ],
  ])('reads %s', (line, expected) => {
    expect(line).toBe(expected)
  })
})

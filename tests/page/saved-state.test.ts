/** What the page says of saving, and when. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type {} from '#client/app/document.ts'
import type {} from '#client/app/saved-state.ts'
import { launchBrowser } from '#tests/browser.ts'
import { open as openDocument, saved, says, state, text, title } from './shown.ts'
import { newPage, openStage, type Stage, usual, written } from './stage.ts'

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
  stage.part = usual({ content: written('A title', ['Some text.']) })
  stage.waiting.length = 0
  ;({ page, context } = await newPage(browser))
})

afterEach(() => context.close())

const open = () => openDocument(page, `${stage.url}/d/doc`)

/** A browser that keeps nothing for pages. */
async function keepNothing(): Promise<void> {
  await context.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }))
}

/** Time stands still from here on, but for what the test lets pass. */
async function pauseClock(): Promise<void> {
  // As far ahead as a slow machine may need from the one call to the other: no clock goes back.
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 10_000)
}

/** Every text the state shows from now on, in order. */
async function watch(): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(() => {
    const seen: string[] = []
    const element = document.querySelector('vellum-saved-state')
    const look = (): void => {
      const text = element?.querySelector('.saved-state')?.textContent?.trim() ?? ''
      if (seen.at(-1) !== text) seen.push(text)
    }
    look()
    if (element !== null)
      new MutationObserver(look).observe(element, { subtree: true, childList: true, characterData: true })
    Object.assign(window, { seen })
  })
  return () => page.evaluate(() => (window as unknown as { seen: string[] }).seen)
}

describe('the state of saving', () => {
  it('reads Saved once the document is there', async () => {
    await open()
    await saved(page)
  })

  it('does not flicker while changes are saved quickly', async () => {
    await page.clock.install()
    await open()
    await page.clock.runFor(1_000)
    await saved(page)
    const seen = await watch()
    await pauseClock()
    await title(page).press('End')
    for (const key of ' that grows') {
      await page.keyboard.type(key)
      await page.clock.runFor(300)
      await page.waitForFunction(() => document.querySelector('vellum-saved-state')?.status.pending === 0)
    }
    expect(await page.title()).toBe('A title that grows – Vellum')
    expect(await seen()).toEqual(['Saved'])
  })

  it('reads Saving… when a change takes long, and Saved once it is committed', async () => {
    await open()
    await saved(page)
    stage.part.acknowledges = false
    const seen = await watch()
    await title(page).fill('Slow')
    await says(page, 'Saving…')
    stage.acknowledge()
    await saved(page)
    expect(await seen()).toEqual(['Saved', 'Saving…', 'Saved'])
  })

  it('waits 400 ms before it speaks of saving', async () => {
    await page.clock.install()
    await open()
    await page.clock.runFor(1_000)
    await saved(page)
    await pauseClock()
    stage.part.acknowledges = false
    await title(page).fill('Slow')
    await page.clock.runFor(390)
    expect(await state(page).textContent()).toContain('Saved')
    await page.clock.runFor(20)
    await says(page, 'Saving…')
  })

  it('reads Offline with the number of changes that are kept on this device', async () => {
    await open()
    await saved(page)
    await context.setOffline(true)
    await says(page, 'Offline')
    await title(page).press('End')
    await page.keyboard.type('abc')
    await says(page, 'Offline · 3 changes kept on this device')
    await context.setOffline(false)
    await saved(page)
  })

  it('reads Not saved on this device where it is not, with how many changes, and what to do', async () => {
    await keepNothing()
    await open()
    await saved(page)
    expect(await state(page).getAttribute('data-tip')).toContain('keeps nothing for this page')
    await context.setOffline(true)
    await says(page, 'Offline')
    await title(page).press('End')
    await page.keyboard.type('abc')
    await says(page, 'Not saved on this device · 3 changes, keep this tab open')
    const slip = page.locator('.slip', { hasText: 'keep this tab open' })
    const downloading = page.waitForEvent('download')
    await slip.getByRole('button', { name: 'Download a copy' }).click()
    expect((await downloading).suggestedFilename()).toBe('A titleabc.txt')
    await context.setOffline(false)
    await saved(page)
  })

  it('counts what is sent after a while without a server, when that takes long', async () => {
    await open()
    await saved(page)
    await context.setOffline(true)
    await says(page, 'Offline')
    await title(page).press('End')
    await page.keyboard.type('abc')
    await says(page, 'Offline · 3 changes kept on this device')
    stage.part.acknowledges = false
    await context.setOffline(false)
    await says(page, 'Sending 3 changes…')
    stage.acknowledge()
    await saved(page)
    stage.part.acknowledges = false
    await page.keyboard.type('d')
    await says(page, 'Saving…')
    stage.acknowledge()
    await saved(page)
  })

  it('reads Reconnecting… when the channel is lost', async () => {
    await open()
    await saved(page)
    // The next channel is not answered: nothing says hello.
    stage.part.hello = {}
    stage.answers = false
    // It passes into another word by itself: looked for from before it can come.
    const told = says(page, 'Reconnecting…')
    for (const channel of stage.channels) channel.terminate()
    await told
    stage.answers = true
  })

  it('reads Not being saved when the server cannot commit, says what to do, and recovers by itself', async () => {
    await open()
    await saved(page)
    stage.send({ type: 'saving', saving: false })
    await says(page, 'Not being saved')
    expect(await page.locator('.strip').textContent()).toContain('kept on this device')
    stage.send({ type: 'saving', saving: true })
    await saved(page)
    await page.locator('.strip').waitFor({ state: 'detached' })
  })

  it('reads View only beside it for a reader, who can change neither title nor text', async () => {
    stage.part = usual({ content: written('A title', ['Some text.']), hello: { role: 'reader' } })
    await open()
    await saved(page)
    expect(await page.locator('.view-only').textContent()).toContain('View only')
    expect(await title(page).getAttribute('readonly')).not.toBeNull()
    expect(await text(page).getAttribute('contenteditable')).toBe('false')
  })

  it('has a sign beside the words, and more on pointing at it', async () => {
    await open()
    await saved(page)
    expect(await state(page).locator('svg').count()).toBe(1)
    expect(await state(page).getAttribute('data-tip')).toContain('on the server’s disk')
  })

  it('is told to people who cannot see it only when it matters', async () => {
    await page.clock.install()
    await open()
    await page.clock.runFor(4_000)
    const told = page.locator('#announcements')
    stage.part.acknowledges = false
    await title(page).fill('Slow')
    await page.clock.runFor(4_000)
    stage.acknowledge()
    await saved(page)
    await page.clock.runFor(4_000)
    expect(await told.textContent()).toBe('')
    stage.send({ type: 'saving', saving: false })
    await says(page, 'Not being saved')
    await page.clock.runFor(4_000)
    expect(await told.textContent()).toBe('Not being saved.')
    stage.send({ type: 'saving', saving: true })
    await saved(page)
    await page.clock.runFor(4_000)
    expect(await told.textContent()).toBe('Saved.')
    expect(await state(page).getAttribute('aria-live')).toBe('off')
  })
})

describe('leaving with changes that are not on the server', () => {
  it('is let go while this device keeps them, and coming back finds them', async () => {
    await open()
    await saved(page)
    stage.part.acknowledges = false
    await title(page).fill('Slow')
    await says(page, 'Saving…')
    await page.waitForFunction(() => document.querySelector('vellum-document')?.atRisk === 0)
    await page.close({ runBeforeUnload: true })
    page = await context.newPage()
    await open()
    expect(await title(page).inputValue()).toBe('Slow')
    stage.acknowledge()
    await saved(page)
  })

  it('nor on this device asks first when the tab is closed', async () => {
    await keepNothing()
    await open()
    await saved(page)
    stage.part.acknowledges = false
    await title(page).fill('Slow')
    await says(page, 'Saving…')
    await page.waitForFunction(() => (document.querySelector('vellum-document')?.atRisk ?? 0) > 0)
    const asked = page.waitForEvent('dialog')
    const leaving = page.close({ runBeforeUnload: true })
    const dialog = await asked
    expect(dialog.type()).toBe('beforeunload')
    await dialog.dismiss()
    await leaving
    expect(page.isClosed()).toBe(false)
  })

  it('asks, too, in the middle of a composition, though others write and it waits', async () => {
    await keepNothing()
    await open()
    await saved(page)
    await text(page).click()
    await page.keyboard.press('Control+End')
    const ime = await context.newCDPSession(page)
    const compose = (words: string) =>
      ime.send('Input.imeSetComposition', {
        text: words,
        selectionStart: words.length,
        selectionEnd: words.length,
      })
    await compose('に')
    await text(page).filter({ hasText: 'に' }).waitFor()
    await saved(page)
    stage.part.acknowledges = false
    const other = new Y.Doc()
    Y.applyUpdate(other, stage.part.content)
    other.getMap('meta').set('title', 'Another title')
    other.getXmlFragment('prosemirror').insert(0, [new Y.XmlElement('paragraph')])
    stage.send({ type: 'update', update: Y.encodeStateAsUpdate(other) })
    await page.waitForFunction(() => document.title.startsWith('Another title'))
    await compose('にほん')
    await text(page).filter({ hasText: 'にほん' }).waitFor()
    const asked = page.waitForEvent('dialog')
    const leaving = page.close({ runBeforeUnload: true })
    const dialog = await asked
    expect(dialog.type()).toBe('beforeunload')
    await dialog.dismiss()
    await leaving
  })

  it('for the list keeps them on their way, and coming back finds the same document', async () => {
    await open()
    await saved(page)
    stage.part.acknowledges = false
    await title(page).fill('Still on its way')
    await says(page, 'Saving…')
    await page.click('a[href="/"]')
    await page.waitForSelector('.home')
    expect(stage.channels.size).toBe(1)
    await page.goBack()
    await text(page).waitFor()
    expect(await title(page).inputValue()).toBe('Still on its way')
    stage.acknowledge()
    await saved(page)
    const [channel] = stage.channels
    const gone = new Promise((resolve) => channel?.once('close', resolve))
    await page.click('a[href="/"]')
    await gone
  })

  it('and coming back while there is no network shows the text all the same', async () => {
    await open()
    await saved(page)
    await page.click('a[href="/"]')
    await page.waitForSelector('.home')
    await page.goBack()
    await text(page).waitFor()
    await context.setOffline(true)
    await says(page, 'Offline')
    await title(page).fill('Written on the train')
    await says(page, 'Offline · 1 change kept on this device')
    await page.click('a[href="/"]')
    await page.waitForSelector('.home')
    await page.goBack()
    await text(page).waitFor()
    expect(await title(page).inputValue()).toBe('Written on the train')
    expect(await text(page).textContent()).toContain('Some text.')
    await context.setOffline(false)
    await saved(page)
  })
})

describe('a text with something in it that this page does not know', () => {
  it('can be read and not changed, until that is gone', async () => {
    const doc = new Y.Doc()
    const root = doc.getXmlFragment('prosemirror')
    root.insert(0, [new Y.XmlElement('paragraph'), new Y.XmlElement('hologram')])
    stage.part = usual({ content: Y.encodeStateAsUpdate(doc) })
    await open()
    const strip = page.getByText('A newer version of this page')
    await strip.waitFor()
    expect(await text(page).getAttribute('aria-readonly')).toBe('true')
    const before = Y.encodeStateVector(doc)
    root.delete(1, 1)
    stage.send({ type: 'update', update: Y.encodeStateAsUpdate(doc, before) })
    await strip.waitFor({ state: 'detached' })
    await text(page).and(page.locator('[aria-readonly="false"]')).waitFor()
  })
})

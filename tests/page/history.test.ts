/** The versions of a document, on a real server: read, compared, named, restored. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { guestName } from '#server/access/guest-name.ts'
import { barriers } from '#tests/barriers.ts'
import { launchBrowser } from '#tests/browser.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'
import { block, live, replace } from './lived-document.ts'
import { open, PATIENCE, saved, text, wordsOn, write } from './shown.ts'
import { newPage } from './stage.ts'

/** Guests, whose names every server knows; signed-in people are called by what tests/api/names.test.ts says. */
const [ANA, BO] = ['guest:000000000000000a', 'guest:000000000000000b'] as const
const [ana, bo] = [guestName(ANA), guestName(BO)]
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

let browser: Browser
let server: ServerProcess
let folder: string
/** Where the first sitting ends. */
let written: number

beforeAll(async () => {
  folder = await temporaryFolder()
  const now = Date.now()
  // Half an hour after midnight half an hour ago is another day.
  const lately = Math.max(new Date(now).setHours(0, 0, 0, 0), now - 30 * MINUTE_MS)
  const first = { author: ANA, at: now - 9 * DAY_MS, write: firstSitting }
  written = await live(folder, 'alone', [first])
  await live(folder, 'spring', [
    first,
    { author: BO, at: now - DAY_MS, write: (page) => replace(page, 1, 'quiet', 'calm') },
    {
      author: ANA,
      at: lately,
      write: (page) => {
        replace(page, 1, ' and near at hand', '')
        block(page, 'Next time outside.')
      },
    },
  ])
  ;[browser, server] = await Promise.all([launchBrowser(), startServer({ dataDir: folder })])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  await removeFolder(folder)
})

function firstSitting(page: Parameters<typeof block>[0]): void {
  block(page, 'Minutes', 'heading', { level: 1 })
  block(page, 'Everything else is quiet and near at hand.')
}

const slider = (page: Page): Locator => page.getByRole('slider', { name: 'Version' })
const version = (page: Page): Locator => page.locator('.version .vellum-text')
const rows = (page: Page): Locator => page.locator('.version-row')
const state = (page: Page): Locator => page.locator('.time [role="status"]')

/** Opens the history by the menu and waits until it shows a version. */
async function openHistory(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Version history' }).click()
  await version(page).waitFor()
}

/** What came and went on the screen, in its order, as `+words+` and `-words-`. */
function changes(page: Page): Promise<string[]> {
  return page
    .locator('.version ins, .version del')
    .evaluateAll((found) =>
      found.map((one) => (one.localName === 'ins' ? `+${one.textContent}+` : `-${one.textContent}-`)),
    )
}

/** Which of the versions has the focus; -1 where none has. */
function focusedRow(page: Page): Promise<number> {
  return rows(page).evaluateAll((found) => found.findIndex((row) => row.matches(':focus')))
}

/** Requests that are answered with a refusal are complained about by the browser, whatever the page makes of them. */
function isOurs(complaint: string): boolean {
  return !complaint.startsWith('Failed to load resource')
}

async function reads(page: Page, words: string): Promise<void> {
  await expect
    .poll(
      () =>
        version(page)
          .innerText()
          .then((text) => text.trim()),
      PATIENCE,
    )
    .toBe(words)
}

it('tells sitting by sitting who wrote when, and marks what each changed in their colour', async () => {
  const { page, context, complaints } = await newPage(browser)
  await open(page, `${server.url}/d/spring`)
  await openHistory(page)
  await expect.poll(() => rows(page).count(), PATIENCE).toBe(3)
  expect(await page.locator('.versions h3').allInnerTexts()).toHaveLength(3)
  expect(await rows(page).locator('bdi').allInnerTexts()).toEqual([ana, bo, ana])
  await expect.poll(() => changes(page), PATIENCE).toEqual(['- and near at hand-', '+Next time outside.+'])
  const hue = await page.locator('.version ins').getAttribute('class')
  await rows(page).nth(1).click()
  await expect.poll(() => changes(page), PATIENCE).toEqual(['-quiet-', '+calm+'])
  expect(await rows(page).nth(1).getAttribute('aria-current')).toBe('true')
  expect(await page.locator('.version ins').getAttribute('class')).not.toBe(hue)
  expect(await page.locator('.version del').getAttribute('title')).toBe(`Deleted by ${bo}`)
  expect(await state(page).innerText()).toBe('1 change')
  expect(await barriers(page)).toEqual([])
  await page.getByText('Text', { exact: true }).click()
  await reads(page, 'Minutes\n\nEverything else is calm and near at hand.')
  expect(await changes(page)).toEqual([])
  expect(complaints.filter(isOurs)).toEqual([])
  await context.close()
})

it('goes through all of its life by keys and by mouse, and says where in words', async () => {
  const { page, context, complaints } = await newPage(browser)
  await open(page, `${server.url}/d/spring`)
  await openHistory(page)
  await page.getByText('Text', { exact: true }).click()
  await slider(page).focus()
  const words = () => slider(page).getAttribute('aria-valuetext')
  await expect.poll(words, PATIENCE).toMatch(new RegExp(`^Today .*, ${ana}, edit \\d+ of \\d+$`))
  await page.keyboard.press('PageDown')
  await expect.poll(words, PATIENCE).toMatch(new RegExp(`^Yesterday .*, ${bo}, edit \\d+ of \\d+$`))
  await reads(page, 'Minutes\n\nEverything else is calm and near at hand.')
  await page.keyboard.press('PageDown')
  await reads(page, 'Minutes\n\nEverything else is quiet and near at hand.')
  expect(await slider(page).inputValue()).toBe(String(written))
  await page.keyboard.press('ArrowLeft')
  await reads(page, 'Minutes\n\nEverything else is quiet and near at')
  await page.keyboard.press('Home')
  await expect.poll(words, PATIENCE).toBe('The beginning, before anything was written')
  await reads(page, '')
  await page.keyboard.press('End')
  await reads(page, 'Minutes\n\nEverything else is calm.\n\nNext time outside.')
  const box = await slider(page).boundingBox()
  if (box === null) throw new Error('there is no slider')
  const middle = box.y + box.height / 2
  await page.mouse.move(box.x + box.width - 9, middle)
  await page.mouse.down()
  for (let at = box.width - 9; at > 9; at -= 40) await page.mouse.move(box.x + at, middle)
  await page.mouse.move(box.x + 1, middle)
  await page.mouse.up()
  expect(await slider(page).inputValue()).toBe('0')
  await reads(page, '')
  expect(complaints.filter(isOurs)).toEqual([])
  await context.close()
})

it('compares any version with any other, whichever is older', async () => {
  const { page, context } = await newPage(browser)
  await open(page, `${server.url}/d/spring`)
  await openHistory(page)
  await rows(page).nth(1).click()
  await page.getByText('Compare', { exact: true }).click()
  const base = page.getByLabel('Compared with')
  await base.selectOption({ label: 'Now' })
  await expect.poll(() => changes(page), PATIENCE).toEqual(['- and near at hand-', '+Next time outside.+'])
  await base.selectOption({ label: 'The beginning' })
  await expect.poll(() => changes(page), PATIENCE).toContain('+Minutes+')
  // The slider moves the other end.
  await slider(page).focus()
  await page.keyboard.press('End')
  await expect.poll(() => changes(page), PATIENCE).toContain('+Next time outside.+')
  await context.close()
})

it('names a version, finds it by its name, renames it and takes the name away', async () => {
  const { page, context } = await newPage(browser)
  await open(page, `${server.url}/d/spring`)
  await openHistory(page)
  await rows(page).nth(1).click()
  const named = page.locator('.version-row.named')
  await page.getByRole('button', { name: 'Name this version' }).click()
  await page.getByLabel('Name of the version').fill('Sent to everybody')
  await page.keyboard.press('Enter')
  await named.filter({ hasText: 'Sent to everybody' }).waitFor()
  expect(await page.locator('.moment bdi').innerText()).toBe('Sent to everybody')
  await page.getByLabel('Only named').check()
  await expect.poll(() => rows(page).count(), PATIENCE).toBe(1)
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByLabel('Name of the version').fill('Sent on Friday')
  await page.keyboard.press('Enter')
  await named.filter({ hasText: 'Sent on Friday' }).waitFor()
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByRole('button', { name: 'Remove name' }).click()
  await named.waitFor({ state: 'detached' })
  await context.close()
})

it('restores a version while somebody types, keeps what was there, and undoes it', async () => {
  const [ana, bo] = [await newPage(browser), await newPage(browser)]
  const address = `${server.url}/d/restored`
  await open(ana.page, address)
  await write(ana.page, 'One good line.')
  await saved(ana.page)
  await open(bo.page, address)
  await expect.poll(() => wordsOn(bo.page), PATIENCE).toBe('One good line.')
  await openHistory(ana.page)
  await ana.page.getByRole('button', { name: 'Name this version' }).click()
  await ana.page.getByLabel('Name of the version').fill('Good')
  await ana.page.keyboard.press('Enter')
  await ana.page.locator('.version-row.named').waitFor()
  // Others write while the history is looked at, and it learns of it.
  await text(bo.page).click()
  await bo.page.keyboard.press('Control+Home')
  await bo.page.keyboard.type('Bad: ')
  await expect.poll(() => version(ana.page).innerText(), PATIENCE).toBe('Bad: One good line.')
  await ana.page.locator('.version-row.named').click()
  await reads(ana.page, 'One good line.')
  await ana.page.getByRole('button', { name: 'Restore' }).click()
  const dialog = ana.page.getByRole('dialog', { name: 'Restore this version?' })
  expect(await dialog.innerText()).toContain('What it says today is kept first')
  await bo.page.keyboard.press('Control+End')
  await bo.page.keyboard.type(' And more')
  await saved(bo.page)
  await dialog.getByRole('button', { name: 'Restore' }).click()
  const slip = ana.page.locator('.slip.restored')
  await slip.waitFor()
  await expect.poll(() => wordsOn(bo.page), PATIENCE).toBe('One good line.')
  // Who was typing goes on, and nothing of it is lost.
  await bo.page.keyboard.type('!')
  await expect.poll(() => wordsOn(ana.page), PATIENCE).toMatch(/^One good line\.!$/)
  await slip.getByRole('button', { name: 'Undo restore' }).click()
  await slip.filter({ hasText: 'was undone' }).waitFor()
  await expect.poll(() => wordsOn(bo.page), PATIENCE).toBe('Bad: One good line. And more')
  await openHistory(ana.page)
  for (const name of ['Before restoring Good', 'Before undoing a restore'])
    await ana.page.locator('.version-row.named', { hasText: name }).waitFor()
  expect([...ana.complaints, ...bo.complaints].filter(isOurs)).toEqual([])
  await Promise.all([ana.context.close(), bo.context.close()])
})

it('says of a document that nothing was written in yet that there are no versions', async () => {
  const { page, context, complaints } = await newPage(browser, { width: 390, height: 844, touch: true })
  await open(page, `${server.url}/d/not-begun`)
  await page.getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Version history' }).click()
  await page.getByRole('heading', { name: 'No versions yet' }).waitFor()
  expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Versions' }).count()).toBe(0)
  expect(await barriers(page)).toEqual([])
  await page.getByRole('main').getByRole('button', { name: 'Back to editing' }).click()
  await text(page).waitFor()
  expect(complaints.filter(isOurs)).toEqual([])
  await context.close()
})

it('is left by Escape and by going back, and the focus is where it was', async () => {
  const { page, context } = await newPage(browser)
  await open(page, `${server.url}/d/spring`)
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  await openHistory(page)
  expect(new URL(page.url()).hash).toBe('#history')
  expect(await text(page).isVisible()).toBe(false)
  await page.keyboard.press('Escape')
  await text(page).waitFor()
  await expect.poll(focused, PATIENCE).toBe('More')
  expect(new URL(page.url()).hash).toBe('')
  await openHistory(page)
  await page.goBack()
  await text(page).waitFor()
  await expect.poll(focused, PATIENCE).toBe('More')
  expect(await page.locator('vellum-history').count()).toBe(0)
  await context.close()
})

it('says in plain words that it needs the server, and comes when the server answers', async () => {
  const { page, context } = await newPage(browser, { width: 390, height: 844, scheme: 'dark', touch: true })
  await open(page, `${server.url}/d/spring`)
  await page.route('**/v1/**', (route) => route.abort())
  await page.getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Version history' }).click()
  await page.getByText('the server cannot be reached').waitFor()
  await page.unroute('**/v1/**')
  await page.getByRole('button', { name: 'Try again' }).click()
  await version(page).waitFor()
  // On a narrow screen the versions cover the text until one is chosen; keys walk on.
  expect(await rows(page).first().isVisible()).toBe(false)
  await page.getByRole('button', { name: 'Versions' }).click()
  await expect.poll(() => focusedRow(page), PATIENCE).toBe(0)
  expect(await barriers(page)).toEqual([])
  await page.keyboard.press('End')
  await expect.poll(() => focusedRow(page), PATIENCE).toBe(2)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await expect.poll(() => focusedRow(page), PATIENCE).toBe(1)
  await page.keyboard.press('Enter')
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')), PATIENCE)
    .toBe('Versions')
  await expect.poll(() => changes(page), PATIENCE).toEqual(['-quiet-', '+calm+'])
  expect(await rows(page).first().isVisible()).toBe(false)
  expect(await barriers(page)).toEqual([])
  const wider = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(wider).toBeLessThanOrEqual(0)
  // On paper there is the version, and nothing to press.
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('.history :is(button, input, select):visible').count()).toBe(0)
  expect(await version(page).isVisible()).toBe(true)
  await context.close()
})

it('offers who may only read neither names nor restoring', async () => {
  const { page, context } = await newPage(browser)
  await open(page, `${server.url}/d/spring`)
  await openHistory(page)
  await rows(page).nth(1).click()
  await page.getByRole('button', { name: 'Restore' }).waitFor()
  await page.evaluate(() => {
    const { opened } = document.querySelector('vellum-history') ?? {}
    Object.defineProperty(opened, 'role', { value: 'reader' })
    document.querySelector('vellum-history')?.requestUpdate()
  })
  await page.locator('.history .view-only').waitFor()
  expect(await page.getByRole('button', { name: /Restore|Name this/ }).count()).toBe(0)
  await context.close()
})

/** A document of which the server has said its last word, on a device that holds it. */
import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type {} from '#client/app/document.ts'
import { codes } from '#shared/codes.ts'
import { epoch } from '#shared/id.ts'
import { launchBrowser } from '#tests/browser.ts'
import { open, saved, says, text, title, write } from './shown.ts'
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
  stage.listed = []
  stage.pushed.length = 0
  stage.part = usual({ content: written('Bread', ['Flour.']) })
  ;({ page, context } = await newPage(browser))
  await open(page, `${stage.url}/d/bread`)
  await saved(page)
})

afterEach(() => context.close())

const button = (name: string) => page.getByRole('button', { name, exact: true })

/** Three letters that are on this device and nowhere else. */
async function writeUnsent(): Promise<void> {
  stage.part.acknowledges = false
  await write(page, 'abc')
  await says(page, 'Saving…')
  await page.waitForFunction(() => document.querySelector('vellum-document')?.atRisk === 0)
}

async function openRefused(name: 'forbidden' | 'deleted'): Promise<void> {
  stage.part = usual({ refuses: { code: codes[name].code, reason: codes[name].meaning } })
  stage.pushed.length = 0
  await page.reload()
  await page.locator('.notice.above').waitFor()
}

it('whose access was taken away stays readable here, can be taken along, and is changed no more', async () => {
  await writeUnsent()
  await openRefused('forbidden')
  expect(await page.locator('.notice h2').textContent()).toBe('You have no access to this document')
  expect(await page.locator('.notice').textContent()).toContain('3 changes the server never took')
  await text(page).filter({ hasText: 'Flour.abc' }).waitFor()
  expect(await text(page).getAttribute('contenteditable')).toBe('false')
  expect(await title(page).getAttribute('readonly')).not.toBeNull()
  const downloading = page.waitForEvent('download')
  await button('Download a copy').click()
  const file = await (await downloading).path()
  expect(await readFile(file, 'utf8')).toContain('Flour.abc')
  await page.goto(stage.url)
  await page
    .locator('.documents a', { hasText: 'Bread' })
    .getByText('No access, 3 changes kept here')
    .waitFor()
  expect(stage.pushed).toEqual([])
})

it('whose access comes back is sent and written on, as if nothing had been', async () => {
  await writeUnsent()
  await openRefused('forbidden')
  stage.part = usual({ content: written('Bread', ['Flour.']) })
  await page.reload()
  await saved(page)
  expect(stage.pushed.length).toBeGreaterThan(0)
  expect(await text(page).getAttribute('contenteditable')).toBe('true')
})

it('that was deleted is kept here until a person says twice that it may go', async () => {
  await writeUnsent()
  await openRefused('deleted')
  expect(await page.locator('.notice h2').textContent()).toBe('This document was deleted')
  await page.goto(stage.url)
  const row = page.locator('.documents a', { hasText: 'Bread' })
  await row.getByText('Deleted, 3 changes kept here').waitFor()
  await row.click()
  await text(page).filter({ hasText: 'Flour.abc' }).waitFor()
  await button('Remove it from this device').click()
  await page.getByText('What the server never took goes with it.').waitFor()
  await button('Keep it').click()
  await text(page).filter({ hasText: 'Flour.abc' }).waitFor()
  await button('Remove it from this device').click()
  await button('Remove it').click()
  await page.locator('.empty .lead').waitFor()
  expect(stage.pushed).toEqual([])
})

it('that the server made anew is never put together with it: this one can be taken along, then the server’s opened', async () => {
  await writeUnsent()
  stage.part = usual({ content: written('Rye', ['Another.']), hello: { epoch: epoch('fedcba9876543210') } })
  stage.pushed.length = 0
  await page.reload()
  await page.locator('.notice.above').waitFor()
  expect(await page.locator('.notice h2').textContent()).toBe('This copy and the server’s have parted')
  await text(page).filter({ hasText: 'Flour.abc' }).waitFor()
  expect(stage.pushed).toEqual([])
  await button('Open the server’s').click()
  await button('Remove mine and open the server’s').click()
  await text(page).filter({ hasText: 'Another.' }).waitFor()
  await saved(page)
  expect(await text(page).textContent()).not.toContain('Flour')
  expect(stage.pushed).toEqual([])
})

/** What a first visit fetches before the first letter can be written. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensurePage } from '#server/ops/build-page.ts'
import { pageHints } from '#server/ops/page-hints.ts'
import { launchBrowser } from '#tests/browser.ts'
import { saved, text } from './shown.ts'
import { newPage, openStage, type Stage, usual } from './stage.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SCRIPT_BUDGET_BYTES = 150 * 1024

let browser: Browser
let stage: Stage
let dist: string
/** The paths of the scripts a document names at once, in its page and beside it. */
let named: readonly string[]

beforeAll(async () => {
  ;[browser, stage, dist] = await Promise.all([launchBrowser(), openStage(), ensurePage({ root: ROOT })])
  const page = await readFile(join(dist, 'index.html'), 'utf8')
  const { document } = await pageHints(dist)
  named = [...`${page} ${document}`.matchAll(/\/assets\/[\w.-]+\.js/g)].map(([path]) => path)
})

afterAll(async () => {
  await browser?.close()
  await stage?.close()
})

it('holds at most 150 KB of compressed scripts', async () => {
  expect(named.length).toBeGreaterThan(2)
  const sizes = await Promise.all(
    [...new Set(named)].map(async (path) => gzipSync(await readFile(join(dist, path)), { level: 9 }).length),
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(SCRIPT_BUDGET_BYTES)
})

it('needs no other script to write and to be saved', async () => {
  stage.part = usual()
  const { page, context } = await newPage(browser)
  const kept: string[] = []
  const others: string[] = []
  await page.route(/\/assets\/[^/]+\.js$/, async (route) => {
    const { pathname } = new URL(route.request().url())
    if (named.includes(pathname)) kept.push(pathname)
    else others.push(pathname)
    await (named.includes(pathname) ? route.continue() : route.abort())
  })
  await page.goto(`${stage.url}/d/bread`)
  await text(page).click()
  await page.keyboard.type('a')
  await saved(page)
  await expect.poll(() => stage.pushed.length).toBeGreaterThan(0)
  // Each of them is needed for that; none is counted that is not.
  expect(kept.toSorted()).toEqual([...new Set(named)].toSorted())
  // What comes after it was really kept from it.
  await expect.poll(() => others.length).toBeGreaterThan(0)
  await context.close()
})

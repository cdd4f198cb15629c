/** One contract, two stores: the one in memory that the simulation uses, and the browser's own. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MemoryStore } from '#client/document/device/memory.ts'
import { launchBrowser } from '#tests/browser.ts'
import { type Served, serveBench } from './bench/serve.ts'
import { promises } from './store-contract.ts'

describe('a store in memory', () => {
  test.each(promises.map((promised) => [promised.title, promised] as const))('%s', async (_, { run }) => {
    const store = new MemoryStore()
    await expect(run(async () => store)).resolves.toBeUndefined()
  })
})

describe('the store of a browser', () => {
  let browser: Browser
  let served: Served
  let page: Page

  beforeAll(async () => {
    ;[browser, served] = await Promise.all([launchBrowser(), serveBench()])
    page = await (await browser.newContext()).newPage()
    await page.goto(served.url)
    await page.waitForFunction(() => 'keepPromise' in window)
  })

  afterAll(async () => {
    await browser?.close()
    served?.close()
  })

  test.each(promises.map(({ title }, index) => [title, index] as const))('%s', async (_, index) => {
    await expect(page.evaluate((at) => window.keepPromise(at), index)).resolves.toBeUndefined()
  })
})

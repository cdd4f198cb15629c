/** A store that hangs when a document is opened, and answers another time. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { nodeChance } from '#server/ops/time.ts'
import { launchBrowser } from '#tests/browser.ts'
import { Line } from '#tests/network/line.ts'
import { networkComes, networkGoes, PATIENCE } from '#tests/page/shown.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Tab } from './tab.ts'

vi.setConfig({ testTimeout: 180_000 })

let browser: Browser
let server: ServerProcess
let line: Line

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
  line = await Line.open({ port: server.port, chance: nodeChance() })
})

afterAll(async () => {
  await browser?.close()
  await line?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

async function goesAway(tab: Tab): Promise<void> {
  line.rules = { isDown: true }
  await networkGoes(tab.page)
}

async function comesBack(tab: Tab): Promise<void> {
  line.rules = {}
  await networkComes(tab.page)
}

test('D4 a store that does not answer is done without, in true words; what it held is there when it answers again', async () => {
  const context = await browser.newContext({ serviceWorkers: 'block' })
  await context.addInitScript(() => {
    if (sessionStorage.getItem('answers') !== 'false') return
    const { open } = IDBFactory.prototype
    IDBFactory.prototype.open = function (name) {
      const request = open.call(this, `not ${name}`)
      // Nothing is ever heard of it.
      request.addEventListener = () => undefined
      return request
    }
  })
  const tab = await Tab.open(context, `http://127.0.0.1:${line.port}/d/silent`)
  await tab.type('Begun. ')
  await tab.saved()
  await goesAway(tab)
  await tab.type('Kept earlier. ')
  const kept = await tab.countsTheTruth()

  const held = tab.page.locator('.slip.device')
  await tab.page.evaluate(() => sessionStorage.setItem('answers', 'false'))
  await tab.page.goto('about:blank')
  line.rules = {}
  await tab.page.goto(`http://127.0.0.1:${line.port}/d/silent`)
  await tab.written()
  await held
    .getByText('What this browser keeps for this page could not be reached in time.')
    .waitFor(PATIENCE)
  await held.getByRole('button', { name: 'Reload to try again' }).waitFor()
  await tab.saved()
  expect(await tab.words()).toBe('Begun. ')
  await goesAway(tab)
  await tab.type('In the tab only. ')
  await expect.poll(() => tab.says(), PATIENCE).toContain('Not saved on this device')
  await expect.poll(() => tab.counts(), PATIENCE).toBe('In the tab only. '.length)
  await comesBack(tab)
  await tab.saved()

  await tab.page.evaluate(() => sessionStorage.setItem('answers', 'true'))
  await tab.page.reload()
  await tab.written()
  await tab.saved()
  await expect.poll(() => tab.waiting(), PATIENCE).toBe(0)
  const words = await tab.words()
  expect(words).toContain('In the tab only. ')
  expect(words).toContain('Kept earlier. ')
  expect(words).toHaveLength('Begun. In the tab only. Kept earlier. '.length)
  expect(kept).toBe('Kept earlier. '.length)
  const answer = await fetch(`${server.url}/v1/documents/silent/content?format=text`)
  expect((await answer.text()).trimEnd()).toBe(words.trimEnd())
  await context.close()
})

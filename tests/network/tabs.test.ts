/** Ten tabs of one browser behind a proxy that allows no upgrades: all share its six connections to the server. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type {} from '#client/editor/editor.ts'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { eventually } from './eventually.ts'
import { Network } from './network.ts'
import { PAGE_MS, Writer, wordsOn } from './writer.ts'

const TABS = 10
/** So many connections a browser opens; whoever types needs one of them. */
const CONNECTIONS = 6

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function writeAtTheEnd(page: Page, words: string): Promise<void> {
  const text = await wordsOn(page)
  await page.locator('[role="textbox"][aria-multiline]').click()
  await eventually(async () => {
    await page.keyboard.press('Control+End')
    return page.evaluate(
      () => window.document.querySelector('vellum-editor')?.text?.view.state.selection.from,
    )
  }, text.length + 1)
  await page.keyboard.type(words)
}

it('ten tabs hold fewer than six requests, over event streams and by polling, and all get everything', async () => {
  await using network = await Network.open(server, { upgrades: 403 })
  await using ana = await Writer.come(browser, 'Ana', `${server.url}/d/tabs`)
  const context = await browser.newContext()
  context.setDefaultTimeout(PAGE_MS)
  const tabs: Page[] = []
  for (let i = 0; i < TABS; i++) {
    const tab = await context.newPage()
    await tab.goto(`${network.url}/d/tabs`)
    tabs.push(tab)
  }
  const [first, second] = tabs
  if (first === undefined || second === undefined) throw new Error('there are no tabs')
  const everybodyHas = (text: string) =>
    eventually(
      async () => (await Promise.all([ana.page, ...tabs].map(wordsOn))).join('|'),
      Array.from({ length: TABS + 1 }, () => text).join('|'),
    )
  await writeAtTheEnd(ana.page, 'What one writes ')
  await everybodyHas('What one writes ')
  await writeAtTheEnd(first, 'all read, ')
  await everybodyHas('What one writes all read, ')
  expect(network.mostHeld).toBeGreaterThan(0)
  network.move({ upgrades: 403, bufferBytes: 1 << 20 })
  await writeAtTheEnd(second, 'whatever stands between.')
  await everybodyHas('What one writes all read, whatever stands between.')
  expect(network.mostHeld).toBeLessThan(CONNECTIONS)
  await context.close()
}, 400_000)

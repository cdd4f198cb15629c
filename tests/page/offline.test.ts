/** The page without its server, which is really stopped; and the browser, which is really closed. */
import type { BrowserContext, Page } from 'playwright-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { launchPersistent } from '#tests/browser.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'
import { networkComes, networkGoes, open, saved, says, text, title, write } from './shown.ts'

let server: ServerProcess
let folder: string
let context: BrowserContext
let page: Page

beforeEach(async () => {
  ;[server, folder] = await Promise.all([startServer(), temporaryFolder()])
  context = await launchPersistent(folder)
  page = await context.newPage()
})

afterEach(async () => {
  await context?.close()
  await server?.[Symbol.asyncDispose]()
  if (folder !== undefined) await removeFolder(folder)
})

const row = (name: string) => page.locator('.documents a', { hasText: name })

/** Until the page has put itself on the device, whole. */
async function kept(): Promise<void> {
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready
    if (active === null || active.state === 'activated') return
    await new Promise<void>((done) => {
      active.addEventListener('statechange', () => active.state === 'activated' && done())
    })
  })
}

async function titlesOnServer(): Promise<readonly string[]> {
  const answer = await fetch(`${server.url}/v1/documents`)
  const { documents } = (await answer.json()) as { documents: readonly { title: string }[] }
  return documents.map((document) => document.title)
}

it('opens cold: the list, a document with what was not sent, a new one; and all of it arrives when the server is back', async () => {
  await open(page, `${server.url}/d/minutes`)
  await title(page).fill('Minutes')
  await write(page, 'Who was there.')
  await saved(page)
  await kept()

  await server.kill()
  await title(page).press('End')
  await page.keyboard.type(' of May')
  await says(page, 'Offline · 7 changes kept on this device')
  await context.close()

  context = await launchPersistent(folder)
  page = await context.newPage()
  await page.goto(server.url)
  await page.getByText('No connection to the server').waitFor()
  await row('Minutes of May').getByText('7 changes not sent yet').waitFor()
  await row('Minutes of May').click()
  await text(page).filter({ hasText: 'Who was there.' }).waitFor()
  expect(await title(page).inputValue()).toBe('Minutes of May')
  await networkGoes(page)
  await says(page, 'Offline · 7 changes kept on this device')

  await page.getByRole('link', { name: 'All documents' }).click()
  await page.getByRole('link', { name: 'New document' }).click()
  await title(page).fill('Written on the train')
  await networkGoes(page)
  await says(page, 'Offline · 1 change kept on this device')
  // Its address is that of any document: whoever gets it does not begin another one.
  expect(new URL(page.url()).hash).toBe('')

  server = await server.restart()
  await networkComes(page)
  await saved(page)
  await page.getByRole('link', { name: 'All documents' }).click()
  await row('Written on the train').waitFor()
  // Nobody opened the other one: the list sends what it holds.
  await row('Minutes of May').waitFor()
  await expect
    .poll(titlesOnServer, { timeout: 30_000 })
    .toEqual(expect.arrayContaining(['Minutes of May', 'Written on the train']))
  await expect.poll(() => page.locator('.documents .mark').count(), { timeout: 30_000 }).toBe(0)
})

it('keeps only what the page is made of, and lets everything else go past it', async () => {
  await open(page, `${server.url}/d/secret`)
  await title(page).fill('Nobody else may read this')
  await saved(page)
  await kept()
  await page.goto(server.url)
  await page.locator('.documents').waitFor()
  const held = await page.evaluate(async () => {
    const found: string[] = []
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const { url } of await cache.keys()) found.push(new URL(url).pathname)
    }
    return found
  })
  expect(held).toContain('/')
  expect(held.filter((path) => path !== '/' && !path.startsWith('/assets/'))).toEqual([])
  // An answer of the server's and none that was kept.
  await server.kill()
  const reached = await page.evaluate(async () => {
    const answers = await Promise.allSettled(
      ['/v1/documents', '/healthz', '/metrics', '/sync/secret'].map((path) => fetch(path)),
    )
    return answers.filter(({ status }) => status === 'fulfilled').length
  })
  expect(reached).toBe(0)
})

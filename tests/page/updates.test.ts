/** A newer page, really built and served, while tabs of the older one are open. */
import { cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchPersistent } from '#tests/browser.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COPIED = [
  'client',
  'server',
  'shared',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vite.config.ts',
]
/** The words of the older and of the newer page for the way to a document. */
const [OLDER, NEWER] = ['New document', 'Begin a document']

let root: string
let folder: string
let server: ServerProcess
let context: BrowserContext

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vellum-copy-'))
  for (const name of COPIED) await cp(join(ROOT, name), join(root, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  ;[server, folder] = await Promise.all([startServer({ root }), temporaryFolder()])
  context = await launchPersistent(folder)
})

afterAll(async () => {
  await context?.close()
  await server?.[Symbol.asyncDispose]()
  for (const path of [root, folder]) if (path !== undefined) await removeFolder(path)
})

const says = (page: Page, words: string) =>
  page
    .locator('[role="status"].saved-state')
    .filter({ hasText: new RegExp(`^\\s*${words}\\s*$`) })
    .waitFor()
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { marked: true }))
const isMarked = (page: Page) => page.evaluate(() => 'marked' in window)
const offer = (page: Page) => page.locator('.slip.update')

it('is offered to every tab and reloads none, not even one with unsent edits, which come along when it is taken', async () => {
  const writing = await context.newPage()
  // Lets the page have its server and keeps documents from theirs.
  let cut = false
  await writing.routeWebSocket(/\/sync\//, (socket) => {
    if (cut) void socket.close()
    else socket.connectToServer()
  })
  await writing.route(/\/sync\//, (route) => (cut ? route.abort() : route.continue()))
  await writing.goto(`${server.url}/d/writing`)
  await says(writing, 'Saved')
  const reading = await context.newPage()
  await reading.goto(`${server.url}/d/reading`)
  await says(reading, 'Saved')
  await reading.evaluate(() => navigator.serviceWorker.ready)
  for (const page of [writing, reading]) await mark(page)

  await server.kill()
  const home = join(root, 'client/app/home.ts')
  const source = await readFile(home, 'utf8')
  expect(source).toContain(`'${OLDER}'`)
  await writeFile(home, source.replace(`'${OLDER}'`, `'${NEWER}'`))
  cut = true
  await writing.locator('.title-input').fill('Unsent')
  await says(writing, 'Offline · 1 change kept on this device')
  server = await server.restart()

  await offer(reading).waitFor()
  await writing.evaluate(() => window.dispatchEvent(new Event('online')))
  await offer(writing).waitFor()
  for (const page of [writing, reading]) expect(await isMarked(page)).toBe(true)
  expect(await writing.locator('.title-input').inputValue()).toBe('Unsent')

  await offer(writing).getByRole('button', { name: 'Reload' }).click()
  await says(writing, 'Offline · 1 change kept on this device')
  expect(await isMarked(writing)).toBe(false)
  expect(await writing.locator('.title-input').inputValue()).toBe('Unsent')
  cut = false
  await writing.evaluate(() => window.dispatchEvent(new Event('online')))
  await says(writing, 'Saved')
  expect(await offer(writing).count()).toBe(0)
  expect(await isMarked(reading)).toBe(true)
})

it('is what opens from then on, also without a network; a tab of the older one finds its parts as before', async () => {
  const fresh = await context.newPage()
  await fresh.goto(server.url)
  await fresh.getByRole('link', { name: NEWER }).waitFor()
  // The newer page has put itself on the device once the worker that holds it is in charge.
  await fresh.waitForFunction(async () => {
    const [newest] = (await caches.keys()).slice(-1)
    const page = newest === undefined ? undefined : await (await caches.open(newest)).match('/')
    const named = /src="(\/assets\/[^"]+)"/.exec((await page?.text()) ?? '')?.[1]
    return document.head.querySelector(`[src="${named}"]`) !== null
  })
  await server.kill()
  await fresh.reload()
  await fresh.getByText('No connection to the server').waitFor()
  await fresh.getByRole('link', { name: NEWER }).waitFor()
  const reading = context.pages().find((page) => page.url().endsWith('/d/reading'))
  expect(await reading?.evaluate(() => 'marked' in window)).toBe(true)
  await reading?.getByRole('link', { name: 'All documents' }).click()
  await reading?.getByRole('link', { name: OLDER }).waitFor()
  server = await server.restart()
})

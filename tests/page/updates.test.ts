/** A newer page, really served, while tabs of the older one are open. */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensurePage } from '#server/ops/build-page.ts'
import { launchPersistent } from '#tests/browser.ts'
import { HttpProxy } from '#tests/network/http-proxy.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'
import { networkComes, saved, says, title } from './shown.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COPIED = [
  'client',
  'dist',
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
/** Stands before the server for as long as the tests go on, and can keep documents from it. */
let proxy: HttpProxy
let url: string
let context: BrowserContext

beforeAll(async () => {
  await ensurePage({ root: ROOT })
  root = await mkdtemp(join(tmpdir(), 'vellum-copy-'))
  await Promise.all(COPIED.map((name) => cp(join(ROOT, name), join(root, name), { recursive: true })))
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  ;[server, folder] = await Promise.all([startServer({ root }), temporaryFolder()])
  ;[proxy, context] = await Promise.all([HttpProxy.open(server), launchPersistent(folder)])
  url = `http://127.0.0.1:${proxy.port}`
})

afterAll(async () => {
  await context?.close()
  await proxy?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  for (const path of [root, folder]) if (path !== undefined) await removeFolder(path)
})

/** Makes the page in `dist` what a build of other sources makes: other words, and other names for all its parts. */
async function renew(dist: string): Promise<void> {
  const folders = [dist, join(dist, 'assets')]
  const files = (
    await Promise.all(folders.map(async (at) => (await readdir(at)).map((name) => join(at, name))))
  ).flat()
  const scripts = files.filter((path) => path.endsWith('.js')).map((path) => basename(path, '.js'))
  const renamed = scripts.filter((name) => name !== 'service-worker')
  let changes = 0
  for (const path of [...files, join(dist, '.vite/manifest.json')]) {
    if (/\.(br|gz)$/.test(path)) await rm(path)
    if (!/\.(js|html|json)$/.test(path)) continue
    const before = await readFile(path, 'utf8')
    let after = before.replaceAll(OLDER, NEWER)
    if (after !== before) changes++
    for (const name of renamed) after = after.replaceAll(`${name}.js`, `${name}N.js`)
    // What names the build is the worker's only number of this form.
    if (path.endsWith('service-worker.js')) after = after.replace(/\b[0-9a-f]{16}\b/, '0123456789abcdef')
    const name = basename(path, '.js')
    if (renamed.includes(name)) await rm(path)
    await writeFile(renamed.includes(name) ? path.replace(/\.js$/, 'N.js') : path, after)
  }
  expect(changes).toBeGreaterThan(0)
}

const mark = (page: Page) => page.evaluate(() => Object.assign(window, { marked: true }))
const isMarked = (page: Page) => page.evaluate(() => 'marked' in window)
const offer = (page: Page) => page.locator('.slip.update')

it('is offered to every tab and reloads none, not even one with unsent edits, which come along when it is taken', async () => {
  const writing = await context.newPage()
  await writing.goto(`${url}/d/writing`)
  await saved(writing)
  const reading = await context.newPage()
  await reading.goto(`${url}/d/reading`)
  await saved(reading)
  await reading.evaluate(() => navigator.serviceWorker.ready)
  for (const page of [writing, reading]) await mark(page)

  await server.kill()
  await renew(join(root, 'dist'))
  proxy.rules = { refused: /^\/sync\/writing/ }
  await title(writing).fill('Unsent')
  await says(writing, 'Offline · 1 change kept on this device')
  server = await server.restart()

  await offer(reading).waitFor()
  await networkComes(writing)
  await offer(writing).waitFor()
  for (const page of [writing, reading]) expect(await isMarked(page)).toBe(true)
  expect(await title(writing).inputValue()).toBe('Unsent')

  await offer(writing).getByRole('button', { name: 'Reload' }).click()
  await says(writing, 'Offline · 1 change kept on this device')
  expect(await isMarked(writing)).toBe(false)
  expect(await title(writing).inputValue()).toBe('Unsent')
  proxy.rules = {}
  await networkComes(writing)
  await saved(writing)
  expect(await offer(writing).count()).toBe(0)
  expect(await isMarked(reading)).toBe(true)
})

it('is what opens from then on, also without a network; a tab of the older one finds its parts as before', async () => {
  const fresh = await context.newPage()
  await fresh.goto(url)
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

/** Editors of other makers, as published, on their own provider, in real Chromium pages against the real server. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

let pages: Server
let origin: string
let server: ServerProcess
let browser: Browser

beforeAll(async () => {
  pages = await servePages()
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
  // Another origin than the server's: it has to be let in by name.
  server = await startServer({ env: { ALLOWED_ORIGINS: origin } })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
  pages?.close()
})

/** Real pages on slow machines: what must come may take its time. */
function eventually<T>(look: () => Promise<T>) {
  return expect.poll(look, { timeout: 30_000 })
}

/** Builds the page of editors.ts and serves it from memory. */
async function servePages(): Promise<Server> {
  const root = fileURLToPath(new URL('./editors/', import.meta.url))
  const built = await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: { write: false, minify: false },
  })
  const outputs = [built].flat().flatMap((part) => ('output' in part ? part.output : []))
  const files = new Map(
    outputs.map((file) => [`/${file.fileName}`, 'code' in file ? file.code : file.source]),
  )
  const serving = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const file = files.get(path)
    const type = TYPES[extname(path)] ?? 'application/octet-stream'
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': type }).end(file)
  })
  await new Promise<void>((resolve) => serving.listen(0, '127.0.0.1', resolve))
  return serving
}

async function sit(editor: string, document: string): Promise<{ page: Page; errors: string[] }> {
  const page = await (await browser.newContext()).newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  // Providers say so on the console when they are sent a type they do not know.
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  const query = new URLSearchParams({ editor, document, sync: server.syncUrl })
  await page.goto(`${origin}/index.html?${query}`)
  await page.locator('body[data-synced="true"]').waitFor()
  return { page, errors }
}

/** What the editor itself says it holds: its DOM has others' names in it, too. */
function textOf(page: Page): Promise<string> {
  return page.evaluate('window.editorText()')
}

describe.each(['codemirror', 'tiptap'])('%s with its y-websocket provider', (editor) => {
  test('two people who type at once see the same, with both texts, and so does one who comes later', async () => {
    const document = `${editor}/together`
    const [ada, bob] = await Promise.all([sit(editor, document), sit(editor, document)])
    await ada.page.locator('[contenteditable=true]').click()
    await ada.page.keyboard.type('First line by Ada. ')
    await eventually(() => textOf(bob.page)).toContain('First line by Ada.')
    await bob.page.locator('[contenteditable=true]').click()
    await bob.page.keyboard.press('Control+End')
    await Promise.all([
      bob.page.keyboard.type('Bob goes on typing here.', { delay: 5 }),
      ada.page.keyboard.type('Ada too.', { delay: 5 }),
    ])
    const hasAll = (text: string): boolean =>
      text.length >= 'First line by Ada. Bob goes on typing here.Ada too.'.length
    await eventually(async () => hasAll(await textOf(ada.page)) && hasAll(await textOf(bob.page))).toBe(true)
    await eventually(async () => (await textOf(ada.page)) === (await textOf(bob.page))).toBe(true)
    const eve = await sit(editor, document)
    await eventually(async () => (await textOf(eve.page)) === (await textOf(ada.page))).toBe(true)
    for (const { page, errors } of [ada, bob, eve]) {
      expect(errors).toEqual([])
      expect(await page.locator('body').getAttribute('data-closed')).toBeNull()
      await page.context().close()
    }
  })
})

test('undo in Tiptap takes back what one typed, not what the other did', async () => {
  const document = 'undo'
  const [ada, bob] = await Promise.all([sit('tiptap', document), sit('tiptap', document)])
  await ada.page.locator('[contenteditable=true]').click()
  await ada.page.keyboard.type('kept')
  await eventually(() => textOf(bob.page)).toContain('kept')
  await bob.page.locator('[contenteditable=true]').click()
  await bob.page.keyboard.press('Control+End')
  await bob.page.keyboard.type(' gone')
  await eventually(() => textOf(ada.page)).toContain('kept gone')
  await bob.page.keyboard.press('Control+z')
  await eventually(() => textOf(ada.page)).not.toContain('gone')
  expect(await textOf(ada.page)).toContain('kept')
  for (const { page } of [ada, bob]) await page.context().close()
})

test('what people typed is there after SIGKILL and a restart, and their pages come back by themselves', async () => {
  const ada = await sit('tiptap', 'killed')
  await ada.page.locator('[contenteditable=true]').click()
  await ada.page.keyboard.type('before ')
  const bob = await sit('tiptap', 'killed')
  await eventually(() => textOf(bob.page)).toContain('before')
  server = await server.restart()
  await ada.page.keyboard.type('after')
  await eventually(() => textOf(bob.page)).toContain('before after')
  const eve = await sit('tiptap', 'killed')
  expect(await textOf(eve.page)).toContain('before after')
  for (const { page } of [ada, bob, eve]) await page.context().close()
})

test('the same page from an origin nobody allowed does not get in', async () => {
  await using strict = await startServer()
  const page = await (await browser.newContext()).newPage()
  const query = new URLSearchParams({ editor: 'tiptap', document: 'foreign', sync: strict.syncUrl })
  await page.goto(`${origin}/index.html?${query}`)
  await page.locator('body[data-closed]').waitFor({ state: 'attached' })
  expect(await page.locator('body').getAttribute('data-synced')).not.toBe('true')
  await page.context().close()
})

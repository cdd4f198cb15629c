/** The language of the editor's tests: a real browser, a page, and people who sit at editors in it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { build } from 'vite'
import { launchBrowser } from '#tests/browser.ts'

/** The policy the page is served with: nothing inline, nothing from elsewhere. */
const POLICY =
  "default-src 'self'; img-src 'self'; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'"

const TYPES: Record<string, string> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  woff2: 'font/woff2',
}

export interface Desk {
  readonly browser: Browser
  /** A fresh page with nobody at it. */
  page(options?: BrowserContextOptions): Promise<DeskPage>
  close(): Promise<void>
}

export async function openDesk(): Promise<Desk> {
  const files = await bundle()
  const [browser, server] = await Promise.all([launchBrowser(), serve(files)])
  const { port } = server.address() as AddressInfo
  return {
    browser,
    async page(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      const page = await context.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(String(error)))
      page.on('dialog', (dialog) => {
        errors.push(`dialog: ${dialog.message()}`)
        void dialog.dismiss()
      })
      await page.goto(`http://127.0.0.1:${port}/index.html`)
      await page.waitForFunction(() => 'table' in window)
      return new DeskPage(page, errors)
    },
    async close() {
      await browser.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface SeatOptions {
  readonly roots?: number
  readonly color?: number
}

export class DeskPage {
  readonly page: Page
  /** Uncaught errors and dialogs of the page. */
  readonly errors: readonly string[]

  constructor(page: Page, errors: readonly string[]) {
    this.page = page
    this.errors = errors
  }

  async sit(name: string, options: SeatOptions = {}): Promise<Seat> {
    await this.page.evaluate(({ name, options }) => void window.table.sit(name, options), { name, options })
    const seat = new Seat(this.page, name)
    await seat.text.waitFor()
    // What comes after the text itself, which tests press at once.
    await this.page.waitForFunction((name) => window.table.seats.get(name)?.editor.text?.later !== null, name)
    return seat
  }

  /** Two people at one empty document. */
  async pair(options: SeatOptions = {}): Promise<readonly [ada: Seat, bo: Seat]> {
    return [await this.sit('ada', options), await this.sit('bo', { ...options, color: 4 })]
  }

  /** Everybody leaves. */
  clear(): Promise<void> {
    return this.page.evaluate(() => window.table.clear())
  }

  hold(): Promise<void> {
    return this.page.evaluate(() => window.table.hold())
  }

  release(): Promise<void> {
    return this.page.evaluate(() => window.table.release())
  }

  violations(): Promise<string[]> {
    return this.page.evaluate(() => window.violations)
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }
}

export class Seat {
  readonly page: Page
  readonly name: string
  readonly text: Locator
  readonly toolbar: Locator

  constructor(page: Page, name: string) {
    this.page = page
    this.name = name
    this.text = page.locator(`#${name} [role=textbox]`)
    this.toolbar = page.locator(`#${name} [role=toolbar]`)
  }

  button(name: string | RegExp): Locator {
    return this.toolbar.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name })
  }

  /** Focus, and the caret at `position`, or at the end of the text. */
  place(position: number | 'start' | 'end' = 'end', head?: number): Promise<void> {
    return this.page.evaluate(
      ({ name, position, head }) => {
        const view = window.table.seats.get(name)?.editor.text?.view
        if (!view) throw new Error('nobody sits there')
        const { TextSelection } = window.tools
        view.focus()
        const doc = view.state.doc
        const selection =
          position === 'end'
            ? TextSelection.atEnd(doc)
            : position === 'start'
              ? TextSelection.atStart(doc)
              : TextSelection.between(doc.resolve(position), doc.resolve(head ?? position))
        view.dispatch(view.state.tr.setSelection(selection))
      },
      { name: this.name, position, head },
    )
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text)
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key)
  }

  /** What the editor shows, as ProseMirror writes a document down. */
  shown(): Promise<string> {
    return this.page.evaluate(
      (name) => String(window.table.seats.get(name)?.editor.text?.view.state.doc),
      this.name,
    )
  }

  /** What the shared document holds, as XML. */
  held(): Promise<string> {
    return this.page.evaluate(
      (name) => String(window.table.seats.get(name)?.doc.getXmlFragment('prosemirror')),
      this.name,
    )
  }

  html(): Promise<string> {
    return this.text.evaluate((element) => element.innerHTML)
  }

  words(): Promise<string> {
    return this.page.evaluate((name) => {
      const doc = window.table.seats.get(name)?.editor.text?.view.state.doc
      return doc ? doc.textBetween(0, doc.content.size, '\n', '\n') : ''
    }, this.name)
  }

  /** How many updates this person's editor has written. */
  written(): Promise<number> {
    return this.page.evaluate((name) => window.table.seats.get(name)?.written ?? -1, this.name)
  }

  events(): Promise<readonly { type: string; detail: unknown }[]> {
    return this.page.evaluate((name) => window.table.seats.get(name)?.events ?? [], this.name)
  }

  paste(formats: Readonly<Record<string, string>>): Promise<void> {
    return this.text.evaluate((element, formats) => {
      const data = new DataTransfer()
      for (const [type, value] of Object.entries(formats)) data.setData(type, value)
      const options = { clipboardData: data, bubbles: true, cancelable: true, composed: true }
      element.dispatchEvent(new ClipboardEvent('paste', options))
    }, formats)
  }
}

async function bundle(): Promise<Map<string, string | Uint8Array>> {
  const result = await build({
    root: join(import.meta.dirname, 'fixture'),
    configFile: false,
    logLevel: 'error',
    base: './',
    build: { write: false, minify: false, target: 'chrome123', assetsInlineLimit: 0, modulePreload: false },
  })
  const files = new Map<string, string | Uint8Array>()
  for (const output of [result].flat())
    if ('output' in output)
      for (const file of output.output)
        files.set(`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source)
  return files
}

async function serve(files: ReadonlyMap<string, string | Uint8Array>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const body = files.get(path)
    const type = TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': type,
      'content-security-policy': POLICY,
    })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Somebody at Vellum's page who writes numbered words into a paragraph of their own, whatever the network does. */
import type { Browser, Page } from 'playwright-core'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type {} from '#client/app/saved-state.ts'
import type {} from '#client/editor/editor.ts'
import { newPage, type Visit } from '#tests/page/stage.ts'
import { eventually } from './eventually.ts'

export const carriers = ['websocket', 'event-stream', 'long-poll'] as const
export type CarrierName = (typeof carriers)[number]

const CARRIER_WORDS: Readonly<Record<CarrierName, RegExp>> = {
  websocket: /by WebSocket/,
  'event-stream': /by an event stream/,
  'long-poll': /by long-polling/,
}

/** A page on a small shared machine that has other things to do. */
export const PAGE_MS = 120_000
/** Between two keys, as fast as people never type. */
const KEY_MS = 4

export class Writer implements AsyncDisposable {
  readonly name: string
  readonly page: Page
  readonly #visit: Visit
  #written = ''
  #words = 0

  private constructor(name: string, visit: Visit) {
    this.name = name
    this.page = visit.page
    this.#visit = visit
  }

  /** Opens `http://…/d/DOCUMENT` in a browser profile of its own. */
  static async come(browser: Browser, name: string, url: string): Promise<Writer> {
    const visit = await newPage(browser)
    visit.context.setDefaultTimeout(PAGE_MS)
    await visit.page.goto(url)
    const writer = new Writer(name, visit)
    await writer.saved()
    return writer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#visit.context.close()
  }

  /** The caret at the end of one's own paragraph, the one that begins with one's name. */
  async sit(): Promise<void> {
    await this.page.locator('[role="textbox"][aria-multiline]').click()
    const place = await this.page.evaluate((name) => {
      const { text } = window.document.querySelector('vellum-editor') ?? {}
      if (!text) return -1
      const { doc } = text.view.state
      let end = -1
      doc.descendants((node, at) => {
        if (node.isTextblock && node.textContent.startsWith(`${name}:`)) end = at + node.nodeSize - 1
      })
      return end
    }, this.name)
    // By the keyboard, as people do it: the first paragraph is Ana's, the second is Bo's. Pressed until the editor, which
    // hears of it after the browser, has its caret there.
    await eventually(async () => {
      await this.page.keyboard.press(this.name === 'Ana' ? 'Control+Home' : 'Control+End')
      await this.page.keyboard.press('End')
      return this.#caret()
    }, place)
  }

  /** Types the next `count` words; calls back after each with how many of them there are by now. */
  async writes(count: number, onWord: (words: number) => void = () => undefined): Promise<void> {
    for (let written = 1; written <= count; written++) {
      await this.#writeWord()
      onWord(written)
    }
  }

  /** Types words until it is so. */
  async writesUntil(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.#writeWord()
  }

  async #writeWord(): Promise<void> {
    const word = `${this.name.toLowerCase()}${++this.#words} `
    await this.page.keyboard.type(word, { delay: KEY_MS })
    this.#written += word
  }

  /** One's own paragraph as it has to be, to the letter. */
  get paragraph(): string {
    return `${this.name}: ${this.#written}`
  }

  words(): Promise<string> {
    return wordsOn(this.page)
  }

  /** What the state of saving says, and what it says to whoever points at it. */
  async shown(): Promise<{ readonly words: string; readonly tip: string }> {
    const state = this.page.locator('[role="status"].saved-state')
    const [words, tip] = await Promise.all([state.textContent(), state.getAttribute('data-tip')])
    return { words: words?.trim() ?? '', tip: tip ?? '' }
  }

  /** What carries the document, by what the page says to whoever points at the state of saving; null while it says nothing. */
  async carrier(): Promise<CarrierName | null> {
    const { tip } = await this.shown()
    return carriers.find((name) => CARRIER_WORDS[name].test(tip)) ?? null
  }

  /** Every state of the session from now on, as `live websocket` or `reconnecting`, each once in a row. */
  async watch(): Promise<() => Promise<readonly string[]>> {
    const seen = await this.page.evaluateHandle(() => {
      const states: string[] = []
      const element = window.document.querySelector('vellum-saved-state')
      if (element === null) throw new Error('there is no state of saving')
      const look = (): void => {
        const { status } = element
        const state = 'carrier' in status ? `${status.kind} ${status.carrier}` : status.kind
        if (states.at(-1) !== state) states.push(state)
      }
      look()
      // What the page tells the element it tells it through this property, each time.
      const render = element.requestUpdate.bind(element)
      element.requestUpdate = (...changed) => {
        look()
        render(...changed)
      }
      return states
    })
    return () => seen.jsonValue()
  }

  /** Resolves once everything is on the server's disk, and the page says so. */
  async saved(): Promise<void> {
    await eventually(
      () =>
        this.page.evaluate(() => {
          const state = window.document.querySelector<HTMLElement>('[role="status"].saved-state')
          return `${state?.dataset['waiting']} ${state?.textContent?.trim()}`
        }),
      '0 Saved',
    )
  }

  /** What browsers say when a network comes back: the page tries at once. */
  wake(): Promise<void> {
    return this.page.evaluate(() => void window.dispatchEvent(new Event('online')))
  }

  #caret(): Promise<number | undefined> {
    return this.page.evaluate(
      () => window.document.querySelector('vellum-editor')?.text?.view.state.selection.from,
    )
  }
}

/** The text as the editor of this page holds it, its paragraphs a line each. */
export function wordsOn(page: Page): Promise<string> {
  return page.evaluate(() => {
    const doc = window.document.querySelector('vellum-editor')?.text?.view.state.doc
    return doc === undefined ? '' : doc.textBetween(0, doc.content.size, '\n', '\n')
  })
}

/** Ana and Bo in one document, each with the caret in a paragraph of their own. */
export async function sitTogether(ana: Writer, bo: Writer): Promise<void> {
  await ana.page.locator('[role="textbox"][aria-multiline]').click()
  await ana.page.keyboard.type('Ana: ')
  await ana.page.keyboard.press('Enter')
  await ana.page.keyboard.type('Bo: ')
  await eventually(() => bo.words(), 'Ana: \nBo: ')
  await Promise.all([ana.sit(), bo.sit()])
}

/** Both read Saved, and both and the server hold exactly what was typed: nothing twice, nothing missing. */
export async function agree(
  [ana, bo]: readonly [Writer, Writer],
  server: { readonly syncUrl: string },
): Promise<void> {
  const both = `${ana.paragraph}\n${bo.paragraph}`
  await eventually(() => ana.words(), both)
  await eventually(() => bo.words(), both)
  await Promise.all([ana.saved(), bo.saved()])
  const document = new URL(ana.page.url()).pathname.slice('/d/'.length)
  await eventually(() => stored(server.syncUrl, document), both)
}

/** A page's paragraphs as somebody gets them who comes now, past every network. */
export async function stored(syncUrl: string, document: string): Promise<string> {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(syncUrl, document, doc, {
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
  })
  await new Promise<void>((resolve) => {
    provider.on('sync', () => resolve())
  })
  const blocks = doc.getXmlFragment('prosemirror').toArray()
  const paragraphs = blocks.map((block) =>
    block instanceof Y.XmlElement ? block.toArray().map(plain).join('') : '',
  )
  provider.destroy()
  doc.destroy()
  return paragraphs.join('\n')
}

function plain(node: unknown): string {
  if (!(node instanceof Y.XmlText)) return ''
  const delta: readonly { readonly insert?: unknown }[] = node.toDelta()
  return delta.map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')
}

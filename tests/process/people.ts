/** People who use other clients: unmodified y-websocket providers, each with a document of its own. */
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

// Each provider listens for the end of the process: many people in one test are no leak.
process.setMaxListeners(200)

export interface PersonOptions {
  readonly doc?: Y.Doc
  /** Tabs of one browser share edits without the server; off without it. */
  readonly sharesTabs?: boolean
  readonly params?: Record<string, string>
}

export class Person {
  readonly doc: Y.Doc
  readonly provider: WebsocketProvider
  /** Why the channel ended, each time it did; null where the provider itself gave up waiting. */
  readonly endings: (number | null)[] = []

  constructor(syncUrl: string, document: string, options: PersonOptions = {}) {
    this.doc = options.doc ?? new Y.Doc()
    this.provider = new WebsocketProvider(syncUrl, document, this.doc, {
      // Typed for browsers; this is the class such programs pass on Node.
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
      disableBc: options.sharesTabs !== true,
      params: options.params ?? {},
      maxBackoffTime: 500,
    })
    this.provider.on('connection-close', (event) => this.endings.push(event?.code ?? null))
  }

  get text(): Y.Text {
    return this.doc.getText('text')
  }

  type(words: string, at = this.text.length): void {
    this.text.insert(Math.min(at, this.text.length), words)
  }

  async synced(): Promise<this> {
    if (!this.provider.synced) {
      await new Promise<void>((resolve) => {
        const onSync = (isSynced: boolean): void => {
          if (!isSynced) return
          this.provider.off('sync', onSync)
          resolve()
        }
        this.provider.on('sync', onSync)
      })
    }
    return this
  }

  /** Resolves as soon as the text is so. */
  sees(isIt: (text: string) => boolean): Promise<void> {
    return untilDocument(this.doc, () => isIt(this.text.toString()))
  }

  leave(): void {
    this.provider.destroy()
    this.doc.destroy()
  }
}

/** Resolves as soon as the condition holds, looking after each update of the document. */
export function untilDocument(doc: Y.Doc, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds()) return
      doc.off('update', look)
      resolve()
    }
    doc.on('update', look)
    look()
  })
}

/** What must be equal where documents are: content, never bytes. */
export function contentOf(doc: Y.Doc): string {
  return JSON.stringify(doc.getText('text').toDelta())
}

/** A session as a page has it: the platform's clock, WebSocket and fetch, a real server. */
import * as Y from 'yjs'
import type { Attention } from '#client/carriers/attention.ts'
import { EventStreamCarrier } from '#client/carriers/event-stream.ts'
import { LongPollCarrier } from '#client/carriers/long-poll.ts'
import type { Carrier, CarrierName } from '#client/carriers/port.ts'
import { webSocketCarrier } from '#client/carriers/websocket.ts'
import { browserChance, browserClock } from '#client/clock.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { newSessionId, Outbox } from '#client/document/outbox.ts'
import { Session } from '#client/sync/session.ts'
import type { Status } from '#client/sync/status.ts'

export class LiveSession implements Disposable {
  readonly document: LocalDocument
  readonly session: Session
  readonly statuses: Status['kind'][] = []

  /** `url`: `ws://host:port/sync/document`. `rungs`: the carriers there are; `remembered`: what worked last. */
  constructor(
    url: string,
    rungs: readonly CarrierName[] = ['websocket'],
    remembered: CarrierName | null = null,
  ) {
    const outbox = new Outbox(newSessionId(browserChance))
    this.document = new LocalDocument({ doc: new Y.Doc(), outbox })
    this.session = new Session({
      document: this.document,
      carriers: rungs.map((name) => carrierTo(url, name)),
      memory: { recall: () => remembered, keep: () => undefined },
      clock: browserClock,
      chance: browserChance,
      schemaVersion: 1,
    })
    this.session.subscribe(({ kind }) => {
      if (this.statuses.at(-1) !== kind) this.statuses.push(kind)
    })
    this.session.start()
  }

  [Symbol.dispose](): void {
    this.session.close()
    this.document.close()
    this.document.doc.destroy()
  }

  get paragraphs(): string[] {
    return this.#page.toArray().map((block) => (block instanceof Y.XmlElement ? textOf(block) : ''))
  }

  write(words: string): void {
    this.document.doc.transact(() => {
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(words)])
      this.#page.push([paragraph])
    })
  }

  /** Resolves once the status is so. */
  until(isIt: (status: Status) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): boolean => {
        if (!isIt(this.session.status)) return false
        undo()
        resolve()
        return true
      }
      const undo = this.session.subscribe(look)
      look()
    })
  }

  saved(): Promise<void> {
    return this.until(({ kind, pending }) => kind === 'live' && pending === 0)
  }

  /** Resolves once the page shows so many paragraphs. */
  shows(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#page.length < count) return
        this.document.doc.off('update', look)
        resolve()
      }
      this.document.doc.on('update', look)
      look()
    })
  }

  /** Resolves once exactly these people are here. */
  sees(names: readonly string[]): Promise<void> {
    const { awareness } = this.document
    return new Promise((resolve) => {
      const look = (): void => {
        const here = [...awareness.getStates().values()].map(({ name }) => String(name)).sort()
        if (here.join() !== [...names].sort().join()) return
        awareness.off('change', look)
        resolve()
      }
      awareness.on('change', look)
      look()
    })
  }

  get #page(): Y.XmlFragment {
    return this.document.doc.getXmlFragment('prosemirror')
  }
}

/** A page that is always looked at. */
export const LOOKED_AT: Attention = {
  isShown: true,
  hold: async () => () => undefined,
  attempt: async () => () => undefined,
  subscribe: () => () => undefined,
}

export function carrierTo(url: string, name: CarrierName): Carrier {
  if (name === 'websocket') return webSocketCarrier(() => url)
  const options = {
    url: () => url.replace(/^ws/, 'http'),
    fetch: (address: string, init: RequestInit) => fetch(address, init),
    clock: browserClock,
    chance: browserChance,
    attention: LOOKED_AT,
  }
  return name === 'event-stream' ? new EventStreamCarrier(options) : new LongPollCarrier(options)
}

function textOf(element: Y.XmlElement): string {
  const text = element.get(0)
  return text instanceof Y.XmlText ? text.toString() : ''
}

/** Somebody with Vellum's page open: the real session, document and outbox. */

import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { Carrier } from '#client/carriers/port.ts'
import { LocalDocument } from '#client/document/local-document.ts'
import { newSessionId, Outbox } from '#client/document/outbox.ts'
import { Session } from '#client/sync/session.ts'
import type { SessionId } from '#shared/id.ts'
import { edit } from './edits.ts'
import type { Person, Surroundings } from './people.ts'

/** Parts that a mutant may put in the place of the real ones. */
export interface ClientParts {
  readonly outbox?: (session: SessionId) => Outbox
  readonly carrier?: (carrier: Carrier, document: LocalDocument) => Carrier
}

export class VellumPerson implements Person {
  readonly name: string
  readonly #around: Surroundings
  readonly #parts: ClientParts
  #document: LocalDocument
  #session: Session
  #words = 0

  constructor(around: Surroundings, parts: ClientParts) {
    this.name = around.name
    this.#around = around
    this.#parts = parts
    const opened = this.#open()
    this.#document = opened.document
    this.#session = opened.session
  }

  get doc(): Y.Doc {
    return this.#document.doc
  }

  get status(): Session['status'] {
    return this.#session.status
  }

  /** Names of everybody this person sees. */
  get present(): string[] {
    return [...this.#document.awareness.getStates().values()].map(({ name }) => String(name)).sort()
  }

  get isParked(): boolean {
    return this.doc.store.pendingStructs !== null || this.doc.store.pendingDs !== null
  }

  start(): void {
    this.#session.start()
  }

  edit(): void {
    edit(this.doc, this.#around.chance, `${this.name}${this.#words++} `)
    this.#document.awareness.setLocalStateField('at', this.#words)
  }

  reload(): void {
    this.close()
    const { document, session } = this.#open()
    this.#document = document
    this.#session = session
    session.start()
  }

  wake(): void {
    this.#session.wake()
  }

  offline(): void {
    this.#session.offline()
  }

  unrest(): string | null {
    const { status } = this.#session
    if (status.kind !== 'live') return JSON.stringify(status)
    if (status.pending > 0) return `${status.pending} changes not saved`
    return this.#document.outbox.updates().length > 0 ? 'the outbox is not empty' : null
  }

  close(): void {
    this.#session.close()
    this.#document.close()
    this.doc.destroy()
  }

  #open(): { document: LocalDocument; session: Session } {
    const { chance, clock, network, onAcknowledged, note, name } = this.#around
    const doc = new Y.Doc()
    doc.clientID = 1 + chance.below(2 ** 31)
    const awareness = new Awareness(doc)
    // Its renewals run on the platform's timer, which is not the simulation's.
    clearInterval(awareness._checkInterval)
    awareness.setLocalState({ name })
    const sessionId = newSessionId(chance)
    const outbox = watched(this.#parts.outbox?.(sessionId) ?? new Outbox(sessionId), onAcknowledged)
    const document = new LocalDocument({ doc, outbox, awareness })
    const carrier: Carrier = {
      name: 'websocket',
      joinsBy: 'resume',
      quietMs: null,
      open: (events) => network.connect(this, 'vellum', events),
    }
    const session = new Session({
      document,
      carriers: [this.#parts.carrier?.(carrier, document) ?? carrier],
      clock,
      chance,
      schemaVersion: 1,
    })
    session.subscribe((status) => note(`${name} ${status.kind} ${status.pending}`))
    return { document, session }
  }
}

/** Reports what leaves the outbox as saved: everything that was in it before and is not any more. */
function watched(outbox: Outbox, onAcknowledged: (update: Uint8Array) => void): Outbox {
  const acknowledge = outbox.acknowledge.bind(outbox)
  outbox.acknowledge = (from, to) => {
    const before = outbox.updates()
    acknowledge(from, to)
    const after = new Set(outbox.updates())
    for (const update of before) if (!after.has(update)) onAcknowledged(update)
  }
  return outbox
}

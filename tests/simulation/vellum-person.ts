/** Somebody with Vellum's page open: the real session, document and outbox. */

import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { Attention } from '#client/carriers/attention.ts'
import { EventStreamCarrier } from '#client/carriers/event-stream.ts'
import { LongPollCarrier } from '#client/carriers/long-poll.ts'
import type { Carrier, CarrierName } from '#client/carriers/port.ts'
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
  readonly fetch?: (fetch: Fetch) => Fetch
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>

export class VellumPerson implements Person {
  readonly name: string
  readonly #around: Surroundings
  readonly #parts: ClientParts
  #document: LocalDocument
  #session: Session
  #words = 0
  #isShown = true
  readonly #watchers = new Set<() => void>()
  /** What worked last for this person, over reloads too. */
  #remembered: CarrierName | null = null
  /** How often the status named another carrier than before, by the one it then named. */
  readonly changes: Record<CarrierName, number> = { websocket: 0, 'event-stream': 0, 'long-poll': 0 }

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

  look(isShown: boolean): void {
    this.#isShown = isShown
    for (const changed of this.#watchers) changed()
  }

  unrest(): string | null {
    const { status } = this.#session
    if (status.kind !== 'live') return JSON.stringify(status)
    if (status.carrier !== 'websocket') return `still on ${status.carrier}`
    if (status.pending > 0) return `${status.pending} changes not saved`
    return this.#document.outbox.updates().length > 0 ? 'the outbox is not empty' : null
  }

  close(): void {
    this.#session.close()
    this.#document.close()
    this.doc.destroy()
  }

  #open(): { document: LocalDocument; session: Session } {
    const { chance, clock, onAcknowledged, note, name } = this.#around
    const doc = new Y.Doc()
    doc.clientID = 1 + chance.below(2 ** 31)
    const awareness = new Awareness(doc)
    // Its renewals run on the platform's timer, which is not the simulation's.
    clearInterval(awareness._checkInterval)
    awareness.setLocalState({ name })
    const sessionId = newSessionId(chance)
    const outbox = watched(this.#parts.outbox?.(sessionId) ?? new Outbox(sessionId), onAcknowledged)
    const document = new LocalDocument({ doc, outbox, awareness })
    const session = new Session({
      document,
      carriers: this.#carriers().map((carrier) => this.#parts.carrier?.(carrier, document) ?? carrier),
      memory: {
        recall: () => this.#remembered,
        keep: (name) => {
          if (this.#remembered !== null && this.#remembered !== name) this.changes[name] += 1
          this.#remembered = name
        },
      },
      clock,
      chance,
      schemaVersion: 1,
    })
    session.subscribe((status) => {
      const carrier = 'carrier' in status && this.#around.hasLadder ? ` ${status.carrier}` : ''
      note(`${name} ${status.kind} ${status.pending}${carrier}`)
    })
    return { document, session }
  }

  #carriers(): Carrier[] {
    const { network, clock, chance, hasLadder } = this.#around
    const socket: Carrier = {
      name: 'websocket',
      joinsBy: 'resume',
      quietMs: null,
      open: (events) => network.connect(this, 'vellum', events),
    }
    if (!hasLadder) return [socket]
    const fetch: Fetch = (url, init) => network.fetch(this, url, init)
    const options = {
      url: () => 'http://vellum.test/sync/simulated',
      fetch: this.#parts.fetch?.(fetch) ?? fetch,
      clock,
      chance,
      attention: this.#attention(),
    }
    const watched = (carrier: Carrier): Carrier => ({
      name: carrier.name,
      joinsBy: carrier.joinsBy,
      quietMs: carrier.quietMs,
      open: (events, join) => carrier.open(network.watched(this, events), join),
    })
    return [socket, watched(new EventStreamCarrier(options)), watched(new LongPollCarrier(options))]
  }

  #attention(): Attention {
    const person = this
    return {
      get isShown() {
        return person.#isShown
      },
      hold: async () => () => undefined,
      attempt: async () => () => undefined,
      subscribe: (changed) => {
        this.#watchers.add(changed)
        return () => this.#watchers.delete(changed)
      },
    }
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

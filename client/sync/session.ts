/**
 * The browser's side of one document: what it holds, what it still has to send. Runs the machine of step.ts and does
 * what it decides. It knows no editor, no window, no kind of carrier.
 */
import type { Carrier, CarrierName, Memory } from '#client/carriers/port.ts'
import type { LocalDocument } from '#client/document/local-document.ts'
import { Presence } from '#client/document/presence.ts'
import { codes } from '#shared/codes.ts'
import type { Cancel, Chance, Clock } from '#shared/time.ts'
import { Attempt } from './attempt.ts'
import { carrierAt, type Ladder } from './ladder.ts'
import { type Above, deadline, type Effect, type Event, type State } from './state.ts'
import type { Status } from './status.ts'
import { sameStatus, statusOf } from './status-of.ts'
import { step } from './step.ts'
import type { Tokens } from './tokens.ts'

export interface SessionOptions {
  readonly document: LocalDocument
  /** The ladder, best first; at least one. */
  readonly carriers: readonly Carrier[]
  /** What worked last here. Default: nothing is kept. */
  readonly memory?: Memory
  readonly clock: Clock
  readonly chance: Chance
  /** The schema this client's editor knows. */
  readonly schemaVersion: number
  /** Tokens the carriers show. Default: none, and what the server refuses with 4401 is final at once. */
  readonly tokens?: Tokens
  /** Default `page`. `any` reads a document that another program made, and writes nothing. */
  readonly kind?: 'page' | 'any'
}

/** A timer that comes this much after its time: the device slept. */
const LATE_MS = 5_000

export class Session {
  readonly #options: SessionOptions
  readonly #presence: Presence
  readonly #listeners = new Set<(status: Status) => void>()
  readonly #unsubscribe: () => void
  #state: State = { kind: 'idle' }
  #status: Status = { kind: 'opening', pending: 0 }
  #attempt: Attempt | null = null
  /** On a better rung, beside the session's own. */
  #above: Attempt | null = null
  /** The last carrier that was tried or used. */
  #last: CarrierName | null = null
  #timer: { readonly due: number; readonly cancel: Cancel } | null = null
  #events: Event[] = []
  #running = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.#presence = new Presence(options.document.awareness, options.clock)
    this.#unsubscribe = options.document.onLocalChange(() => this.#changed())
    this.#status = statusOf(this.#state, options.document.waiting)
  }

  get status(): Status {
    return this.#status
  }

  /** Calls `changed` after each change of the status; returns its undo. */
  subscribe(changed: (status: Status) => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  /** Connects. After a stop it tries again, with everything that is still in the outbox. */
  start(): void {
    const { carriers, memory, tokens } = this.#options
    if (this.#state.kind === 'stopped') tokens?.forget()
    const rungs = carriers.map(({ name }) => name)
    const recalled = memory?.recall() ?? null
    this.#dispatch({ kind: 'start', rungs, first: recalled === null ? 0 : rungs.indexOf(recalled) })
  }

  /** Now is a good moment: the network came back, the page is shown again. */
  wake(): void {
    this.#presence.comeBack()
    this.#dispatch({ kind: 'wake' })
  }

  /** The browser says that there is no network. */
  offline(): void {
    this.#dispatch({ kind: 'offline' })
  }

  /** Takes this person off the others' screens; `wake` brings them back. */
  leave(): void {
    this.#presence.leave()
    this.#attempt?.leave()
  }

  /** Ends it for good. What is in the outbox stays there. May be called twice. */
  close(): void {
    if (this.#state.kind === 'closed') return
    this.leave()
    this.#presence.close()
    this.#unsubscribe()
    this.#dispatch({ kind: 'close' })
    this.#listeners.clear()
  }

  #changed(): void {
    this.#attempt?.pump()
    this.#publish()
  }

  /** One event at a time: what happens while one is worked on comes after it. */
  #dispatch(event: Event): void {
    this.#events.push(event)
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next)
    } finally {
      this.#running = false
    }
    this.#arm()
    this.#publish()
  }

  #step(event: Event): void {
    const { clock, chance } = this.#options
    const { state, effects } = step(this.#state, event, { now: clock.now(), fraction: chance.fraction() })
    this.#state = state
    for (const effect of effects) this.#do(effect)
  }

  #do(effect: Effect): void {
    switch (effect) {
      case 'open':
        this.#attempt = this.#open(true)
        break
      case 'openAbove':
        this.#above = this.#open(false)
        break
      case 'drop':
        this.#dropAbove()
        this.#attempt?.drop()
        this.#attempt = null
        break
      case 'dropAbove':
        this.#dropAbove()
        break
      case 'resume':
        this.#attempt?.resume()
        break
      case 'resumeAbove':
        this.#above?.resume()
        break
      case 'push':
        this.#attempt?.push()
        break
      case 'ping':
        this.#attempt?.ping()
        break
      case 'change':
        this.#change()
        break
      case 'remember':
        if ('ladder' in this.#state) this.#options.memory?.keep(carrierAt(this.#state.ladder))
        break
    }
  }

  #open(leads: boolean): Attempt {
    const { carriers, document, schemaVersion, kind = 'page' } = this.#options
    const carrier = carriers[this.#rung(leads)]
    if (carrier === undefined) throw new RangeError('a session needs a carrier')
    const after = this.#last === carrier.name ? null : this.#last
    this.#last = carrier.name
    return new Attempt({
      carrier,
      document,
      presence: this.#presence,
      schemaVersion,
      kind,
      leads,
      after,
      dispatch: (event, attempt) => this.#happened(event, attempt),
    })
  }

  /** Which carrier is meant: the ladder's, or the one above it that is tried. */
  #rung(leads: boolean): number {
    const state = this.#state
    const ladder: Ladder | null = 'ladder' in state ? state.ladder : null
    if (leads || state.kind !== 'live' || !('rung' in state.climb)) return ladder?.at ?? 0
    return state.climb.rung
  }

  #happened(event: Above, attempt: Attempt): void {
    const meant = this.#isTokenOver(event) ? ({ kind: 'lost' } as const) : event
    this.#dispatch(attempt.leads ? meant : { kind: 'above', event: meant })
  }

  /** It may only have been too old: the next channel shows another one. */
  #isTokenOver(event: Above): boolean {
    if (event.kind !== 'refused' || event.code !== codes.unauthenticated.code) return false
    return this.#options.tokens?.refused() ?? false
  }

  #dropAbove(): void {
    if (this.#above === null) return
    this.#above.drop()
    this.#above = null
    if ('ladder' in this.#state) this.#last = carrierAt(this.#state.ladder)
  }

  /** In this order: the new channel takes over what the old one has given up. */
  #change(): void {
    this.#attempt?.drop()
    this.#attempt = this.#above
    this.#above = null
    this.#attempt?.lead()
  }

  /** Keeps one timer, never later than the machine's next deadline; one that is early looks again. */
  #arm(): void {
    const due = deadline(this.#state)
    if (this.#timer !== null && due !== null && this.#timer.due <= due) return
    this.#timer?.cancel()
    this.#timer = null
    if (due === null) return
    const { clock } = this.#options
    const cancel = clock.after(Math.max(0, due - clock.now()), () => {
      this.#timer = null
      this.#rang()
    })
    this.#timer = { due, cancel }
  }

  /** What came meanwhile may have moved the deadline: then there is nothing to do, however late the timer is. */
  #rang(): void {
    const now = this.#options.clock.now()
    const due = deadline(this.#state)
    if (due !== null && now >= due) this.#dispatch({ kind: 'tick', late: now - due > LATE_MS })
    else this.#arm()
  }

  #publish(): void {
    const status = statusOf(this.#state, this.#options.document.waiting)
    if (sameStatus(status, this.#status)) return
    this.#status = status
    for (const changed of [...this.#listeners]) changed(status)
  }
}

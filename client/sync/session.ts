/**
 * The browser's side of one document: what it holds, what it still has to send. Runs the machine of step.ts and does
 * what it decides. It knows no editor, no window, no kind of carrier.
 */
import type { Carrier } from '#client/carriers/port.ts'
import type { LocalDocument } from '#client/document/local-document.ts'
import { Presence } from '#client/document/presence.ts'
import type { Cancel, Chance, Clock } from '#shared/time.ts'
import { Attempt } from './attempt.ts'
import { deadline, type Effect, type Event, type State } from './state.ts'
import type { Status } from './status.ts'
import { sameStatus, statusOf } from './status-of.ts'
import { step } from './step.ts'

export interface SessionOptions {
  readonly document: LocalDocument
  readonly carrier: Carrier
  readonly clock: Clock
  readonly chance: Chance
  /** The schema this client's editor knows. */
  readonly schemaVersion: number
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
  #timer: { readonly due: number; readonly cancel: Cancel } | null = null
  #events: Event[] = []
  #running = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.#presence = new Presence(options.document.awareness, options.clock)
    this.#unsubscribe = options.document.onLocalChange(() => this.#changed())
    this.#status = statusOf(this.#state, options.document.outbox.changes)
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
    this.#dispatch({ kind: 'start' })
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
  }

  /** Ends it for good. What is in the outbox stays there. May be called twice. */
  close(): void {
    if (this.#state.kind === 'closed') return
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
        this.#open()
        break
      case 'drop':
        this.#attempt?.drop()
        this.#attempt = null
        break
      case 'resume':
        this.#attempt?.resume()
        break
      case 'push':
        this.#attempt?.push()
        break
      case 'ping':
        this.#attempt?.ping()
        break
    }
  }

  #open(): void {
    const { carrier, document, schemaVersion, kind = 'page' } = this.#options
    const attempt: Attempt = new Attempt({
      carrier,
      document,
      presence: this.#presence,
      schemaVersion,
      kind,
      dispatch: (event) => this.#dispatch(event),
    })
    this.#attempt = attempt
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
    const status = statusOf(this.#state, this.#options.document.outbox.changes)
    if (sameStatus(status, this.#status)) return
    this.#status = status
    for (const changed of [...this.#listeners]) changed(status)
  }
}

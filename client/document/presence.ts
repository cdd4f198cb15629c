/**
 * Who is here, over one channel at a time. Only this client's own state is sent; what others send is checked first.
 *
 * States live in y-protocols' Awareness, since cursors are drawn from it. By the clock given here the own state is
 * renewed, and others are forgotten when nothing has been heard of them: their server may have died without a farewell.
 * It knows no channel: `join` is given a way to send.
 */
import {
  type Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness'
import type { Cancel, Clock } from '#shared/time.ts'
import { checkedPresence } from './presence-check.ts'

/** Carets move with every key; more often than this nobody sees. */
const THROTTLE_MS = 80
/** Others, by the rules of their own clients, forget whoever is silent for 30 s. */
const RENEW_MS = 15_000
const FORGET_MS = 30_000
const AGE_MS = 5_000

interface Change {
  readonly added: readonly number[]
  readonly updated: readonly number[]
  readonly removed: readonly number[]
}

export class Presence {
  readonly #awareness: Awareness
  readonly #clock: Clock
  /** The origin of what came from others. */
  readonly #remote: object = { name: 'others' }
  #send: ((presence: Uint8Array) => void) | null = null
  #throttle: Cancel | null = null
  #unsent = false
  #aging: Cancel
  #renewedAt: number
  /** When others were last heard of, by client id. */
  readonly #heardAt = new Map<number, number>()
  /** The own state as it was when this client left. */
  #left: Record<string, unknown> | null = null

  constructor(awareness: Awareness, clock: Clock) {
    this.#awareness = awareness
    this.#clock = clock
    this.#renewedAt = clock.now()
    this.#aging = clock.after(AGE_MS, this.#age)
    awareness.on('update', this.#updated)
  }

  /** A channel is there: says who is here, with a clock that outruns the farewell of the channel before. */
  join(send: (presence: Uint8Array) => void): void {
    this.#send = send
    this.#renew()
    this.#flush()
  }

  /** The channel is gone. */
  part(): void {
    this.#send = null
  }

  receive(presence: Uint8Array): void {
    const { states, ownClock } = checkedPresence(presence, this.#awareness.clientID)
    if (states !== null) applyAwarenessUpdate(this.#awareness, states, this.#remote)
    const own = this.#awareness.meta.get(this.#awareness.clientID)
    if (ownClock === null || own === undefined || ownClock < own.clock) return
    // Somebody spoke for this client: it overrules them, and goes on from their clock.
    own.clock = ownClock
    this.#renew()
  }

  /** Sends the own state now, whatever was sent a moment ago. */
  repeat(): void {
    this.#unsent = true
    this.#flush()
  }

  /** Tells the others that this client leaves, at once. */
  leave(): void {
    const state = this.#awareness.getLocalState()
    if (state === null) return
    this.#left = state
    this.#awareness.setLocalState(null)
    this.#flush()
  }

  /** Undoes `leave`: a page that was hidden is shown again. */
  comeBack(): void {
    if (this.#left !== null && this.#awareness.getLocalState() === null)
      this.#awareness.setLocalState(this.#left)
    this.#left = null
  }

  close(): void {
    this.leave()
    this.#awareness.off('update', this.#updated)
    this.#send = null
    this.#throttle?.()
    this.#aging()
  }

  readonly #updated = ({ added, updated, removed }: Change): void => {
    const own = this.#awareness.clientID
    const now = this.#clock.now()
    for (const id of [...added, ...updated]) this.#heardAt.set(id, now)
    for (const id of removed) this.#heardAt.delete(id)
    if (![...added, ...updated, ...removed].includes(own)) return
    this.#renewedAt = now
    this.#unsent = true
    if (this.#throttle === null) this.#flush()
  }

  #flush(): void {
    this.#throttle?.()
    this.#throttle = null
    if (!this.#unsent || this.#send === null) return
    this.#unsent = false
    this.#send(encodeAwarenessUpdate(this.#awareness, [this.#awareness.clientID]))
    this.#throttle = this.#clock.after(THROTTLE_MS, () => {
      this.#throttle = null
      this.#flush()
    })
  }

  /** The own state again, under a clock of its own. */
  #renew(): void {
    const state = this.#awareness.getLocalState()
    if (state !== null) this.#awareness.setLocalState(state)
  }

  readonly #age = (): void => {
    this.#aging = this.#clock.after(AGE_MS, this.#age)
    const now = this.#clock.now()
    if (now - this.#renewedAt >= RENEW_MS) this.#renew()
    const { clientID } = this.#awareness
    const gone = [...this.#heardAt].flatMap(([id, heardAt]) =>
      id !== clientID && now - heardAt >= FORGET_MS ? [id] : [],
    )
    if (gone.length > 0) removeAwarenessStates(this.#awareness, gone, this.#remote)
    // With their clocks forgotten too, the very same state brings people back.
    for (const id of gone) this.#awareness.meta.delete(id)
  }
}

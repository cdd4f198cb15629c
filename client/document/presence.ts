/**
 * Who is here, over one channel at a time. Only this client's own state is sent; what others send is checked first.
 *
 * States live in y-protocols' Awareness, since cursors are drawn from it; it renews the own state every 15 s and
 * forgets others 30 s after the last word of them. It knows no channel: `join` is given a way to send.
 */
import { type Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import type { Cancel, Clock } from '#shared/time.ts'
import { checkedPresence } from './presence-check.ts'

/** Carets move with every key; more often than this nobody sees. */
const THROTTLE_MS = 80
/** Others stay on the screen this long without a channel, then nobody can say that they are here. */
const FORGET_OTHERS_MS = 30_000

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
  #forget: Cancel | null = null
  /** The own state as it was when this client left. */
  #left: Record<string, unknown> | null = null

  constructor(awareness: Awareness, clock: Clock) {
    this.#awareness = awareness
    this.#clock = clock
    awareness.on('update', this.#updated)
  }

  /** A channel is there: says who is here, with a clock that outruns the farewell of the channel before. */
  join(send: (presence: Uint8Array) => void): void {
    this.#send = send
    this.#forget?.()
    this.#forget = null
    const state = this.#awareness.getLocalState()
    if (state !== null) this.#awareness.setLocalState(state)
    this.#flush()
  }

  /** The channel is gone. */
  part(): void {
    if (this.#send === null) return
    this.#send = null
    this.#forget = this.#clock.after(FORGET_OTHERS_MS, () => this.#forgetOthers())
  }

  receive(presence: Uint8Array): void {
    const { states, ownClock } = checkedPresence(presence, this.#awareness.clientID)
    if (states !== null) applyAwarenessUpdate(this.#awareness, states, this.#remote)
    const own = this.#awareness.meta.get(this.#awareness.clientID)
    if (ownClock === null || own === undefined || ownClock < own.clock) return
    // Somebody spoke for this client: it overrules them, and goes on from their clock.
    own.clock = ownClock
    const state = this.#awareness.getLocalState()
    if (state !== null) this.#awareness.setLocalState(state)
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
    this.#forget?.()
  }

  readonly #updated = ({ added, updated, removed }: Change): void => {
    const own = this.#awareness.clientID
    if (![...added, ...updated, ...removed].includes(own)) return
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

  #forgetOthers(): void {
    const gone = [...this.#awareness.getStates().keys()].filter((id) => id !== this.#awareness.clientID)
    for (const id of gone) {
      this.#awareness.states.delete(id)
      // With its clock forgotten too, the same state brings the person back.
      this.#awareness.meta.delete(id)
    }
    const change: Change = { added: [], updated: [], removed: gone }
    if (gone.length === 0) return
    this.#awareness.emit('change', [change, this.#remote])
    this.#awareness.emit('update', [change, this.#remote])
  }
}

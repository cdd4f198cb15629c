/**
 * The outbox: every local change, from the moment it is made until the server says it is committed.
 *
 * Changes wait unnumbered until there is room to send them; then a few become one push. A push keeps its number and
 * its bytes for ever, since the server knows a repeated push by both.
 * It knows no channel: `begin` says that there is a new one, on which nothing has been sent yet.
 *
 * Invariants: a change leaves only when a push that contains it is acknowledged; pushes go out in the order of their
 * numbers, each at most once a channel; `changes` is exactly the number of changes not acknowledged.
 */
import * as Y from 'yjs'
import type { SessionId } from '#shared/id.ts'

export interface Push {
  readonly number: number
  readonly update: Uint8Array
  /** How many local changes it stands for. */
  readonly changes: number
  /** Those changes, as they were recorded. */
  readonly parts: readonly Uint8Array[]
}

/** Pushes sent and not answered at a time. More than this waits and is merged: a burst costs few pushes. */
const WINDOW = 16
/** Merging is quadratic in the number of updates; this many take well under a millisecond. */
const MERGED_UPDATES = 32
/** Updates that are large already are sent as they are. */
const MERGED_BYTES = 32 << 10

export class Outbox {
  readonly session: SessionId
  #next = 1
  /** In the order of their numbers; at most the window and one replacement. */
  #pushes: Push[] = []
  #fresh: Uint8Array[] = []
  /** Where in `#fresh` the oldest is that has no number yet: taking from the front of a long array costs its length. */
  #first = 0
  #changes = 0
  /** The last number sent on this channel. */
  #sent = 0
  /** Numbers the server answered with `gap` on this channel: they wait for its state vector. */
  #gapped = new Set<number>()
  #settled: (changes: readonly Uint8Array[]) => void = () => undefined

  constructor(session: SessionId) {
    this.session = session
  }

  /** Local changes that no acknowledgement covers. */
  get changes(): number {
    return this.#changes
  }

  /** The oldest push that is not acknowledged, or the number the next one will have. */
  get oldest(): number {
    return this.#pushes[0]?.number ?? this.#next
  }

  get gapped(): boolean {
    return this.#gapped.size > 0
  }

  /** `settled` is called with the changes that an acknowledgement covered, as they were recorded. One listener. */
  onSettled(settled: (changes: readonly Uint8Array[]) => void): void {
    this.#settled = settled
  }

  record(update: Uint8Array): void {
    this.#fresh.push(update)
    this.#changes++
  }

  /** A new channel: everything is to be sent again. */
  begin(): void {
    this.#sent = 0
    this.#gapped.clear()
  }

  /** The next push for this channel, or null while there is none or the window is full. */
  take(): Push | null {
    let inFlight = 0
    for (const push of this.#pushes) {
      if (push.number > this.#sent) {
        if (inFlight >= WINDOW) return null
        this.#sent = push.number
        return push
      }
      if (!this.#gapped.has(push.number)) inFlight++
    }
    if (this.#first === this.#fresh.length || inFlight >= WINDOW) return null
    const push = this.#seal()
    this.#sent = push.number
    return push
  }

  /** Forgets the pushes of exactly this range. Numbers that are not here were settled before. */
  acknowledge(from: number, to: number): void {
    const settled: Uint8Array[] = []
    this.#pushes = this.#pushes.filter((push) => {
      if (push.number < from || push.number > to) return true
      this.#changes -= push.changes
      this.#gapped.delete(push.number)
      settled.push(...push.parts)
      return false
    })
    if (settled.length > 0) this.#settled(settled)
  }

  gap(number: number): void {
    if (this.#pushes.some((push) => push.number === number)) this.#gapped.add(number)
  }

  /** One new push in the place of everything that is here; `update` contains all of it. */
  replace(update: Uint8Array): void {
    // What the server lacks without a local change (it lost something) is unsaved too.
    this.#changes = Math.max(1, this.#changes)
    this.#pushes = [{ number: this.#next++, update, changes: this.#changes, parts: this.recorded() }]
    this.#fresh = []
    this.#first = 0
    this.#gapped.clear()
  }

  /** All updates that are here, oldest first. */
  updates(): readonly Uint8Array[] {
    return [...this.#pushes.map((push) => push.update), ...this.#fresh.slice(this.#first)]
  }

  /** The changes that are here as they were recorded, oldest first. */
  recorded(): readonly Uint8Array[] {
    return [...this.#pushes.flatMap(({ parts }) => parts), ...this.#fresh.slice(this.#first)]
  }

  #seal(): Push {
    const updates: Uint8Array[] = []
    let bytes = 0
    for (let at = this.#first; at < this.#fresh.length && updates.length < MERGED_UPDATES; at++) {
      const update = this.#fresh[at]
      if (update === undefined || (updates.length > 0 && bytes + update.length > MERGED_BYTES)) break
      updates.push(update)
      bytes += update.length
    }
    this.#first += updates.length
    if (this.#first * 2 > this.#fresh.length) {
      this.#fresh = this.#fresh.slice(this.#first)
      this.#first = 0
    }
    const [first] = updates
    const update = first !== undefined && updates.length === 1 ? first : Y.mergeUpdates(updates)
    const push: Push = { number: this.#next++, update, changes: updates.length, parts: updates }
    this.#pushes.push(push)
    return push
  }
}

export { newSessionId } from './session-id.ts'

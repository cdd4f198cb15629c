/**
 * Merging entries: what comes out stands only where a document loaded with it is the one loaded with the entries.
 */
import * as Y from 'yjs'
import type { ReplayedEntry } from './port.ts'
import { Replica } from './replica.ts'
import type { Window } from './window.ts'

/** Yjs takes time that grows with the square of what it merges at once. */
const MERGED_AT_ONCE = 32

export class Merging {
  readonly #window: Window
  readonly #before: Replica
  readonly #updates: Uint8Array[] = []
  #count = 0

  /** `state`: of a checkpoint or a milestone; null for none. */
  constructor(state: Uint8Array | null, window: Window) {
    this.#window = window
    this.#before = new Replica(state)
  }

  add(entries: readonly ReplayedEntry[]): void {
    const lead = Math.max(0, this.#window.lead - this.#count)
    this.#count += entries.length
    this.#before.apply(entries.slice(0, lead))
    for (const { update } of entries.slice(lead)) this.#updates.push(update.slice())
  }

  /** One update a range; null where they would not say the same. Throws Unbuildable. */
  finish(): readonly Uint8Array[] | null {
    const before = this.#before.encode()
    const merged: Uint8Array[] = []
    const replaced: Uint8Array[] = []
    let at = 0
    for (const { first, last } of this.#window.ranges) {
      const one = mergedOf(this.#updates.slice(first, last + 1))
      merged.push(one)
      replaced.push(...this.#updates.slice(at, first), one)
      at = last + 1
    }
    replaced.push(...this.#updates.slice(at))
    const [as, anew] = [this.#updates, replaced].map((updates) => reached(before, updates))
    return as !== undefined && anew !== undefined && Buffer.compare(as, anew) === 0 ? merged : null
  }
}

function mergedOf(updates: readonly Uint8Array[]): Uint8Array {
  let parts = [...updates]
  while (parts.length > 1) {
    const next: Uint8Array[] = []
    for (let from = 0; from < parts.length; from += MERGED_AT_ONCE)
      next.push(Y.mergeUpdates(parts.slice(from, from + MERGED_AT_ONCE)))
    parts = next
  }
  return parts[0] ?? new Uint8Array([0, 0])
}

/** Reloaded once, since a reload joins what came in pieces. */
function reached(before: Uint8Array, updates: readonly Uint8Array[]): Uint8Array {
  let replica = new Replica(before)
  replica.apply(updates.map((update) => ({ update })))
  replica.assertWhole()
  replica.tidy()
  const state = replica.encode()
  replica = new Replica(state)
  replica.assertWhole()
  return replica.encode()
}

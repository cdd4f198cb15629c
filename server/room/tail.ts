/**
 * What opening this document costs at the moment, and, for a short while, the bytes it takes.
 *
 * When many come at once (a page shared in a meeting, a server back from a restart) the log is read once for them
 * all; a few seconds later nothing of it is held.
 */
import { type Seq, ZERO } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import type { Page } from './opening.ts'

const REMEMBER_MS = 2_000
const REMEMBER_BYTES = 4 << 20

interface Memory {
  readonly pages: readonly Page[]
  readonly seq: Seq
  usedAt: number
}

/** Pages of one reading from the start, as long as they are few enough to be remembered. */
export class Reading {
  readonly pages: Page[] = []
  #bytes = 0

  add(page: Page): void {
    for (const { update } of page.pieces) this.#bytes += update.length
    if (this.#bytes <= REMEMBER_BYTES) this.pages.push(page)
  }
}

export class Tail {
  readonly #clock: Clock
  /** Position and size of the newest checkpoint. */
  checkpointSeq: Seq = ZERO
  checkpointBytes = 0
  /** Entries and bytes after it. */
  entries = 0
  bytes = 0
  grewAt: number
  #memory: Memory | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    this.grewAt = clock.now()
  }

  grew(bytes: number): void {
    this.entries += 1
    this.bytes += bytes
    this.grewAt = this.#clock.now()
    this.#memory = null
  }

  /** A checkpoint at `seq` stands; `covered` is how much of the tail it replaces. */
  checkpointed(seq: Seq, stateBytes: number, covered = { entries: this.entries, bytes: this.bytes }): void {
    this.checkpointSeq = seq
    this.checkpointBytes = stateBytes
    this.entries -= covered.entries
    this.bytes -= covered.bytes
    this.#memory = null
  }

  remember({ pages }: Reading, seq: Seq): void {
    // A reading that became too much ends early: only one that ends at `seq` is whole.
    if ((pages.at(-1)?.to ?? ZERO) === seq) this.#memory = { pages, seq, usedAt: this.#clock.now() }
  }

  /** The whole document up to `seq`, if it was read a moment ago. */
  recall(seq: Seq): readonly Page[] | null {
    if (this.#memory === null || this.#memory.seq !== seq) return null
    this.#memory.usedAt = this.#clock.now()
    return this.#memory.pages
  }

  forget(now: number): void {
    if (this.#memory !== null && now - this.#memory.usedAt >= REMEMBER_MS) this.#memory = null
  }
}

/**
 * Unfinished messages of all channels: each may be as large as a frame, so together they have a bound.
 *
 * Above it the largest is not read for a while, so that others can be finished; where that does not help it is ended.
 * One that does not get on, though it is read, is ended as well: nobody holds memory by promising bytes.
 */
import type { Metrics } from '#server/ops/metrics.ts'
import type { Cancel, Clock } from '#shared/time.ts'

/** A channel, as far as its unfinished message goes. */
export interface Holder {
  /** Whether nobody but this keeps it from sending. */
  readonly isRead: boolean
  /** Stops and starts reading. */
  hold(): void
  release(): void
  /** Ends it: too slow. */
  tooSlow(): void
}

export interface PartialsOptions {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly maxBytes: number
}

interface Entry {
  bytes: number
  /** When it was last looked at, and how much there was. */
  lookedAt: number
  lookedBytes: number
  /** Since when it is not read; null while it is. */
  heldSince: number | null
}

const TICK_MS = 1_000
/** So many bytes must come in so many milliseconds. */
const PROGRESS_BYTES = 1_024
const PROGRESS_MS = 10_000
/** How long others get to finish before the largest is ended. */
const HELD_MS = 5_000
/** Reading starts again below this share of the bound. */
const RELIEVED = 3 / 4

export class Partials {
  readonly #options: PartialsOptions
  readonly #entries = new Map<Holder, Entry>()
  #bytes = 0
  #cancelTick: Cancel | null = null

  constructor(options: PartialsOptions) {
    this.#options = options
  }

  /** This holder's unfinished message is now so long; null when there is none. */
  note(holder: Holder, bytes: number | null): void {
    const entry = this.#entries.get(holder)
    if (bytes === null) {
      if (entry !== undefined) this.#drop(holder, entry)
      return
    }
    if (entry === undefined) {
      const now = this.#options.clock.now()
      this.#entries.set(holder, { bytes, lookedAt: now, lookedBytes: bytes, heldSince: null })
      this.#cancelTick ??= this.#options.clock.after(TICK_MS, () => this.#tick())
    } else if (bytes < entry.bytes) {
      // Another message began in the same read.
      entry.lookedAt = this.#options.clock.now()
      entry.lookedBytes = bytes
    }
    this.#count(bytes - (entry?.bytes ?? 0))
    if (entry !== undefined) entry.bytes = bytes
    while (this.#bytes > this.#options.maxBytes && this.#relieve());
  }

  close(): void {
    this.#cancelTick?.()
    this.#cancelTick = null
    this.#entries.clear()
  }

  /** Makes it less, or keeps it from becoming more; false when there is nobody left to do that to. */
  #relieve(): boolean {
    const read = this.#largest(({ heldSince }) => heldSince === null)
    const held = this.#largest(({ heldSince }) => heldSince !== null)
    // Who has little in hand is let through: there is somebody with much more who had the chance.
    if (held !== null && (read === null || held[1].bytes >= 2 * read[1].bytes)) {
      this.#end(...held)
      return true
    }
    if (read === null) return false
    read[1].heldSince = this.#options.clock.now()
    read[0].hold()
    // One at a time: what is not read does not grow, and that may be enough.
    return false
  }

  #tick(): void {
    this.#cancelTick = null
    const { clock, maxBytes } = this.#options
    const now = clock.now()
    for (const [holder, entry] of [...this.#entries]) {
      if (entry.heldSince !== null || !holder.isRead) {
        entry.lookedAt = now
        entry.lookedBytes = entry.bytes
      } else if (now - entry.lookedAt >= PROGRESS_MS) {
        if (entry.bytes - entry.lookedBytes < PROGRESS_BYTES) this.#end(holder, entry)
        entry.lookedAt = now
        entry.lookedBytes = entry.bytes
      }
    }
    const held = this.#largest(({ heldSince }) => heldSince !== null && now - heldSince >= HELD_MS)
    if (held !== null && this.#bytes > maxBytes * RELIEVED) this.#end(...held)
    if (this.#entries.size > 0) this.#cancelTick ??= clock.after(TICK_MS, () => this.#tick())
  }

  #largest(isIn: (entry: Entry) => boolean): [Holder, Entry] | null {
    let largest: [Holder, Entry] | null = null
    for (const [holder, entry] of this.#entries)
      if (isIn(entry) && (largest === null || entry.bytes > largest[1].bytes)) largest = [holder, entry]
    return largest
  }

  #end(holder: Holder, entry: Entry): void {
    this.#drop(holder, entry)
    holder.tooSlow()
  }

  #drop(holder: Holder, entry: Entry): void {
    this.#entries.delete(holder)
    this.#count(-entry.bytes)
    if (this.#bytes > this.#options.maxBytes * RELIEVED) return
    for (const [other, { heldSince }] of this.#entries) if (heldSince !== null) this.#release(other)
  }

  #release(holder: Holder): void {
    const entry = this.#entries.get(holder)
    if (entry === undefined) return
    entry.heldSince = null
    entry.lookedAt = this.#options.clock.now()
    entry.lookedBytes = entry.bytes
    holder.release()
  }

  #count(change: number): void {
    this.#bytes += change
    this.#options.metrics.levels.partialBytes += change
  }
}

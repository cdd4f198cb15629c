/**
 * How long a group of commits is left open for more to join it.
 *
 * None while little happens, so that a lone keystroke is on disk at once; up to `MAX_MS` as edits come faster, since
 * one fsync and one write to each channel then serve several of them.
 */
import type { Clock } from '#shared/time.ts'

const MAX_MS = 9
/** Up to this many edits a second nothing is gained by waiting. */
const CALM_PER_SECOND = 120
/** From here on the whole window pays. */
const BUSY_PER_SECOND = 400
/** A group this large has shared its costs already: waiting would only add delay. */
const FULL_ENTRIES = 64
const FULL_BYTES = 256 << 10
/** Over how long the rate is averaged. */
const MEMORY_MS = 250

export class Window {
  readonly #clock: Clock
  #perSecond = 0
  #since: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
  }

  /** Takes note of `entries` that were committed in one group just now. */
  committed(entries: number): void {
    const now = this.#clock.now()
    const elapsed = Math.max(now - this.#since, 0.1)
    const weight = 1 - Math.exp(-elapsed / MEMORY_MS)
    this.#perSecond += ((entries * 1000) / elapsed - this.#perSecond) * weight
    this.#since = now
  }

  /** Whether a group that holds this much should go at once. */
  isFull(entries: number, bytes: number): boolean {
    return entries >= FULL_ENTRIES || bytes >= FULL_BYTES
  }

  /** Milliseconds to leave the next group open, when the last commit took `lastCommitMs`. */
  wait(lastCommitMs: number): number {
    const decayed = this.#perSecond * Math.exp(-(this.#clock.now() - this.#since) / MEMORY_MS)
    const share = (decayed - CALM_PER_SECOND) / (BUSY_PER_SECOND - CALM_PER_SECOND)
    const window = MAX_MS * Math.min(Math.max(share, 0), 1)
    // While an fsync that slow was running the group has filled by itself.
    return lastCommitMs > window ? 0 : window
  }
}

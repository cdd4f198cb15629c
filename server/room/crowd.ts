/**
 * What waits for the disk, of all channels together, is bounded: above the bound those with more than an even share
 * are not read until half of it is stored. Whoever brings little does not notice.
 */
import type { Metrics } from '#server/ops/metrics.ts'

/** A channel, as far as what it has on its way goes. */
export interface Crowding {
  readonly unsettledBytes: number
  /** Whether it is one of those that are not read. */
  isCrowded: boolean
}

/** So many times the bound, and nobody who has anything on the way is read. */
const FAR = 1.5

export class Crowd {
  readonly #metrics: Metrics
  readonly #maxBytes: number
  readonly #members = new Set<Crowding>()
  #isHeld = false

  constructor(metrics: Metrics, maxBytes: number) {
    this.#metrics = metrics
    this.#maxBytes = maxBytes
  }

  join(member: Crowding): void {
    this.#members.add(member)
  }

  leave(member: Crowding): void {
    this.#members.delete(member)
  }

  /** After each edit: a comparison, unless there is too much. */
  grew(): void {
    if (this.#metrics.levels.waitingBytes > this.#maxBytes) this.#hold()
  }

  /** Twice a second. */
  tick(): void {
    if (!this.#isHeld || this.#metrics.levels.waitingBytes > this.#maxBytes / 2) return
    this.#isHeld = false
    for (const member of this.#members) if (member.isCrowded) member.isCrowded = false
  }

  #hold(): void {
    // What those left behind who went counts too, and is nobody's: then it may be everybody who has to wait.
    const isFar = this.#metrics.levels.waitingBytes > this.#maxBytes * FAR
    const share = isFar ? 0 : this.#maxBytes / this.#members.size
    for (const member of this.#members) {
      if (member.isCrowded || member.unsettledBytes <= share) continue
      member.isCrowded = true
      this.#isHeld = true
    }
  }
}

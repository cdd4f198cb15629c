/** A token bucket: so many a second, with a burst saved up. Infinity means no limit. */
import type { Clock } from '#shared/time.ts'

export class Bucket {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor(options: { clock: Clock; perSecond: number; burst: number }) {
    this.#clock = options.clock
    this.#perSecond = options.perSecond
    this.#burst = options.burst
    this.#tokens = options.burst
    this.#at = options.clock.now()
  }

  /** Takes `count` tokens; false when there are none left, and then a debt of what was asked for is not made. */
  take(count: number): boolean {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.#perSecond) / 1000)
    this.#at = now
    if (this.#tokens < Math.min(count, this.#burst)) return false
    this.#tokens -= count
    return true
  }

  /** Milliseconds until a tenth of the burst is there again: small pauses, not a stutter for each token. */
  waitMs(): number {
    const wanted = Math.max(1, this.#burst / 10)
    return Math.max(1, Math.ceil(((wanted - this.#tokens) * 1000) / this.#perSecond))
  }
}

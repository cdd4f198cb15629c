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
    this.#refill()
    if (this.#tokens < Math.min(count, this.#burst)) return false
    this.#tokens -= count
    return true
  }

  /** Takes `count` tokens for what has happened already; false when that leaves a debt, never more than a burst. */
  spend(count: number): boolean {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true
    this.#refill()
    this.#tokens = Math.max(this.#tokens - count, -this.#burst)
    return this.#tokens >= 0
  }

  #refill(): void {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.#perSecond) / 1000)
    this.#at = now
  }

  /** Milliseconds until a tenth of the burst is there again: small pauses, not a stutter for each token. */
  waitMs(): number {
    const wanted = Math.max(1, this.#burst / 10)
    return Math.max(1, Math.ceil(((wanted - this.#tokens) * 1000) / this.#perSecond))
  }
}

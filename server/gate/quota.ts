/**
 * How often each of many may do something in a while: everybody begins with all of it, and what was used comes back
 * evenly. Whoever has it all back is forgotten, and of too many the one who used it longest ago.
 */
import type { Clock } from '#shared/time.ts'

export interface QuotaOptions {
  readonly clock: Clock
  /** How often; Infinity for no limit. */
  readonly count: number
  /** Within so many milliseconds. */
  readonly perMs: number
  /** Names that are remembered. */
  readonly maxNames?: number
}

interface Left {
  count: number
  at: number
}

const MAX_NAMES = 100_000

export class Quota {
  readonly #options: QuotaOptions
  /** Used longest ago first. */
  readonly #left = new Map<string, Left>()

  constructor(options: QuotaOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#left.size
  }

  /** Whether there is none left for this name. */
  isSpent(name: string): boolean {
    const { clock, count, perMs } = this.#options
    const left = this.#left.get(name)
    return left !== undefined && left.count + ((clock.now() - left.at) * count) / perMs < 1
  }

  /** Takes one. 0, or the milliseconds until there is one again; then none was taken. */
  take(name: string): number {
    const { clock, count, perMs, maxNames = MAX_NAMES } = this.#options
    if (count === Number.POSITIVE_INFINITY) return 0
    const now = clock.now()
    const left = this.#left.get(name) ?? { count, at: now }
    left.count = Math.min(count, left.count + ((now - left.at) * count) / perMs)
    left.at = now
    this.#left.delete(name)
    this.#left.set(name, left)
    for (const [oldest, { at }] of this.#left) {
      if (now - at < perMs && this.#left.size <= maxNames) break
      this.#left.delete(oldest)
    }
    if (left.count < 1) return Math.ceil(((1 - left.count) * perMs) / count)
    left.count -= 1
    return 0
  }
}

/** Chance that repeats itself: the same seed, the same numbers. */
import type { Chance } from '#shared/time.ts'

export class SeededChance implements Chance {
  #state: number

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0
    // Neighbouring seeds begin alike: a few steps drive them apart.
    for (let i = 0; i < 8; i++) this.fraction()
  }

  fraction(): number {
    // A counter with a 32-bit finisher: every state is reached, and every bit of it matters.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256))
  }

  /** An integer from 0 to before `end`. */
  below(end: number): number {
    return Math.floor(this.fraction() * end)
  }

  between(min: number, max: number): number {
    return min + this.fraction() * (max - min)
  }

  is(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
}

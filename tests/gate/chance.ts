/** Seeded chance: the same seed makes the same run. */
export interface Chance {
  /** An integer from 0 up to, but not with, `below`. */
  below(below: number): number
  is(probability: number): boolean
  of<T>(list: readonly T[]): T
}

export function chance(seed: number): Chance {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    below: (below) => Math.floor(next() * below),
    is: (probability) => next() < probability,
    of: (list) => {
      if (list.length === 0) throw new Error('nothing to choose from')
      return list[Math.floor(next() * list.length)] as (typeof list)[number]
    },
  }
}

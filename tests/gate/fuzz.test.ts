import { describe, expect, test } from 'vitest'
import { fuzz, noCounts } from './fuzz.ts'
import { fuzzDecoders } from './fuzz-decoders.ts'

describe('hostile bytes by the hundred', () => {
  test.each(['any', 'page'] as const)(
    'G1 updates of a %s document with a few bytes changed: each is refused whole or leaves one document for everybody',
    (kind) => {
      const counts = noCounts()
      for (let seed = 1; seed <= 3; seed++) fuzz({ seed, rounds: 250, kind, way: 'mutated' }, counts)
      expect(counts.offered).toBe(750)
      expect(counts.refused).toBeGreaterThan(100)
      expect(counts.stored).toBeGreaterThan(10)
    },
  )

  test.each(['any', 'page'] as const)(
    'G5 updates of a %s document made by grammar between true neighbours: what is stored everybody reads alike',
    (kind) => {
      const counts = noCounts()
      for (let seed = 1; seed <= 2; seed++) fuzz({ seed, rounds: 60, kind, way: 'tame' }, counts)
      expect(counts.stored).toBeGreaterThan(60)
      expect(counts.diverging).toBe(0)
    },
  )

  test.each(['any', 'page'] as const)(
    'G15 updates of a %s document that refer to anything: each is refused, or the document still opens',
    (kind) => {
      const counts = noCounts()
      for (let seed = 1; seed <= 2; seed++) fuzz({ seed, rounds: 80, kind, way: 'wild' }, counts)
      expect(counts.refused).toBeGreaterThan(20)
      expect(counts.stored).toBeGreaterThan(20)
      expect(counts.unbuilt).toBe(0)
    },
  )

  test('frames, bodies, presence, offsets and paths with a few bytes changed: each decoder reads them or says why not', () => {
    const counts = { offered: 0, refused: 0 }
    fuzzDecoders(1, 1_500, counts)
    expect(counts.offered).toBe(7_500)
    expect(counts.refused).toBeGreaterThan(2_000)
    expect(counts.refused).toBeLessThan(7_000)
  })
})

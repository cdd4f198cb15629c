import { describe, expect, test } from 'vitest'
import { fuzz, noCounts } from './fuzz.ts'
import { fuzzDecoders } from './fuzz-decoders.ts'

/** Documents of each kind that are attacked, by way: together with the decoders a minute of a processor. */
const SEEDS = { mutated: 26, tame: 50, wild: 66 } as const
const DECODER_ROUNDS = 33

/** Seeds are always the same. Between two of them the process that runs the tests is answered. */
async function withSeeds(count: number, run: (seed: number) => void): Promise<void> {
  for (let seed = 1; seed <= count; seed++) {
    run(seed)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('hostile bytes by the ten thousand', () => {
  test.each(['any', 'page'] as const)(
    'G1 updates of a %s document with a few bytes changed: each is refused whole or leaves one document for everybody',
    async (kind) => {
      const counts = noCounts()
      await withSeeds(SEEDS.mutated, (seed) => fuzz({ seed, rounds: 2_000, kind, way: 'mutated' }, counts))
      expect(counts.offered).toBe(2_000 * SEEDS.mutated)
      expect(counts.refused).toBeGreaterThan(6_000)
      expect(counts.stored).toBeGreaterThan(300)
    },
  )

  test.each(['any', 'page'] as const)(
    'G5 updates of a %s document made by grammar between true neighbours: what is stored everybody reads alike',
    async (kind) => {
      const counts = noCounts()
      await withSeeds(SEEDS.tame, (seed) => fuzz({ seed, rounds: 60, kind, way: 'tame' }, counts))
      expect(counts.stored).toBeGreaterThan(600)
      expect(counts.diverging).toBe(0)
    },
  )

  test.each(['any', 'page'] as const)(
    'G15 updates of a %s document that refer to anything: each is refused, or the document still opens',
    async (kind) => {
      const counts = noCounts()
      await withSeeds(SEEDS.wild, (seed) => fuzz({ seed, rounds: 80, kind, way: 'wild' }, counts))
      expect(counts.refused).toBeGreaterThan(300)
      expect(counts.stored).toBeGreaterThan(300)
      expect(counts.unbuilt).toBe(0)
    },
  )

  test('frames, bodies, presence, offsets and paths with a few bytes changed: each decoder reads them or says why not', async () => {
    const counts = { offered: 0, refused: 0 }
    await withSeeds(DECODER_ROUNDS, (seed) => fuzzDecoders(seed, 1_000, counts))
    expect(counts.offered).toBe(5_000 * DECODER_ROUNDS)
    expect(counts.refused).toBeGreaterThan(45_000)
    expect(counts.refused).toBeLessThan(150_000)
  })
})

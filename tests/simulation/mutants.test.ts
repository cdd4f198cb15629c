/** A simulation is worth what it finds: mistakes planted on purpose, each found within a bounded number of runs. */
import { expect, test } from 'vitest'
import { mutants } from './mutants.ts'
import { scriptOf } from './script.ts'
import { World } from './world.ts'

const MOST_SEEDS = 60

/** The first seed whose run this mistake breaks, and how; null when none of them does. */
async function found(name: string): Promise<{ readonly seed: number; readonly how: string } | null> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    try {
      await new World(scriptOf(seed), mutants[name]).run()
    } catch (error) {
      return { seed, how: error instanceof Error ? error.message : String(error) }
    }
  }
  return null
}

for (const name of Object.keys(mutants))
  test(`S53 a server or client that ${name} is found out`, async () => {
    const result = await found(name)
    expect(result).not.toBeNull()
    // Found by what it does to people, not by a crash of the mutant itself.
    expect(result?.how).toMatch(/not in the log|no rest|jumps|the log ends/)
  })

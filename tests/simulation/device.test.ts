/** Tabs of one device that crash and come back at any step, in virtual time. `run-device.ts` runs more seeds. */
import { describe, expect, test, vi } from 'vitest'
import { deviceMutants } from './device-mutants.ts'
import { DeviceRun } from './device-run.ts'
import { keptOnDevice } from './seeds.ts'

const GROUPS = 2
const SEEDS_A_GROUP = 20
const SHOWN_LINES = 60
const MOST_SEEDS = 40

/** Much is computed, and a busy machine may take its time. */
vi.setConfig({ testTimeout: 180_000 })

const sums: Record<string, number> = {}

async function play(seed: number): Promise<DeviceRun> {
  const run = new DeviceRun(seed)
  try {
    await run.run()
  } catch (error) {
    const story = [`seed ${seed}, the last lines:`, ...run.world.trace.last().slice(-SHOWN_LINES)]
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${story.join('\n')}`, {
      cause: error,
    })
  }
  for (const [name, count] of Object.entries(run.counts)) sums[name] = (sums[name] ?? 0) + count
  return run
}

describe('D1 what a device says it keeps is kept, and sent; what it counts is so', () => {
  for (let group = 0; group < GROUPS; group++) {
    const from = 1 + group * SEEDS_A_GROUP
    test(`D1 in the runs ${from} to ${from + SEEDS_A_GROUP - 1}`, async () => {
      for (let seed = from; seed < from + SEEDS_A_GROUP; seed++) await play(seed)
    })
  }

  test('D1 in the runs that found a mistake once', async () => {
    for (const seed of keptOnDevice) await play(seed)
  })

  test('D1 these runs meet everything they are there for', () => {
    for (const name of ['kept', 'died', 'cleared', 'refused', 'landedInDeath', 'looks', 'acknowledged'])
      expect(sums[name], name).toBeGreaterThan(0)
  })
})

test('D6 the same seed is the same run, to the last frame', async () => {
  const [one, other] = [await play(7), await play(7)]
  expect(other.world.trace.hash).toBe(one.world.trace.hash)
})

/** The first seed whose run this mistake breaks, and how; null when none of them does. */
async function found(name: string): Promise<string | null> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    try {
      await new DeviceRun(seed, deviceMutants[name]).run()
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  return null
}

test.each(Object.keys(deviceMutants))('D7 a device that %s is found out', async (name) => {
  // Found by what it does to people, not by a crash of the mutant itself.
  expect(await found(name)).toMatch(/not in the log|no rest|the count is wrong/)
})

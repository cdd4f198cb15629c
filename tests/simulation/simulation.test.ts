/**
 * Many sessions, one server that dies, a network and a disk that fail, in virtual time. `run.ts` runs more seeds.
 * A failure prints its seed and what happened; the seed then goes into seeds.ts.
 */
import { describe, expect, test } from 'vitest'
import { scriptOf } from './script.ts'
import { kept } from './seeds.ts'
import { World } from './world.ts'

const GROUPS = 8
const SEEDS_A_GROUP = 25
const SHOWN_LINES = 60

const sums: Record<string, number> = {}

async function play(seed: number, hasLadder?: boolean): Promise<World> {
  const world = new World(scriptOf(seed, hasLadder))
  try {
    await world.run()
  } catch (error) {
    const { operations, ...rest } = world.script
    const story = [
      `seed ${seed}: ${JSON.stringify(rest)}`,
      ...operations.map((operation) => JSON.stringify(operation)),
      `the last of ${world.trace.count} lines:`,
      ...world.trace.last(SHOWN_LINES),
    ]
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${story.join('\n')}`, {
      cause: error,
    })
  }
  for (const [name, count] of Object.entries(world.counts)) sums[name] = (sums[name] ?? 0) + count
  return world
}

describe('S50 everyone converges, what is acknowledged is in the log, and nobody is shown what is not', () => {
  test('S50 in the runs that found a mistake once', async () => {
    for (const seed of kept) await play(seed, false)
  })

  for (let group = 0; group < GROUPS; group++) {
    const from = 1 + group * SEEDS_A_GROUP
    test(`S50 in the runs ${from} to ${from + SEEDS_A_GROUP - 1}`, async () => {
      for (let seed = from; seed < from + SEEDS_A_GROUP; seed++) await play(seed)
    })
  }

  test('S51 these runs meet everything they are there for', () => {
    for (const name of [
      'acknowledged',
      'shown',
      'crashes',
      'failedCommits',
      'gaps',
      'duplicates',
      'catchUps',
      'checkpoints',
      'toWebSocket',
      'toEventStream',
      'toLongPoll',
    ])
      expect(sums[name], name).toBeGreaterThan(10)
    const { stripped } = sums
    expect(stripped).toBe(0)
  })
})

test('S52 the same seed is the same run, to the last frame', async () => {
  for (const seed of [3, 9, 17]) {
    const [one, other] = [await play(seed, true), await play(seed, true)]
    expect(other.trace.count).toBe(one.trace.count)
    expect(other.trace.hash).toBe(one.trace.hash)
  }
  expect((await play(4)).trace.hash).not.toBe((await play(5)).trace.hash)
})

import { expect, test } from 'vitest'
import { killRounds } from './kill-rounds.ts'

test('SIGKILL while four people type: nothing that was acknowledged or seen is lost or doubled', async () => {
  const tally = await killRounds({ rounds: 6, fraction: Math.random })
  expect(tally.lost).toEqual([])
  expect(tally.doubled).toEqual([])
  expect(tally.rounds).toBe(6)
  expect(tally.acknowledged).toBeGreaterThan(6)
  expect(tally.seen).toBeGreaterThan(6)
}, 240_000)

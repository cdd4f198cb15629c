/** Limits hold however many ask at once, while it is found out who they are; and over however many requests. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Access } from '#server/access/access.ts'
import { openAccess } from '#server/access/open.ts'
import { ask, HttpStage, type StageOptions } from './http-stage.ts'

let stage: HttpStage

afterEach(() => stage.close())

/** Everybody is let in, all of them at the moment in which as many as are expected have asked. */
function together(count: number): Access {
  const open = openAccess()
  const waiting: (() => void)[] = []
  return {
    mode: open.mode,
    onChange: (changed) => open.onChange(changed),
    decide: async (question) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        if (waiting.length === count) for (const go of waiting) go()
      })
      return open.decide(question)
    },
  }
}

const COUNT = 20

async function refusals(options: StageOptions): Promise<Record<number, number>> {
  stage = await HttpStage.open({ ...options, access: together(COUNT) })
  const leave = new AbortController()
  const statuses = await stage.during(
    Promise.all(
      Array.from({ length: COUNT }, () =>
        fetch(`${stage.url}/sync/plan?live=sse`, { signal: leave.signal }).then(({ status }) => status),
      ),
    ),
  )
  leave.abort()
  const counts: Record<number, number> = {}
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

describe('N8 of twenty who ask at once', () => {
  test('one address gets no more channels than it may have', async () => {
    expect(await refusals({ env: { MAX_CHANNELS_PER_ADDRESS: '5' } })).toEqual({ 200: 5, 429: 15 })
    expect(stage.house.metrics.limited.channelsPerAddress).toBe(15)
  })

  test('no more are held than there is room for', async () => {
    expect(await refusals({ maxHeld: 5 })).toEqual({ 200: 5, 503: 15 })
    expect(stage.house.metrics.limited.heldRequests).toBe(15)
  })
})

test('R13 presence that is none is counted over all posts of one session: from the third on each is 400', async () => {
  stage = await HttpStage.open()
  const bad = { type: 'presence', presence: Uint8Array.of(1, 1, 1, 1, 0x78) } as const
  const statuses: number[] = []
  for (let post = 0; post < 4; post++)
    statuses.push((await stage.during(stage.post('?session=00000000000000aa', [bad]))).status)
  expect(statuses).toEqual([200, 200, 400, 400])
  const other = await stage.during(stage.post('?session=00000000000000bb', [bad]))
  expect(other.status).toBe(200)
  expect((await stage.during(ask(`${stage.url}/sync/plan?session=00000000000000aa`))).status).toBe(200)
})

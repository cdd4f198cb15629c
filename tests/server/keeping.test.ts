/** Snapshots the server keeps by itself, on a clock that is turned by hand. */
import { expect, test } from 'vitest'
import { MemoryLog } from '#server/log/memory.ts'
import { LOOK_MS, startKeeping, tooMany } from '#server/ops/keeping.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { seq } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import { append, doc, snapshot } from '#tests/log/writing.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = 1_000 * 7 * DAY

class HandClock implements Clock {
  #now = START
  #timers: { at: number; run: () => void }[] = []
  now = () => this.#now
  wall = () => this.#now
  after(ms: number, run: () => void) {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer)
    }
  }

  /** Lets time pass, look by look; each is over before the next begins. */
  async pass(ms: number): Promise<void> {
    for (const end = this.#now + ms; this.#now < end; ) {
      this.#now += Math.min(MINUTE, end - this.#now)
      const due = this.#timers.filter(({ at }) => at <= this.#now)
      this.#timers = this.#timers.filter((one) => !due.includes(one))
      for (const { run } of due) run()
      // Everything below is in memory: it needs turns, not time.
      for (let turns = 0; turns < 50; turns++) await Promise.resolve()
    }
  }
}

function server(isOn = true) {
  const clock = new HandClock()
  const log = new MemoryLog({ wall: clock.wall })
  let made = 0
  const chance = { fraction: () => 0.5, bytes: (count: number) => new Uint8Array(count).fill(++made) }
  const failures: unknown[] = []
  const stop = startKeeping({
    log,
    clock,
    chance,
    upkeep: new Metrics().upkeep,
    isOn,
    onFailed: (error) => failures.push(error),
  })
  const kept = async (name: string) =>
    (await log.snapshots.list(doc(name), 1_000)).map(({ kind, seq: at }) => `${kind} ${at}`)
  return { clock, log, stop, kept, failures }
}

test('A20 a document that changes is kept at most once an hour, one that does not is left alone', async () => {
  const { clock, log, kept } = server()
  await append(log, 'a', 'one')
  await append(log, 'b', 'one')
  await clock.pass(LOOK_MS)
  expect([await kept('a'), await kept('b')]).toEqual([['kept 1'], ['kept 1']])
  await append(log, 'a', 'two')
  await clock.pass(30 * MINUTE)
  await append(log, 'a', 'three')
  expect(await kept('a')).toEqual(['kept 1'])
  await clock.pass(40 * MINUTE)
  expect([await kept('a'), await kept('b')]).toEqual([['kept 3', 'kept 1'], ['kept 1']])
  await clock.pass(3 * HOUR)
  expect(await kept('a')).toEqual(['kept 3', 'kept 1'])
})

test('A20 what somebody has kept already, or deleted, or while it is switched off, is not kept', async () => {
  const { clock, log, kept, failures } = server()
  await append(log, 'a', 'one')
  await log.snapshots.add(snapshot('a', 1))
  await append(log, 'b', 'one')
  await log.delete(doc('b'))
  const off = server(false)
  await append(off.log, 'a', 'one')
  await Promise.all([clock.pass(LOOK_MS), off.clock.pass(3 * HOUR)])
  expect([await kept('a'), await kept('b'), await off.kept('a'), failures]).toEqual([['named 1'], [], [], []])
})

test('A20 while the disk is full nothing is kept, and afterwards it is', async () => {
  const { clock, log, kept, failures } = server()
  await append(log, 'a', 'one')
  log.notSaved = 'full'
  await clock.pass(LOOK_MS)
  expect([failures.length, await kept('a')]).toEqual([1, []])
  log.notSaved = null
  await clock.pass(LOOK_MS)
  expect(await kept('a')).toEqual(['kept 1'])
})

test('A20 snapshots that were kept thin with age; those somebody asked for stay', async () => {
  const { clock, log, kept, stop } = server()
  await append(log, 'a', 'first')
  await log.snapshots.add(snapshot('a', 1, { time: START - 400 * DAY }))
  for (let hours = 0; hours < 50; hours++) {
    await append(log, 'a', 'more')
    await clock.pass(HOUR)
  }
  const all = await kept('a')
  expect(all).toContain('named 1')
  // A day's worth, the newest of the two days before, and what somebody asked for.
  expect(all.length).toBeGreaterThan(24)
  expect(all.length).toBeLessThanOrEqual(24 + 1 + 3 + 1)
  stop()
  await append(log, 'a', 'last')
  await clock.pass(2 * HOUR)
  expect(await kept('a')).toEqual(all)
})

test('A20 of the last day all stay, of thirty days one a day, before that one a week', () => {
  const now = START
  const hourly = Array.from({ length: 24 * 100 }, (_, hours) => ({
    time: now - hours * HOUR - 1,
    seq: seq(hours),
  }))
  const gone = new Set(tooMany(hourly, now))
  const left = hourly.filter((one) => !gone.has(one))
  const count = (from: number, to: number) =>
    left.filter(({ time }) => now - time > from * DAY && now - time <= to * DAY).length
  expect(count(0, 1)).toBe(24)
  expect(count(1, 30)).toBeGreaterThanOrEqual(29)
  expect(count(1, 30)).toBeLessThanOrEqual(31)
  expect(count(30, 100)).toBeGreaterThanOrEqual(10)
  expect(count(30, 100)).toBeLessThanOrEqual(12)
  // Thinning again later takes nothing that is still the newest of its time.
  expect(tooMany(left, now)).toEqual([])
})

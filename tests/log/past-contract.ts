/** What the port promises of a log's past, asked of any adapter: milestones, sizes, merged entries. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Merge } from '#server/log/past.ts'
import type { Log } from '#server/log/port.ts'
import { seq } from '#shared/id.ts'
import type { Subject } from './contract.ts'
import { all, append, bytes, doc, entry, LAPTOP, pushed, snapshot, text, texts, upTo } from './writing.ts'

function merge(from: number, to: number, words = `${from}–${to}`): Merge {
  return { from: seq(from), seq: seq(to), update: bytes(words) }
}

export function pastContract(name: string, open: (wall: () => number) => Promise<Subject>): void {
  describe(`${name}: its past`, () => {
    let subject: Subject
    let log: Log
    let now = 1_000_000
    beforeEach(async () => {
      now = 1_000_000
      subject = await open(() => now)
      log = subject.log
    })
    afterEach(() => subject.stop())

    const checkpoint = (at: number) =>
      log.putCheckpoint(doc('a'), { seq: seq(at), state: bytes(`c${at}`), knowledge: bytes('k') })
    const milestone = async (upTo: number) => {
      const found = await log.past.milestone(doc('a'), seq(upTo))
      return found === null ? null : { ...found, state: text(found.state) }
    }

    test('the newest milestone or checkpoint at or before a position is found, and no later one', async () => {
      await append(log, 'a', ...upTo(9).map(String))
      await append(log, 'b', ...upTo(9).map(String))
      expect(await milestone(9)).toBeNull()
      for (const at of [6, 3]) await log.past.putMilestone(doc('a'), seq(at), bytes(`m${at}`))
      await checkpoint(8)
      await checkpoint(4)
      expect(await milestone(2)).toBeNull()
      expect(await milestone(3)).toEqual({ seq: 3, state: 'm3', isPacked: true })
      expect(await milestone(5)).toEqual({ seq: 4, state: 'c4', isPacked: false })
      expect(await milestone(7)).toEqual({ seq: 6, state: 'm6', isPacked: true })
      expect(await milestone(9)).toEqual({ seq: 8, state: 'c8', isPacked: false })
      expect(await log.past.milestone(doc('b'), seq(9))).toBeNull()
      expect(await log.past.milestones(doc('a'))).toEqual([3, 6])
      await log.past.putMilestone(doc('a'), seq(6), bytes('again'))
      expect(await milestone(7)).toEqual({ seq: 6, state: 'again', isPacked: true })
      await expect(log.past.putMilestone(doc('a'), seq(10), bytes('m'))).rejects.toThrow(RangeError)
      await expect(log.past.putMilestone(doc('c'), seq(1), bytes('m'))).rejects.toThrow(RangeError)
    })

    test('sizes say how many entries there are and what they and milestones take', async () => {
      expect(await log.past.sizes(doc('a'))).toBeNull()
      await append(log, 'a', ...upTo(5).map((one) => 'x'.repeat(100 + one)))
      await log.past.putMilestone(doc('a'), seq(3), bytes('milestone'))
      const sizes = await log.past.sizes(doc('a'))
      expect(sizes).toMatchObject({ entries: 5, milestones: 1, milestoneBytes: 9 })
      expect(sizes?.entryBytes).toBeGreaterThanOrEqual(515)
      await append(log, 'a', 'x'.repeat(1_000))
      const grown = await log.past.sizes(doc('a'))
      expect(grown?.entries).toBe(6)
      expect(grown?.entryBytes).toBeGreaterThanOrEqual((sizes?.entryBytes ?? 0) + 1_000)
      await checkpoint(6)
      await log.past.merge(doc('a'), [merge(1, 5)])
      expect(await log.past.sizes(doc('a'))).toMatchObject({ entries: 2, milestones: 0, milestoneBytes: 0 })
      await log.delete(doc('a'))
      expect(await log.past.sizes(doc('a'))).toBeNull()
    })

    test('merged entries stand for all of their positions, with the first and the last time', async () => {
      await append(log, 'a', '1', '2', '3')
      now += 30_000
      await append(log, 'a', '4', entry('5', { author: 'bo' }), entry('6', { author: 'bo' }), '7', '8', '9')
      await checkpoint(9)
      const before = await log.stretches(doc('a'), { after: seq(0), most: 100, pauseMs: 60_000 })
      expect(await log.past.merge(doc('a'), [merge(2, 4), merge(5, 6)])).toBe(true)
      expect((await all(log, 'a')).map((one) => ({ ...one, update: text(one.update) }))).toEqual([
        { from: 1, seq: 1, update: '1', author: 'ada', time: 1_000_000 },
        { from: 2, seq: 4, update: '2–4', author: 'ada', time: 1_030_000 },
        { from: 5, seq: 6, update: '5–6', author: 'bo', time: 1_030_000 },
        ...[7, 8, 9].map((at) => ({
          from: at,
          seq: at,
          update: String(at),
          author: 'ada',
          time: 1_030_000,
        })),
      ])
      const asked = { after: seq(0), most: 100, pauseMs: 60_000 }
      expect(await log.stretches(doc('a'), asked)).toEqual(before)
      expect((await log.outline(doc('a'))).head).toBe(9)
      // From the middle of one the whole of it is read.
      expect(await texts(log, 'a', 3)).toEqual(['2–4', '5–6', '7', '8', '9'])
      expect(await texts(log, 'a', 4)).toEqual(['5–6', '7', '8', '9'])
      // What was merged may be merged again.
      expect(await log.past.merge(doc('a'), [merge(1, 4)])).toBe(true)
      expect(await texts(log, 'a')).toEqual(['1–4', '5–6', '7', '8', '9'])
      await append(log, 'a', '10')
      expect(await texts(log, 'a', 9)).toEqual(['10'])
    })

    test('ranges with somebody else, a part of an entry, a snapshot or a checkpoint inside are left alone', async () => {
      await append(log, 'a', '1', '2', entry('3', { author: 'bo' }), ...upTo(9).map((one) => String(one + 3)))
      await checkpoint(6)
      await checkpoint(11)
      await log.snapshots.add(snapshot('a', 8))
      const before = await texts(log, 'a')
      for (const refused of [
        [merge(1, 3)],
        [merge(5, 7)],
        [merge(8, 9)],
        [merge(11, 12)],
        [merge(4, 5), merge(5, 6)],
        [merge(1, 1)],
        [],
      ]) {
        expect(await log.past.merge(doc('a'), refused)).toBe(false)
        expect(await texts(log, 'a')).toEqual(before)
      }
      expect(await log.past.boundaries(doc('a'))).toEqual([6, 8, 11])
      expect(await log.past.boundaries(doc('b'))).toEqual([])
      expect(await log.past.merge(doc('nowhere'), [merge(1, 2)])).toBe(false)
      expect(await log.past.merge(doc('a'), [merge(4, 6), merge(7, 8), merge(9, 11)])).toBe(true)
      expect(await log.past.merge(doc('a'), [merge(1, 2)])).toBe(true)
      // A part of what was merged.
      expect(await log.past.merge(doc('a'), [merge(5, 6)])).toBe(false)
      expect(await texts(log, 'a')).toEqual(['1–2', '3', '4–6', '7–8', '9–11', '12'])
    })

    test('no snapshot is added inside of what was merged', async () => {
      await append(log, 'a', ...upTo(6).map(String))
      await checkpoint(6)
      await log.past.merge(doc('a'), [merge(2, 5)])
      for (const at of [2, 3, 4])
        await expect(log.snapshots.add(snapshot('a', at))).rejects.toThrow(RangeError)
      for (const at of [1, 5, 6]) expect(await log.snapshots.add(snapshot('a', at))).toBe('added')
      await expect(log.snapshots.change(doc('a'), snapshot('a', 1).id, { seq: seq(4) })).rejects.toThrow(
        RangeError,
      )
    })

    test('pushes of merged entries are forgotten, others are found as before', async () => {
      await append(log, 'a', ...upTo(6).map((one) => pushed(LAPTOP, one, String(one))))
      await checkpoint(6)
      await log.past.merge(doc('a'), [merge(2, 4)])
      const found = await log.pushes(doc('a'), { session: LAPTOP, oldest: 1, most: 100 })
      expect([...found.keys()]).toEqual([1, 5, 6])
    })

    test('milestones inside of what was merged go, others stay until they are dropped, and all go with a deleted document', async () => {
      await append(log, 'a', ...upTo(9).map(String))
      for (const at of [2, 4, 5, 7]) await log.past.putMilestone(doc('a'), seq(at), bytes(`m${at}`))
      await checkpoint(9)
      await log.past.merge(doc('a'), [merge(1, 5)])
      expect(await log.past.milestones(doc('a'))).toEqual([5, 7])
      while (await log.past.dropMilestones(doc('a'), seq(6))) await Promise.resolve()
      expect(await milestone(6)).toBeNull()
      expect(await milestone(8)).toEqual({ seq: 7, state: 'm7', isPacked: true })
      await log.delete(doc('a'))
      expect(await milestone(8)).toBeNull()
      while (await log.erase(doc('a'))) await Promise.resolve()
      expect(await log.erasable(now + 1, 10)).toEqual([])
    })
  })
}

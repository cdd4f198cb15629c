/** What the port promises of snapshots, asked of any adapter. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Log } from '#server/log/port.ts'
import { seq } from '#shared/id.ts'
import type { Subject } from './contract.ts'
import { append, doc, snapshot, upTo } from './writing.ts'

export function snapshotContract(name: string, open: (wall: () => number) => Promise<Subject>): void {
  describe(`${name}: snapshots`, () => {
    let subject: Subject
    let log: Log
    beforeEach(async () => {
      subject = await open(() => 1_000_000)
      log = subject.log
    })
    afterEach(() => subject.stop())

    test('are given back as they were added, newest position first, page by page', async () => {
      await append(log, 'a', ...upTo(9).map(String))
      for (const at of [3, 9, 1, 5]) expect(await log.snapshots.add(snapshot('a', at))).toBe('added')
      const unnamed = snapshot('a', 5, { id: 'f'.repeat(16), name: null, kind: 'kept', author: '' })
      await log.snapshots.add(unnamed)
      expect(await log.snapshots.get(doc('a'), unnamed.id)).toEqual(unnamed)
      const first = await log.snapshots.list(doc('a'), 2)
      expect(first).toEqual([snapshot('a', 9), unnamed])
      expect(await log.snapshots.list(doc('a'), 10, unnamed)).toEqual(
        [5, 3, 1].map((at) => snapshot('a', at)),
      )
      expect(await log.snapshots.list(doc('nowhere'), 10)).toEqual([])
    })

    test('stand at positions of their document only, and their ids are taken once', async () => {
      await append(log, 'a', 'one')
      await append(log, 'b', 'one')
      await expect(log.snapshots.add(snapshot('a', 2))).rejects.toThrow(RangeError)
      expect(await log.snapshots.add(snapshot('nowhere', 1))).toBe('gone')
      expect(await log.snapshots.add(snapshot('a', 1))).toBe('added')
      expect(await log.snapshots.add(snapshot('a', 1, { name: 'other' }))).toBe('there')
      expect(await log.snapshots.get(doc('a'), snapshot('a', 1).id)).toEqual(snapshot('a', 1))
      expect(await log.snapshots.get(doc('b'), snapshot('a', 1).id)).toBeNull()
      expect(await log.snapshots.remove(doc('b'), snapshot('a', 1).id)).toBe(false)
      expect(await log.snapshots.add(snapshot('b', 1))).toBe('added')
    })

    test('are named, moved and removed', async () => {
      await append(log, 'a', 'one', 'two')
      const { id } = snapshot('a', 1)
      await log.snapshots.add(snapshot('a', 1, { kind: 'kept', name: null }))
      expect(await log.snapshots.change(doc('a'), id, { kind: 'named', name: 'Ü' })).toBe(true)
      expect(await log.snapshots.change(doc('a'), id, { seq: seq(2) })).toBe(true)
      expect(await log.snapshots.list(doc('a'), 10)).toEqual([snapshot('a', 1, { name: 'Ü', seq: seq(2) })])
      await expect(log.snapshots.change(doc('a'), id, { seq: seq(3) })).rejects.toThrow(RangeError)
      expect(await log.snapshots.remove(doc('a'), id)).toBe(true)
      expect([
        await log.snapshots.remove(doc('a'), id),
        await log.snapshots.change(doc('a'), id, {}),
      ]).toEqual([false, false])
      expect(await log.snapshots.get(doc('a'), id)).toBeNull()
    })

    test('of a deleted document are hidden at once, and erased with it', async () => {
      await append(log, 'a', 'one')
      await append(log, 'b', 'one')
      const { id } = snapshot('a', 1)
      await log.snapshots.add(snapshot('a', 1))
      await log.snapshots.add(snapshot('b', 1))
      await log.delete(doc('a'))
      expect(await log.snapshots.get(doc('a'), id)).toBeNull()
      expect(await log.snapshots.list(doc('a'), 10)).toEqual([])
      expect(await log.snapshots.add(snapshot('a', 1, { id: 'e'.repeat(16) }))).toBe('gone')
      expect(await log.snapshots.change(doc('a'), id, { name: 'x' })).toBe(false)
      while (await log.erase(doc('a'))) expect(await log.snapshots.list(doc('b'), 10)).toHaveLength(1)
      expect(await log.snapshots.list(doc('b'), 10)).toHaveLength(1)
    })
  })
}

/** What the port promises, asked of any adapter. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Log } from '#server/log/port.ts'
import { seq } from '#shared/id.ts'
import {
  all,
  append,
  batch,
  bytes,
  digestOf,
  doc,
  entry,
  FIRST_EPOCH,
  LAPTOP,
  NO_LIMIT,
  OTHER_EPOCH,
  PHONE,
  positions,
  pushed,
  text,
  texts,
  upTo,
} from './writing.ts'

export interface Subject {
  readonly log: Log
  /** Ends everything that was opened. */
  stop(): Promise<void>
}

/** `open` makes an empty log whose entries get their times from `wall`. */
export function logContract(name: string, open: (wall: () => number) => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject
    let now = 1_000_000
    beforeEach(async () => {
      now = 1_000_000
      subject = await open(() => now)
    })
    afterEach(() => subject.stop())

    test('positions count from 1 without a gap, and entries come back as they were, in order', async () => {
      const first = await subject.log.commit([batch('a', ['one', 'two'])])
      expect(first).toEqual([{ kind: 'committed', from: 1, to: 2, time: now }])
      now += 5
      await append(subject.log, 'a', entry('three', { author: 'bo' }))
      const entries = await all(subject.log, 'a')
      expect(entries.map((one) => ({ ...one, update: text(one.update) }))).toEqual([
        { from: 1, seq: 1, update: 'one', author: 'ada', time: 1_000_000 },
        { from: 2, seq: 2, update: 'two', author: 'ada', time: 1_000_000 },
        { from: 3, seq: 3, update: 'three', author: 'bo', time: 1_000_005 },
      ])
    })

    test('a group holds batches of many documents, each with positions of its own', async () => {
      const results = await subject.log.commit([
        batch('a', ['a1']),
        batch('b', ['b1', 'b2']),
        batch('c', ['c1']),
      ])
      expect(results.map((one) => one.kind === 'committed' && one.to)).toEqual([1, 2, 1])
      expect(await texts(subject.log, 'b')).toEqual(['b1', 'b2'])
    })

    test('a batch against an old head has moved: nothing of it is stored, the rest of its group is', async () => {
      await append(subject.log, 'a', 'one', 'two')
      const results = await subject.log.commit([
        batch('x', ['x1']),
        batch('a', ['late', 'later'], { head: 1 }),
        batch('y', ['y1']),
      ])
      expect(results[1]).toEqual({ kind: 'moved', head: 2, epoch: FIRST_EPOCH })
      expect(results[0]?.kind).toBe('committed')
      expect(results[2]?.kind).toBe('committed')
      expect(await texts(subject.log, 'a')).toEqual(['one', 'two'])
      expect(await texts(subject.log, 'y')).toEqual(['y1'])
      expect((await subject.log.outline(doc('a'))).head).toBe(2)
    })

    test('a batch that makes a document somebody else has made has moved', async () => {
      await append(subject.log, 'a', 'one')
      const results = await subject.log.commit([batch('a', ['mine'], { epoch: OTHER_EPOCH })])
      expect(results).toEqual([{ kind: 'moved', head: 1, epoch: FIRST_EPOCH }])
    })

    test('a batch of another epoch has moved, even at the right head', async () => {
      await append(subject.log, 'a', 'one')
      const results = await subject.log.commit([batch('a', ['mine'], { head: 1, epoch: OTHER_EPOCH })])
      expect(results).toEqual([{ kind: 'moved', head: 1, epoch: FIRST_EPOCH }])
      expect(await texts(subject.log, 'a')).toEqual(['one'])
    })

    test('a batch that goes on where there is nothing has moved', async () => {
      const results = await subject.log.commit([batch('a', ['lost'], { head: 4 })])
      expect(results).toEqual([{ kind: 'moved', head: 0, epoch: '' }])
      expect(await all(subject.log, 'a')).toEqual([])
    })

    test('a deleted document takes nothing any more, and no list shows it', async () => {
      await append(subject.log, 'a', 'one')
      await append(subject.log, 'b', 'one')
      expect(await subject.log.delete(doc('a'))).toBe(true)
      const results = await subject.log.commit([
        batch('a', ['two'], { head: 1 }),
        batch('b', ['two'], { head: 1 }),
      ])
      expect(results.map(({ kind }) => kind)).toEqual(['deleted', 'committed'])
      expect((await subject.log.outline(doc('a'))).deleted).toBe(true)
      expect((await subject.log.list(10)).map(({ document }) => document)).toEqual(['b'])
    })

    test('what is deleted is deleted once, nothing was ever there is not, and nobody makes it again', async () => {
      const { log } = subject
      await append(log, 'a', 'one')
      await log.putCheckpoint(doc('a'), { seq: seq(1), state: bytes('s'), knowledge: bytes('k') })
      expect([await log.delete(doc('a')), await log.delete(doc('a'))]).toEqual([true, false])
      expect(await log.delete(doc('nowhere'))).toBe(false)
      expect((await log.outline(doc('nowhere'))).deleted).toBe(false)
      expect(await log.commit([batch('a', ['anew'], { epoch: OTHER_EPOCH })])).toEqual([{ kind: 'deleted' }])
      await log.putTitle(doc('a'), 'Back?')
      await log.putCheckpoint(doc('a'), { seq: seq(1), state: bytes('other'), knowledge: bytes('k') })
      expect(await log.outline(doc('a'))).toMatchObject({ deleted: true, head: 1, checkpointBytes: 1 })
      expect(await log.describe(doc('a'))).toBeNull()
      expect(await texts(log, 'a')).toEqual(['one'])
    })

    test('what a deleted document held is erased piece by piece, and the tombstone stays', async () => {
      const { log } = subject
      for (let head = 0; head < 100; head += 1)
        await append(log, 'a', entry('', { update: new Uint8Array(70_000).fill(head) }))
      await append(log, 'b', pushed(LAPTOP, 1, 'alive'))
      await append(log, 'c', pushed(LAPTOP, 1, 'gone later'))
      await log.putCheckpoint(doc('a'), { seq: seq(3), state: bytes('s'), knowledge: bytes('k') })
      await log.putTitle(doc('a'), 'Secret')
      await expect(log.erase(doc('a'))).rejects.toThrow(RangeError)
      await expect(log.erase(doc('nowhere'))).rejects.toThrow(RangeError)
      await log.delete(doc('a'))
      now += 10
      await log.delete(doc('c'))
      expect(await log.erasable(now, 10)).toEqual(['a'])
      expect(await log.erasable(now + 1, 10)).toHaveLength(2)
      expect(await log.erasable(now + 1, 1)).toHaveLength(1)
      for (let pieces = 0; await log.erase(doc('a')); pieces += 1) expect(pieces).toBeLessThan(100)
      expect(await log.erasable(now, 10)).toEqual([])
      expect(await all(log, 'a')).toEqual([])
      expect(await log.checkpoint(doc('a'))).toBeNull()
      expect((await log.outline(doc('a'))).deleted).toBe(true)
      expect((await log.commit([batch('a', ['anew'])]))[0]?.kind).toBe('deleted')
      expect(await texts(log, 'b')).toEqual(['alive'])
      expect((await log.pushes(doc('b'), { session: LAPTOP, oldest: 1, most: 10 })).size).toBe(1)
      expect(await texts(log, 'c')).toEqual(['gone later'])
    })

    test('the first batch that fixes a kind fixes it for ever', async () => {
      await subject.log.commit([batch('a', ['1'], { kind: 'none' })])
      expect((await subject.log.outline(doc('a'))).kind).toBe('none')
      await subject.log.commit([batch('a', ['2'], { head: 1, kind: 'any' })])
      await subject.log.commit([batch('a', ['3'], { head: 2, kind: 'page' })])
      await subject.log.commit([batch('a', ['4'], { head: 3, kind: 'none' })])
      expect((await subject.log.outline(doc('a'))).kind).toBe('any')
      expect((await subject.log.outline(doc('a'))).head).toBe(4)
    })

    test('the log knows which pushes of a session it holds, by the digests of their bytes', async () => {
      await append(
        subject.log,
        'a',
        pushed(LAPTOP, 1, 'x'),
        pushed(PHONE, 1, 'y'),
        'plain',
        pushed(LAPTOP, 3, 'z'),
      )
      await append(subject.log, 'a', pushed(LAPTOP, 2, 'w'), pushed(LAPTOP, 700, 'v'))
      await append(subject.log, 'b', pushed(LAPTOP, 9, 'elsewhere'))
      const held = await subject.log.pushes(doc('a'), { session: LAPTOP, oldest: 2, most: 10 })
      expect(new Map([...held].sort(([a], [b]) => a - b))).toEqual(
        new Map([2, 3, 700].map((number) => [number, digestOf(LAPTOP, number)])),
      )
      expect((await subject.log.pushes(doc('a'), { session: PHONE, oldest: 2, most: 10 })).size).toBe(0)
      expect((await subject.log.pushes(doc('nowhere'), { session: LAPTOP, oldest: 1, most: 10 })).size).toBe(
        0,
      )
    })

    test('of a long session it names no more pushes than asked for, the lowest first', async () => {
      for (let first = 1; first <= 41; first += 10) {
        const numbers = Array.from({ length: 10 }, (_, at) => first + at)
        await append(subject.log, 'a', ...numbers.map((number) => pushed(LAPTOP, number, `${number}`)))
      }
      const held = await subject.log.pushes(doc('a'), { session: LAPTOP, oldest: 8, most: 15 })
      expect([...held.keys()]).toEqual(Array.from({ length: 15 }, (_, at) => 8 + at))
      const last = await subject.log.pushes(doc('a'), { session: LAPTOP, oldest: 45, most: 15 })
      expect([...last.keys()]).toEqual([45, 46, 47, 48, 49, 50])
    })

    test('a read stops after the entry that passes its limit, and gives one at least', async () => {
      await append(subject.log, 'a', '0123456789', '0123456789', '0123456789', '0123456789')
      const read = async (after: number, maxBytes: number): Promise<readonly number[]> =>
        positions(await subject.log.read(doc('a'), seq(after), maxBytes))
      expect(await read(0, 15)).toEqual([1, 2])
      expect(await read(1, 20)).toEqual([2, 3, 4])
      expect(await read(2, 0)).toEqual([3])
      expect(await read(4, NO_LIMIT)).toEqual([])
      expect(await subject.log.read(doc('nowhere'), seq(0), NO_LIMIT)).toEqual([])
    })

    test('stretches say who wrote when: a new one for each author and after each pause', async () => {
      const { log } = subject
      const by = (author: string) => entry('words', { author })
      await append(log, 'a', by('ada'), by('ada'), by('bo'))
      for (const [laterMs, author] of [
        [5, 'bo'],
        [11, 'bo'],
        [0, 'ada'],
      ] as const) {
        now += laterMs
        await append(log, 'a', by(author))
      }
      const stretches = (after: number, most: number) =>
        log.stretches(doc('a'), { after: seq(after), most, pauseMs: 10 })
      const all = [
        { from: 1, to: 2, author: 'ada', begin: 1_000_000, end: 1_000_000 },
        { from: 3, to: 4, author: 'bo', begin: 1_000_000, end: 1_000_005 },
        { from: 5, to: 5, author: 'bo', begin: 1_000_016, end: 1_000_016 },
        { from: 6, to: 6, author: 'ada', begin: 1_000_016, end: 1_000_016 },
      ]
      expect(await stretches(0, 100)).toEqual(all)
      // Folded, the entries lie elsewhere.
      await log.putTitle(doc('a'), 'T')
      await append(log, 'a', by('ada'))
      expect(await stretches(0, 6)).toEqual(all)
      expect(await stretches(3, 2)).toEqual([{ ...all[1], from: 4, begin: 1_000_005 }, all[2]])
      expect(await stretches(6, 9)).toEqual([{ ...all[3], from: 7, to: 7 }])
      expect([
        await stretches(7, 9),
        await log.stretches(doc('b'), { after: seq(0), most: 9, pauseMs: 1 }),
      ]).toEqual([[], []])
    })

    test('a document never written to has an empty outline', async () => {
      expect(await subject.log.outline(doc('nowhere'))).toEqual({
        epoch: '',
        head: 0,
        kind: 'none',
        deleted: false,
        checkpointSeq: 0,
        checkpointBytes: 0,
        tailBytes: 0,
      })
      expect(await subject.log.checkpoint(doc('nowhere'))).toBeNull()
    })

    test('the newest checkpoint is given, entries stay, and the outline tells the size of the tail', async () => {
      await append(subject.log, 'a', '1', '22', '333', '4444')
      for (const [at, words] of [
        [1, 'first'],
        [2, 'second'],
        [3, 'third!'],
      ] as const)
        await subject.log.putCheckpoint(doc('a'), {
          seq: seq(at),
          state: bytes(words),
          knowledge: bytes(`k${at}`),
        })
      const newest = await subject.log.checkpoint(doc('a'))
      expect(newest?.seq).toBe(3)
      expect(text(newest?.state ?? bytes(''))).toBe('third!')
      expect(text(newest?.knowledge ?? bytes(''))).toBe('k3')
      await append(subject.log, 'a', '55555')
      expect(await subject.log.outline(doc('a'))).toMatchObject({
        checkpointSeq: 3,
        checkpointBytes: 6,
        tailBytes: 9,
      })
      expect(await texts(subject.log, 'a')).toEqual(['1', '22', '333', '4444', '55555'])
    })

    test('a checkpoint beyond the end of the log is a mistake', async () => {
      await append(subject.log, 'a', 'one')
      const beyond = { seq: seq(2), state: bytes('s'), knowledge: bytes('k') }
      await expect(subject.log.putCheckpoint(doc('a'), beyond)).rejects.toThrow(RangeError)
      await expect(subject.log.putCheckpoint(doc('b'), beyond)).rejects.toThrow(RangeError)
    })

    test('lists and positions follow the order of commits, whatever the clock on the wall says', async () => {
      await append(subject.log, 'a', 'one')
      now = 500
      await append(subject.log, 'b', 'one')
      now = 100
      await append(subject.log, 'c', 'one')
      await append(subject.log, 'a', entry('two', { author: 'bo' }))
      expect(await subject.log.list(2)).toMatchObject([
        { document: 'a', head: 2, kind: 'page', author: 'bo', time: 100 },
        { document: 'c', head: 1, author: 'ada', time: 100 },
      ])
      expect((await subject.log.list(10)).map(({ document }) => document)).toEqual(['a', 'c', 'b'])
      expect(await texts(subject.log, 'a')).toEqual(['one', 'two'])
    })

    test('a list is read page by page, each going on behind the last one', async () => {
      const { log } = subject
      await log.commit(['d', 'a', 'c', 'b', 'e'].map((name) => batch(name, ['one'])))
      await append(log, 'c', 'two')
      // Lists go over what lies in the journal, too, and over what was put into its place already.
      await log.putTitle(doc('c'), 'C')
      await append(log, 'a', 'two')
      await log.delete(doc('d'))
      await append(log, 'b', 'two')
      const found: string[] = []
      for (let page = await log.list(2); page.length > 0; page = await log.list(2, page.at(-1)))
        found.push(...page.map(({ document }) => document))
      expect(found).toEqual(['b', 'a', 'c', 'e'])
      expect(await log.describe(doc('c'))).toEqual((await log.list(10))[2])
      expect(await log.describe(doc('b'))).toEqual((await log.list(1))[0])
      expect(await log.describe(doc('nowhere'))).toBeNull()
    })

    test('a title is kept for lists', async () => {
      await append(subject.log, 'a', 'one')
      expect((await subject.log.list(1))[0]?.title).toBe('')
      await subject.log.putTitle(doc('a'), 'Über Größe 📝')
      await append(subject.log, 'a', 'two')
      expect((await subject.log.list(1))[0]?.title).toBe('Über Größe 📝')
      await subject.log.putTitle(doc('nowhere'), 'nobody')
      expect(await subject.log.list(10)).toHaveLength(1)
    })

    test('names and authors may be in any script, and names that look alike are different documents', async () => {
      const names = [
        'straße/ü',
        'strasse/ü',
        'STRASSE/ü',
        '文書/一',
        '📄',
        'é',
        'e\u0301',
        "'; DROP TABLE runs; --",
      ]
      await subject.log.commit(
        names.map((name) => batch(name, [entry(name, { author: `${name} ${'👩‍💻'}` })])),
      )
      for (const name of names) {
        const entries = await all(subject.log, name)
        expect(entries.map(({ update, author }) => [text(update), author])).toEqual([[name, `${name} 👩‍💻`]])
      }
    })

    test('entries of a megabyte come back whole, among small ones', async () => {
      const large = new Uint8Array(1 << 20).map((_, index) => index * 31)
      await append(
        subject.log,
        'a',
        'small',
        entry('', { update: large }),
        'small',
        entry('', { update: large }),
      )
      const entries = await all(subject.log, 'a')
      expect(positions(entries)).toEqual([1, 2, 3, 4])
      expect(Buffer.compare(entries[1]?.update ?? bytes(''), large)).toBe(0)
      expect(Buffer.compare(entries[3]?.update ?? bytes(''), large)).toBe(0)
      expect((await subject.log.outline(doc('a'))).tailBytes).toBe(2 * (1 << 20) + 10)
    })

    test('an empty update is an entry too', async () => {
      await append(subject.log, 'a', '', 'one', '')
      expect(await texts(subject.log, 'a')).toEqual(['', 'one', ''])
    })

    test('five thousand entries of one document come back in order', async () => {
      for (let head = 0; head < 5_000; head += 50) {
        const words = upTo(50).map((number) => pushed(LAPTOP, head + number, `word ${head + number}`))
        await subject.log.commit([batch('a', words, { head }), batch(`b${head}`, ['beside'])])
      }
      expect(await texts(subject.log, 'a')).toEqual(upTo(5_000).map((number) => `word ${number}`))
      expect(await texts(subject.log, 'a', 4_998)).toEqual(['word 4999', 'word 5000'])
      const pushes = (oldest: number) =>
        subject.log.pushes(doc('a'), { session: LAPTOP, oldest, most: 10_000 })
      expect([...(await pushes(1)).keys()]).toEqual(upTo(5_000))
      expect((await pushes(4_990)).size).toBe(11)
      expect(await subject.log.list(1_000)).toHaveLength(101)
    })

    test('a group without entries, with a document twice or a new log without an epoch is a mistake', async () => {
      await expect(subject.log.commit([batch('a', [])])).rejects.toThrow(RangeError)
      await expect(subject.log.commit([batch('a', ['1']), batch('a', ['2'])])).rejects.toThrow(RangeError)
      const { log } = subject
      await expect(log.commit([{ ...batch('a', ['1']), epoch: '' as typeof FIRST_EPOCH }])).rejects.toThrow(
        RangeError,
      )
      expect(await all(log, 'a')).toEqual([])
    })

    test('what was handed over before closing is done; closing twice is fine; nothing is taken afterwards', async () => {
      const { log } = subject
      const committed = log.commit([batch('a', ['one'])])
      const outline = log.outline(doc('b'))
      await Promise.all([log.close(), log.close()])
      expect((await committed)[0]?.kind).toBe('committed')
      expect((await outline).head).toBe(0)
      await log.close()
      await expect(log.commit([batch('b', ['one'])])).rejects.toThrow('closed')
      await expect(log.outline(doc('a'))).rejects.toThrow('closed')
    })
  })
}

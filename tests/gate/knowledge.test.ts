import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { Knowledge } from '#server/gate/knowledge.ts'
import { Ranges } from '#server/gate/ranges.ts'
import { chance as seeded } from './chance.ts'
import { Door, loaded } from './door.ts'
import { editAny, editPage, Writer } from './honest.ts'
import { made, typed } from './make.ts'

/** Several writers' edits, all of them seen by each at once, so that nothing is deleted by implication. */
function written(kind: 'any' | 'page', seed: number): Door {
  const chance = seeded(seed)
  const door = new Door(kind)
  const writers = [8, 3, 5].map((client) => new Writer(client, `writer ${client}`))
  for (let i = 0; i < 150; i++) {
    const writer = chance.of(writers)
    if (kind === 'page') editPage(writer.doc, chance)
    else editAny(writer.doc, chance)
    for (const update of writer.unsent.splice(0)) {
      door.accept(update, writer.author)
      for (const other of writers) if (other !== writer) other.read(update)
    }
  }
  return door
}

const runs = (['any', 'page'] as const).flatMap((kind) => [1, 2, 3].map((seed) => [kind, seed] as const))

describe('what is known of a document', () => {
  test.each(runs)(
    'G21 of a %s document, seed %i: the state vector and the deletions are the document’s own',
    (kind, seed) => {
      const { knowledge, log } = written(kind, seed)
      const doc = loaded(...log.map(({ update }) => update))
      expect(knowledge.stateVector()).toEqual(Y.encodeStateVector(doc))
      const all = Y.encodeStateAsUpdate(doc, knowledge.stateVector())
      expect(knowledge.deletions()).toEqual(all)
    },
  )

  test.each(runs)(
    'G21 of a %s document, seed %i: tracking the log gives what admitting it gave',
    (kind, seed) => {
      const { knowledge, log } = written(kind, seed)
      const tracked = Knowledge.empty()
      for (const { update, author } of log) tracked.track(update, author)
      expect(tracked.encode()).toEqual(knowledge.encode())
      for (const client of [8, 3, 5]) expect(tracked.owner(client)).toBe(`writer ${client}`)
    },
  )

  test.each(runs)('G21 of a %s document, seed %i: reads back as it was written', (kind, seed) => {
    const { knowledge } = written(kind, seed)
    const again = Knowledge.decode(knowledge.encode())
    expect(again.encode()).toEqual(knowledge.encode())
    expect(again.stateVector()).toEqual(knowledge.stateVector())
    expect(again.deletions()).toEqual(knowledge.deletions())
    expect(again.meta).toBe(knowledge.meta)
  })

  test('G21 a state learnt after its entries adds what nobody deleted in so many words', () => {
    const door = new Door()
    const start = made(1, (doc) => doc.getMap('m').set('k', 1))
    door.accept(start)
    door.accept(made(2, (doc) => doc.getMap('m').set('k', 2), start))
    door.accept(made(3, (doc) => doc.getMap('m').set('k', 3), start))
    const state = Y.encodeStateAsUpdate(door.live())
    const before = door.knowledge.deletions()
    door.knowledge.track(state, 'nobody')
    expect(door.knowledge.deletions()).not.toEqual(before)
    expect(door.knowledge.deletions()).toEqual(
      Y.encodeStateAsUpdate(door.live(), door.knowledge.stateVector()),
    )
    expect(door.knowledge.owner(1)).toBe('ada')
    expect(door.accept(state)).toMatchObject({ update: null })
  })

  test('G21 a collected state is tracked with its garbage', () => {
    const { log } = written('page', 4)
    const doc = loaded(...log.map(({ update }) => update))
    const state = Y.encodeStateAsUpdate(doc)
    expect(Y.decodeUpdate(state).structs.some((struct) => struct instanceof Y.GC)).toBe(true)
    const tracked = Knowledge.empty()
    tracked.track(state, 'ada')
    expect(tracked.stateVector()).toEqual(Y.encodeStateVector(doc))
    expect(tracked.deletions()).toEqual(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc)))
  })

  test('G21 a replica is covered when it has every clock, deletions or not', () => {
    const { knowledge, log } = written('any', 5)
    const doc = loaded(...log.map(({ update }) => update))
    expect(knowledge.isCoveredBy(Y.encodeStateVector(doc))).toBe(true)
    doc.getText('t').insert(0, 'more')
    expect(knowledge.isCoveredBy(Y.encodeStateVector(doc))).toBe(true)
    const behind = loaded(...log.slice(0, 20).map(({ update }) => update))
    expect(knowledge.isCoveredBy(Y.encodeStateVector(behind))).toBe(false)
    expect(knowledge.isCoveredBy(new Uint8Array([0]))).toBe(false)
    expect(Knowledge.empty().isCoveredBy(new Uint8Array([0]))).toBe(true)
    expect(() => knowledge.isCoveredBy(new Uint8Array([5, 1]))).toThrow(RangeError)
  })

  test('G21 bytes that are no knowledge are refused', () => {
    const bytes = written('any', 6).knowledge.encode()
    expect(() => Knowledge.decode(new Uint8Array())).toThrow(RangeError)
    expect(() => Knowledge.decode(bytes.slice(0, -1))).toThrow(RangeError)
    expect(() => Knowledge.decode(new Uint8Array([...bytes, 0]))).toThrow(RangeError)
    expect(() => Knowledge.decode(new Uint8Array([9, ...bytes.slice(1)]))).toThrow(RangeError)
  })

  test('G21 a long plain text is known in a few bytes', () => {
    const { knowledge } = new Door()
    knowledge.track(typed(1, 'x'.repeat(10_000)), 'ada')
    expect(knowledge.encode().length).toBeLessThan(64)
  })
})

describe('ranges', () => {
  test('G10 many added at once are the same as each added by itself', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const chance = seeded(seed)
      const [one, all] = [new Ranges(), new Ranges()]
      for (let batch = 0; batch < 3; batch++) {
        const pairs: number[] = []
        for (let i = chance.below(80); i > 0; i--) {
          const start = chance.below(1_000)
          pairs.push(start, start + 1 + chance.below(6))
        }
        for (let i = 0; i < pairs.length; i += 2) one.add(pairs[i] ?? 0, pairs[i + 1] ?? 0)
        all.addAll(pairs)
      }
      const listed = (ranges: Ranges) => {
        const list: number[] = []
        ranges.each((start, end) => list.push(start, end))
        return list
      }
      expect(listed(all)).toEqual(listed(one))
    }
  })

  test('G10 say the same as a set of numbers, whatever is added in whatever order', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const chance = seeded(seed)
      const ranges = new Ranges()
      const set = new Set<number>()
      for (let i = 0; i < 60; i++) {
        const start = chance.below(120)
        const end = start + 1 + chance.below(8)
        const fresh: number[] = []
        ranges.missing(start, end, (from, to) => {
          for (let at = from; at < to; at++) fresh.push(at)
        })
        const expected: number[] = []
        for (let at = start; at < end; at++) if (!set.has(at)) expected.push(at)
        expect(fresh).toEqual(expected)
        expect(ranges.covers(start, end)).toBe(expected.length === 0)
        expect(ranges.touches(start, end)).toBe(expected.length < end - start)
        expect(ranges.add(start, end)).toBe(expected.length > 0)
        for (const at of expected) set.add(at)
        let last = -1
        let size = 0
        ranges.each((from, to) => {
          expect(from).toBeGreaterThan(last)
          last = to
          size += to - from
        })
        expect(size).toBe(set.size)
      }
    }
  })
})

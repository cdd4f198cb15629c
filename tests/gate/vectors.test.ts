import * as encoding from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { admit } from '#server/gate/update.ts'
import { Build } from '#server/history/build.ts'
import { bytes, Door, isWhole, loaded } from './door.ts'
import { expectReadable, expectUntouched, written } from './expect.ts'
import { deletion, made, structs, typed } from './make.ts'
import { ambiguous, malformed } from './malformed.ts'

describe('bytes that are no update, or none that may be', () => {
  test.each(malformed)('G1 %s: refused with 4400, nothing stored, everybody still reads', (_name, hex) => {
    const door = written()
    expect(expectUntouched(door, bytes(hex))).toMatchObject({ kind: 'refused', code: 4400 })
    door.accept(
      made(2, (doc) => doc.getText('t').insert(5, ', dear'), door.live() && state(door)),
      'bob',
    )
    expect(door.live().getText('t').toString()).toBe('hello, dear world')
  })

  test('G2 a claim of 33 million structs costs no memory', () => {
    const door = written()
    const before = process.memoryUsage().rss
    expectUntouched(door, bytes('01ffffff0f0100'))
    expect(process.memoryUsage().rss - before).toBeLessThan(10e6)
  })

  test('G1 arrays nested 100,000 deep are refused', () => {
    const door = written()
    const deep = structs({ client: 9, clock: 0, count: 1 }, (out) => {
      encoding.writeUint8(out, 8)
      encoding.writeVarUint(out, 1)
      encoding.writeVarString(out, 'l')
      encoding.writeVarUint(out, 1)
      for (let i = 0; i < 100_000; i++) encoding.writeUint8Array(out, bytes('7501'))
      encoding.writeUint8(out, 126)
    })
    expect(expectUntouched(door, deep)).toMatchObject({ kind: 'refused', code: 4400 })
  })

  test('G3 a value nested 201 deep is refused, one nested 100 deep is not', () => {
    const door = written()
    const deep = (depth: number) =>
      made(9, (doc) => {
        let value: unknown = 1
        for (let i = 0; i < depth; i++) value = [value]
        doc.getArray('l').insert(0, [value])
      })
    expect(expectUntouched(door, deep(201))).toMatchObject({ kind: 'refused', code: 4400 })
    expect(door.offer(deep(100), 'bob')).toMatchObject({ kind: 'accepted' })
  })
})

function state(door: Door): Uint8Array {
  return Y.encodeStateAsUpdate(door.live())
}

describe('bytes that mean more than one thing', () => {
  test.each(ambiguous)('G4 %s: stored in the one way Yjs would write it', (_name, hex) => {
    const door = written()
    const answer = door.accept(bytes(hex), 'bob')
    expect(answer.update).not.toBeNull()
    expect(answer.update).not.toEqual(bytes(hex))
    const again = new Door()
    again.accept(typed(1, 'hello world'))
    expect(again.accept(answer.update ?? bytes(''), 'bob').update).toEqual(answer.update)
    expectReadable(door)
  })
})

describe('what depends on what is missing', () => {
  test('G5 an item at clock 5 of an unknown client: a gap, a hundred times over, and nothing grows', () => {
    const door = written()
    const late = made(9, (doc) => doc.getText('t').insert(5, 'x'), typed(9, 'first'))
    for (let i = 0; i < 100; i++)
      expect(expectUntouched(door, late)).toMatchObject({ kind: 'accepted', update: null, gap: true })
  })

  test('G7 items that wait for each other: nothing stored', () => {
    const cycle = bytes('02020100840200017884020101780202008401000178840101017800')
    const answer = new Door().offer(cycle)
    expect(answer).toMatchObject({ kind: 'accepted', update: null, gap: true })
    expect(
      expectUntouched(
        written(),
        bytes('02020900840a00017884' + '0a010178' + '020a00840900017884090101' + '7800'),
      ),
    ).toMatchObject({ kind: 'accepted', update: null, gap: true })
  })

  test('G6 deleting what nobody has written yet stores nothing and is a gap', () => {
    const door = written()
    const all = bytes('0001090100ffffffff0f')
    expect(expectUntouched(door, all)).toMatchObject({ kind: 'accepted', update: null, gap: true })
    door.accept(typed(9, 'later'), 'bob')
    expect(door.live().getText('t').toString()).toContain('later')
  })

  test('G6 deleting everything of a client, known and to come, deletes what is known', () => {
    const door = written()
    const answer = door.accept(bytes('0001010100ffffffff0f'), 'bob')
    expect(answer).toMatchObject({ gap: true, update: deletion([1, 0, 11]) })
    expect(door.live().getText('t').toString()).toBe('')
    expectReadable(door)
  })
})

describe('what hangs from garbage', () => {
  test('G16 an item before garbage becomes garbage, whatever stands left of it', () => {
    const door = written()
    door.accept(bytes('010102000003' + '00'), 'bob')
    const before = bytes('01010900c401040200' + '0178' + '00')
    expect(door.accept(before, 'bob')).toMatchObject({ gap: false, stripped: [] })
    expect(door.live().store.clients.get(9)?.[0]).toBeInstanceOf(Y.GC)
    expect(door.live().getText('t').toString()).toBe('hello world')
    expectReadable(door)
  })

  test('G16 an item inside what opens no list becomes garbage', () => {
    const door = written()
    const inside = bytes('010109000400' + '0104' + '0178' + '00')
    expect(door.accept(inside, 'bob')).toMatchObject({ gap: false, stripped: [] })
    expect(door.live().store.clients.get(9)?.[0]).toBeInstanceOf(Y.GC)
    expectReadable(door)
  })
})

describe('claims on what is not theirs', () => {
  const victim = typed(5, 'my words')

  test("G11 claiming a victim's clocks is stripped, and the victim's next words live", () => {
    const door = written()
    door.accept(victim, 'eve')
    const claim = bytes('0101050800e80700')
    expect(expectUntouched(door, claim, 'mallory')).toMatchObject({
      kind: 'accepted',
      update: null,
      stripped: ['foreign-client'],
      gap: false,
    })
    door.accept(
      made(5, (doc) => doc.getText('t').insert(8, ' go on'), victim),
      'eve',
    )
    expect(door.live().getText('t').toString()).toContain('my words go on')
  })

  test('G9 rewriting known clocks is told from resending them', () => {
    const door = new Door()
    door.accept(typed(1, 'abcdefyy'))
    expect(expectUntouched(door, bytes('0101010004010174085a5a5a5a5a5a797900'))).toEqual({
      kind: 'different',
    })
    expect(expectUntouched(door, typed(1, 'abcdefyy'))).toMatchObject({ kind: 'accepted', update: null })
    expect(expectUntouched(door, typed(1, 'abc'))).toMatchObject({ kind: 'accepted', update: null })
  })

  test('G9 the same client id and clock from a cloned store, with other words: different', () => {
    const door = new Door()
    door.accept(typed(1, '1111'))
    expect(expectUntouched(door, typed(1, '2222'))).toEqual({ kind: 'different' })
    const spliced = typed(1, 'BBBBBB')
    expect(expectUntouched(door, spliced)).toEqual({ kind: 'different' })
  })

  test('G15 neighbours from two lists are refused', () => {
    const door = written()
    door.accept(
      made(2, (doc) => doc.getMap('m').set('k', 1)),
      'bob',
    )
    expect(expectUntouched(door, bytes('01010900c40200' + '0104' + '0161' + '00'))).toMatchObject({
      kind: 'refused',
      code: 4400,
    })
  })

  const inverted: readonly (readonly [string, string])[] = [
    ['written behind what stands right of it', '01010900c401080104016100'],
    ['written behind and before one character', '01010900c401040104016100'],
    ['written so twice', '01020900c4010801040161c401090102016200'],
  ]
  test.each(inverted)(
    'G15 an item %s enters, since undoing makes such: a checkpoint comes of it',
    (_name, hex) => {
      const door = written()
      expect(door.accept(bytes(hex), 'bob')).toMatchObject({ gap: false, stripped: [] })
      const build = new Build(null)
      build.add(door.log)
      const opened = loaded(build.finish().state)
      expect(isWhole(opened)).toBe(true)
      expect(opened.getText('t').length).toBe(door.live().getText('t').length)
    },
  )

  test('G1 judging never changes what is known', () => {
    const door = written()
    const before = door.knowledge.encode()
    admit(door.knowledge, typed(9, 'new'), door.admission('bob'))
    expect(door.knowledge.encode()).toEqual(before)
  })
})

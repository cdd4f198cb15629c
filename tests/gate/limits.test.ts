import * as encoding from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { Knowledge } from '#server/gate/knowledge.ts'
import { admit, isLarge } from '#server/gate/update.ts'
import { bytes, Door, limits } from './door.ts'
import { expectUntouched, written } from './expect.ts'
import { deletion, made, nested, rooted, structs, typed } from './make.ts'

describe('limits', () => {
  test('G3 elements nested as deep as allowed are stored, one deeper is refused with 4400', () => {
    expect(new Door('page').offer(nested(1, 65))).toMatchObject({ kind: 'accepted' })
    expect(expectUntouched(written('page'), nested(9, 66))).toMatchObject({ kind: 'refused', code: 4400 })
    expect(expectUntouched(written(), nested(9, 12_000))).toMatchObject({ kind: 'refused', code: 4400 })
  })

  test('G3 depth is counted across updates, whoever sends them', () => {
    const door = new Door('page')
    door.accept(nested(1, 65), 'ada')
    const deeper = structs({ client: 2, clock: 0, count: 1 }, (out) => {
      encoding.writeUint8Array(out, bytes('07000140'))
      encoding.writeVarUint(out, 3)
      encoding.writeVarString(out, 'paragraph')
    })
    expect(expectUntouched(door, deeper)).toMatchObject({ kind: 'refused', code: 4400 })
  })

  test('G3 40,000 roots are refused with 4400, as are more than the limit one by one', () => {
    const names = Array.from({ length: 40_000 }, (_, i) => `r${i}`)
    expect(expectUntouched(written(), rooted(9, names))).toMatchObject({ kind: 'refused', code: 4400 })
    const door = new Door()
    for (const [i, name] of names.slice(0, limits.roots).entries()) door.accept(rooted(100 + i, [name]))
    expect(door.offer(rooted(99, ['more']))).toMatchObject({ kind: 'refused', code: 4400 })
    expect(door.offer(rooted(98, ['r1']))).toMatchObject({ kind: 'accepted' })
  })

  test('G3 a node name, an attribute, a key, a mark or a root name of 1 MB is refused with 4413', () => {
    const name = 'n'.repeat(1e6)
    const long = [
      made(9, (doc) => doc.getXmlFragment('prosemirror').insert(0, [new Y.XmlElement(name)])),
      made(9, (doc) => doc.getMap('m').set(name, 1)),
      made(9, (doc) => doc.getText('t').insert(0, 'x', { [name]: true })),
      rooted(9, [name]),
    ]
    for (const update of long)
      expect(expectUntouched(written(), update)).toMatchObject({ kind: 'refused', code: 4413 })
  })

  test('G3 an update that names too many clients is refused with 4413', () => {
    const many = Array.from({ length: limits.clients + 1 }, (_, i) => [100 + i, 0, 1] as const)
    expect(expectUntouched(written(), deletion(...many))).toMatchObject({ kind: 'refused', code: 4413 })
  })

  test('G3 a document has so many clients and no more, however they come; those it has go on', () => {
    const door = new Door()
    const thousand = (from: number) =>
      Y.mergeUpdates(Array.from({ length: 1_000 }, (_, i) => typed(from + i, 'x')))
    for (const from of [1_000, 2_000, 3_000]) door.accept(thousand(from))
    expect(door.knowledge.clientCount).toBe(limits.documentClients)
    const tooBig = { kind: 'refused', code: 4413 }
    expect(door.offer(thousand(4_000))).toMatchObject(tooBig)
    expect(door.offer(typed(9, 'x'))).toMatchObject(tooBig)
    const writes = (client: number) =>
      made(client, (doc) => doc.getText('t').insert(1, 'y'), typed(1_000, 'x'))
    expect(door.offer(writes(9))).toMatchObject(tooBig)
    expect(door.offer(writes(1_000))).toMatchObject({ kind: 'accepted' })
  })

  test('G3 a million deletions are refused, not worked through', () => {
    const ranges: number[] = []
    for (let i = 0; i < 1e6; i++) ranges.push(2 * i, 1)
    const out = encoding.createEncoder()
    for (const number of [0, 1, 1, 1e6]) encoding.writeVarUint(out, number)
    for (const number of ranges) encoding.writeVarUint(out, number)
    expect(expectUntouched(written(), encoding.toUint8Array(out))).toMatchObject({
      kind: 'refused',
      code: 4413,
    })
  })

  test('G20 what is above 64 KB or 2,000 structs belongs on a worker, a keystroke does not', () => {
    expect(isLarge(typed(1, 'x'))).toBe(false)
    expect(isLarge(typed(1, 'x'.repeat(60_000)))).toBe(false)
    expect(isLarge(typed(1, 'x'.repeat(66_000)))).toBe(true)
    expect(
      isLarge(
        rooted(
          1,
          Array.from({ length: 2_001 }, (_, i) => `${i}`),
        ),
      ),
    ).toBe(true)
    const both = (length: number) => Y.mergeUpdates([typed(1, 'x'.repeat(length)), typed(2, 'y')])
    expect(isLarge(both(10_000))).toBe(false)
    expect(isLarge(both(20_000))).toBe(true)
    expect(isLarge(bytes('01ffffff0f0100'))).toBe(false)
    expect(isLarge(new Uint8Array())).toBe(false)
  })

  test('G20 a verdict from a worker teaches what one from here does', () => {
    const door = written('page')
    const there = admit(Knowledge.decode(door.knowledge.encode()), nested(9, 5), door.admission('bob'))
    const here = admit(door.knowledge, nested(9, 5), door.admission('bob'))
    expect(structuredClone(there)).toEqual(here)
    if (there.kind !== 'accepted' || there.delta === null) throw new Error('not accepted')
    const other = Knowledge.decode(door.knowledge.encode())
    other.add(structuredClone(there.delta), 'bob')
    door.accept(nested(9, 5), 'bob')
    expect(other.encode()).toEqual(door.knowledge.encode())
  })
})

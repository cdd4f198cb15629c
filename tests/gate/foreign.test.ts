import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { admit } from '#server/gate/update.ts'
import { bytes, Door } from './door.ts'
import { expectReadable, expectUntouched } from './expect.ts'
import { deletion, made, typed } from './make.ts'

/** One update that holds all of these. */
function together(...updates: readonly Uint8Array[]): Uint8Array {
  return Y.mergeUpdates([...updates])
}

describe('client ids belong to people', () => {
  const eve = typed(5, 'eve writes')
  const forged = made(5, (doc) => doc.getText('t').insert(10, ' nonsense'), eve)

  test('G11 an id belongs to the principal whose edits first used it: others cannot write under it', () => {
    const door = new Door()
    door.accept(eve, 'eve')
    expect(door.accept(forged, 'mallory')).toMatchObject({ update: null, stripped: ['foreign-client'] })
    expect(door.accept(forged, 'eve')).toMatchObject({ stripped: [], gap: false })
    expect(door.knowledge.owner(5)).toBe('eve')
  })

  test('G11 what somebody wrote as a guest stays theirs when they have signed in, letter by letter and whole', () => {
    const later = { ...new Door().admission('eve'), also: ['guest:17', 'guest:18'] }
    const door = new Door()
    door.accept(eve, 'guest:18')
    for (const update of [
      forged,
      together(
        forged,
        made(7, (doc) => doc.getMap('m').set('mine', 1)),
      ),
    ]) {
      expect(admit(door.knowledge, update, later)).toMatchObject({ kind: 'accepted', stripped: [] })
      expect(admit(door.knowledge, update, { ...later, also: ['guest:17'] })).toMatchObject({
        stripped: ['foreign-client'],
      })
    }
  })

  test('G11 foreign structs are stripped with what depends on them, and the rest of the update is kept', () => {
    const door = new Door()
    door.accept(eve, 'eve')
    const dependant = made(6, (doc) => doc.getText('t').insert(19, '!'), together(eve, forged))
    const own = made(7, (doc) => doc.getMap('m').set('mine', 1))
    const answer = door.accept(together(forged, dependant, own), 'mallory')
    expect(answer).toMatchObject({ stripped: ['foreign-client'], gap: false, newClients: 1 })
    expect(answer.update).toEqual(own)
    expectReadable(door)
  })

  test('G11 foreign structs that are known already are overlap, not a claim', () => {
    const door = new Door()
    door.accept(eve, 'eve')
    const reply = made(6, (doc) => doc.getText('t').insert(10, ' and bob answers'), eve)
    expect(door.accept(together(eve, reply), 'bob')).toMatchObject({ stripped: [], update: reply })
  })

  test("G14 deleting others' text is allowed", () => {
    const door = new Door()
    door.accept(eve, 'eve')
    expect(door.accept(deletion([5, 0, 4]), 'bob')).toMatchObject({ stripped: [], gap: false })
    expect(door.live().getText('t').toString()).toBe('writes')
  })

  test('G12 ids first used by channels without identity are open to all', () => {
    const door = new Door()
    door.accept(eve, 'anonymous')
    expect(door.accept(forged, 'anonymous')).toMatchObject({ stripped: [] })
    const more = made(5, (doc) => doc.getText('t').insert(0, 'signed in: '), together(eve, forged))
    expect(door.accept(more, 'eve')).toMatchObject({ stripped: [] })
  })

  test('G12 a channel without identity cannot write under the id of somebody who has one', () => {
    const door = new Door()
    door.accept(eve, 'eve')
    expect(door.accept(forged, 'anonymous')).toMatchObject({ update: null, stripped: ['foreign-client'] })
  })

  test('G11 an update that does not fit and is foreign too is a gap: nobody can tell what is missing', () => {
    const door = new Door()
    door.accept(eve, 'eve')
    const late = made(5, (doc) => doc.getText('t').insert(0, '?'), together(eve, forged))
    expect(expectUntouched(door, late, 'mallory')).toMatchObject({ update: null, gap: true })
  })

  test('G13 new ids are counted, known ones are not', () => {
    const door = new Door()
    expect(door.accept(together(typed(1, 'a'), typed(2, 'b')), 'ada').newClients).toBe(2)
    expect(
      door.accept(
        made(1, (doc) => doc.getText('t').insert(1, 'c'), typed(1, 'a')),
        'ada',
      ).newClients,
    ).toBe(0)
    expect(door.accept(bytes('0000'), 'ada')).toMatchObject({ update: null, newClients: 0 })
  })
})

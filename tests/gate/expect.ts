/** What must hold after every update, whatever it was. */
import { expect } from 'vitest'
import * as Y from 'yjs'
import { type Answer, Door, hash, isWhole, layout, loaded } from './door.ts'
import { made, typed } from './make.ts'

/** A document of two people, with nothing hostile in it. */
export function written(kind: 'any' | 'page' = 'any'): Door {
  const door = new Door(kind)
  if (kind === 'any') door.accept(typed(1, 'hello world'), 'ada')
  else
    door.accept(
      made(1, (doc) => {
        const paragraph = new Y.XmlElement('paragraph')
        paragraph.insert(0, [new Y.XmlText('hello world')])
        doc.getXmlFragment('prosemirror').insert(0, [paragraph])
      }),
      'ada',
    )
  return door
}

/** A document that opens, from its entries and from their merge alike, with nothing waiting in it. */
export function expectReadable(door: Door): void {
  const live = door.live()
  const merged = loaded(Y.mergeUpdates(door.log.map(({ update }) => update)))
  const reloaded = loaded(Y.encodeStateAsUpdate(live))
  for (const doc of [live, merged, reloaded]) expect(isWhole(doc)).toBe(true)
  expect(layout(merged)).toBe(layout(live))
  expect(layout(reloaded)).toBe(layout(live))
  expect(hash(loaded(Y.encodeStateAsUpdate(merged)))).toBe(hash(reloaded))
}

export function expectUntouched(door: Door, update: Uint8Array, author = 'bob'): Answer {
  const entries = door.log.length
  const before = door.knowledge.encode()
  const answer = door.offer(update, author)
  expect(door.log.length).toBe(entries)
  expect(door.knowledge.encode()).toEqual(before)
  expectReadable(door)
  return answer
}

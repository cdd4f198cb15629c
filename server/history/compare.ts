/**
 * Whether an update says of known clocks what the document says of them: clock by clock, since both sides may have
 * split and merged their structs differently. What was deleted or collected on either side cannot be told: equal.
 */
import * as Y from 'yjs'
import type { Replica } from './replica.ts'
import { isInverted, originAt, type Places, placesOf } from './straighten.ts'

interface Known {
  readonly doc: Y.Doc
  /** The names of the root types. */
  readonly roots: ReadonlyMap<unknown, string>
  /** Worked out when first needed: hardly ever. */
  readonly places: () => Places
}

type Struct = Y.Item | Y.GC | Y.Skip

/** What the document does not hold yet is not looked at. RangeError when `overlap` is no update. */
export function compare(replica: Replica, overlap: Uint8Array): 'same' | 'different' {
  replica.assertWhole()
  let structs: readonly Struct[]
  try {
    structs = Y.decodeUpdate(overlap).structs
  } catch (error) {
    throw new RangeError('not an update', { cause: error })
  }
  const roots = new Map<unknown, string>()
  for (const [name, type] of replica.doc.share) roots.set(type, name)
  let places: Places | null = null
  const known = {
    doc: replica.doc,
    roots,
    places: () => {
      places ??= placesOf(replica.doc)
      return places
    },
  }
  for (const struct of structs) {
    if (struct instanceof Y.Item && !isSame(struct, known)) return 'different'
  }
  return 'same'
}

function isSame(said: Y.Item, known: Known): boolean {
  const { doc } = known
  const { client, clock } = said.id
  const held = doc.store.clients.get(client)
  if (held === undefined) return true
  const end = Math.min(clock + said.length, Y.getState(doc.store, client))
  if (end <= clock) return true
  let index = Y.findIndexSS(held, clock)
  for (let at = clock; at < end; index++) {
    const item = held[index]
    if (item === undefined) return false
    const to = Math.min(end, item.id.clock + item.length)
    if (item instanceof Y.Item) {
      const range = { from: at, to }
      if (!samePlace(said, item, at, known) || !sameContent(said, item, range)) return false
    }
    at = to
  }
  return true
}

/** Where the clock `at` was put: what it was written behind, before, in and under which key. */
function samePlace(said: Y.Item, held: Y.Item, at: number, known: Known): boolean {
  const behind = originAt(said, at)
  if (!Y.compareIDs(behind, originAt(held, at))) return false
  if (!Y.compareIDs(said.rightOrigin, held.rightOrigin)) {
    // A healed checkpoint has the right neighbour of inverted origins struck out; the log still has it.
    if (held.rightOrigin !== null || !isInverted(said, known.doc, known.places())) return false
  }
  // A parent is written down only where neither neighbour is.
  if (behind !== null || said.rightOrigin !== null) return true
  if (said.parentSub !== held.parentSub) return false
  const parent: unknown = said.parent
  if (typeof parent === 'string') return parent === known.roots.get(held.parent)
  const item = held.parent instanceof Y.AbstractType ? held.parent._item : null
  return parent instanceof Y.ID && item !== null && Y.compareIDs(parent, item.id)
}

function sameContent(said: Y.Item, held: Y.Item, range: { from: number; to: number }): boolean {
  if (said.content instanceof Y.ContentDeleted || held.content instanceof Y.ContentDeleted) return true
  if (said.content.getRef() !== held.content.getRef()) return false
  if (said.content instanceof Y.ContentString && held.content instanceof Y.ContentString) {
    return sameText(slice(said.content.str, said, range), slice(held.content.str, held, range))
  }
  return Buffer.compare(written(said, range), written(held, range)) === 0
}

function slice(text: string, item: Y.Item, { from, to }: { from: number; to: number }): string {
  return text.slice(from - item.id.clock, to - item.id.clock)
}

/** Yjs puts U+FFFD for each half where it splits a surrogate pair; the other side may not have split it. */
function sameText(a: string, b: string): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left === right) continue
    if (left === 0xfffd ? isSurrogate(right) : right === 0xfffd && isSurrogate(left)) continue
    return false
  }
  return true
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

/** The content of these clocks in Yjs' own bytes: both sides were decoded, so equal values give equal bytes. */
function written(item: Y.Item, { from, to }: { from: number; to: number }): Uint8Array {
  const whole = from === item.id.clock && to === item.id.clock + item.length
  let content = item.content
  if (!whole) {
    content = content.copy()
    if (from > item.id.clock) content = content.splice(from - item.id.clock)
    if (to - from < content.getLength()) content.splice(to - from)
  }
  const encoder = new Y.UpdateEncoderV1()
  content.write(encoder, 0)
  return encoder.toUint8Array()
}

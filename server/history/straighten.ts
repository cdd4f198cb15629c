/**
 * Curing inverted origins: a struct that says it was written behind something which lies to the right of what it was
 * written before. Yjs itself makes one now and then, no rule at the gate can tell, and each reload may place it
 * elsewhere.
 *
 * The right neighbour is struck out. That adds no dependency, so what could be loaded still can; which place the
 * struct then takes does not matter, only that it is the same one every time.
 */
import * as Y from 'yjs'

export interface Place {
  readonly list: number
  readonly index: number
}

export type Places = ReadonlyMap<Y.Item, Place>

type Between = Pick<Y.Item, 'origin' | 'rightOrigin'>

/** Changes the document in place; it must be encoded and loaded again before anything else. True if it changed. */
export function straighten(doc: Y.Doc): boolean {
  const places = placesOf(doc)
  let changed = false
  for (const item of places.keys()) {
    if (!isInverted(item, doc, places)) continue
    item.rightOrigin = null
    changed = true
  }
  return changed
}

/**
 * Whether nobody can have written this here: what it is behind lies to the right of what it is before, or in another
 * list, or the latter was itself written behind something that lies in between.
 */
export function isInverted({ origin, rightOrigin }: Between, doc: Y.Doc, places: Places): boolean {
  if (rightOrigin === null) return false
  const before = placeOf(rightOrigin, doc, places)
  const beforeOrigin = before === undefined ? null : originAt(before.item, rightOrigin.clock)
  if (origin === null) return beforeOrigin !== null
  const behind = placeOf(origin, doc, places)
  if (behind === undefined || before === undefined) return false
  if (behind.list !== before.list || !isLeft(behind, before)) return true
  const between = beforeOrigin === null ? undefined : placeOf(beforeOrigin, doc, places)
  return between !== undefined && between.list === behind.list && isLeft(behind, between)
}

/** What the struct at this clock was written behind: within a run, the one before it. */
export function originAt(item: Y.Item, clock: number): Y.ID | null {
  return clock === item.id.clock ? item.origin : Y.createID(item.id.client, clock - 1)
}

function isLeft(a: Found, b: Found): boolean {
  return a.index === b.index ? a.clock < b.clock : a.index < b.index
}

/** Where each struct stands: in which list, and how far from its left end. */
export function placesOf(doc: Y.Doc): Places {
  const places = new Map<Y.Item, Place>()
  let list = 0
  for (const structs of doc.store.clients.values()) {
    for (const head of structs) {
      if (!(head instanceof Y.Item) || head.left !== null) continue
      list++
      let index = 0
      for (let item: Y.Item | null = head; item !== null; item = item.right) {
        places.set(item, { list, index: index++ })
      }
    }
  }
  return places
}

interface Found extends Place {
  readonly item: Y.Item
  readonly clock: number
}

function placeOf({ client, clock }: Y.ID, doc: Y.Doc, places: Places): Found | undefined {
  if (clock >= Y.getState(doc.store, client)) return undefined
  const item: unknown = Y.getItem(doc.store, Y.createID(client, clock))
  const place = item instanceof Y.Item ? places.get(item) : undefined
  return place === undefined || !(item instanceof Y.Item) ? undefined : { ...place, item, clock }
}

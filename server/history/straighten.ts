/**
 * Curing inverted origins: a struct that says it was written behind something which lies to the right of what it was
 * written before. No honest client makes one, no rule at the gate can tell, and each reload may place it elsewhere.
 *
 * The right neighbour is struck out. That adds no dependency, so what could be loaded still can; which place the
 * struct then takes does not matter, only that it is the same one every time.
 */
import * as Y from 'yjs'

interface Place {
  readonly list: number
  readonly index: number
}

/** Changes the document in place; it must be encoded and loaded again before anything else. True if it changed. */
export function straighten(doc: Y.Doc): boolean {
  const places = placesOf(doc)
  let changed = false
  for (const [item, { list }] of places) {
    if (item.rightOrigin === null) continue
    const before = placeOf(item.rightOrigin, doc, places)
    const behind = item.origin === null ? null : placeOf(item.origin, doc, places)
    if (before === undefined || behind === undefined) continue
    const foreign = before.list !== list || (behind !== null && behind.list !== list)
    if (!foreign && (behind === null || isLeft(behind, before, item))) continue
    item.rightOrigin = null
    changed = true
  }
  return changed
}

function isLeft(behind: Place, before: Place, { origin, rightOrigin }: Y.Item): boolean {
  if (behind.index !== before.index) return behind.index < before.index
  return origin !== null && rightOrigin !== null && origin.clock < rightOrigin.clock
}

function placeOf(id: Y.ID, doc: Y.Doc, places: ReadonlyMap<Y.Item, Place>): Place | undefined {
  const struct: unknown = Y.getItem(doc.store, id)
  return struct instanceof Y.Item ? places.get(struct) : undefined
}

function placesOf(doc: Y.Doc): Map<Y.Item, Place> {
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

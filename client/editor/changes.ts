/**
 * What others put into a text since a moment, and took away: told from the document's own items, each of which says who
 * made it and when, and not by comparing texts. Nothing is written.
 */
import type { Node, Schema } from 'prosemirror-model'
import { Selection } from 'prosemirror-state'
import * as Y from 'yjs'
import type { Change } from './change-marks.ts'
import type { Source } from './positions.ts'
import { readFragment } from './reading.ts'
import type { Since } from './since.ts'

export interface Shown extends Source {
  readonly schema: Schema
  /** What the view shows now. */
  readonly shown: Node
}

/** A position past every other, where the document is read in another way than it is searched: nothing is said of it. */
const NOWHERE = Number.POSITIVE_INFINITY

/** In the order of the text. Empty also where the view does not show exactly what the document holds. Throws for unreadable bytes. */
export function findChanges(shown: Shown, since: Since): readonly Change[] {
  const { doc, unknown } = readFragment(shown.fragment, shown.schema, shown.mapping)
  if (unknown.length > 0 || !doc.eq(shown.shown)) return []
  const search = new Search(shown, since)
  const end = search.children(shown.fragment, 0)
  return end === doc.content.size ? search.found() : []
}

class Search {
  readonly #shown: Shown
  readonly #own: ReadonlySet<number>
  /** How much of each client's text there was. */
  readonly #known: ReadonlyMap<number, number>
  readonly #before: Y.Snapshot | null
  readonly #changes: Change[] = []
  readonly #deletions = new Set<number>()

  constructor(shown: Shown, { stateVector, snapshot, own }: Since) {
    this.#shown = shown
    this.#own = new Set([...own, shown.doc.clientID])
    this.#known = Y.decodeStateVector(stateVector)
    this.#before = snapshot === undefined ? null : Y.decodeSnapshot(snapshot)
  }

  found(): readonly Change[] {
    const deletions = [...this.#deletions].map((at): Change => ({ kind: 'deleted', from: at, to: at }))
    return [...this.#changes, ...deletions].sort((a, b) => a.from - b.from)
  }

  /** Looks at what is in `parent`, which begins at `start`; where it ends. */
  children(parent: Y.XmlFragment | Y.XmlText, start: number): number {
    let at = start
    for (let item = parent._start; item !== null; item = item.right) {
      if (item.deleted) {
        if (this.#wasTakenAway(item)) this.#deleted(at)
      } else if (item.countable) at = this.#item(item, at)
    }
    return at
  }

  #item(item: Y.Item, at: number): number {
    const type = item.content instanceof Y.ContentType ? item.content.type : null
    if (type instanceof Y.XmlText) return this.children(type, at)
    if (type instanceof Y.XmlElement) return this.#element(type, { item, at })
    const before = this.#knownOf(item)
    if (before < item.length) this.#inserted(at + before, at + item.length)
    return at + item.length
  }

  #element(element: Y.XmlElement, { item, at }: { item: Y.Item; at: number }): number {
    const node = this.#shown.mapping.get(element)
    if (node === undefined || Array.isArray(node)) return NOWHERE
    const end = at + node.nodeSize
    const isNew = this.#knownOf(item) === 0
    if (isNew && node.isInline) this.#inserted(at, end)
    else if (isNew ? node.isLeaf : this.#attributesChanged(element))
      this.#changes.push({ kind: 'changed', from: at, to: end })
    if (node.isLeaf) return end
    const inside = this.children(element, at + 1)
    // What a reader puts into an empty node is not in the document.
    return inside === end - 1 || inside === at + 1 ? end : NOWHERE
  }

  #attributesChanged(element: Y.XmlElement): boolean {
    return [...element._map.values()].some((item) => !item.deleted && this.#knownOf(item) < item.length)
  }

  /** How much of the item was there before, or is one's own. */
  #knownOf({ id, length }: Y.Item): number {
    if (this.#own.has(id.client)) return length
    return Math.min(length, Math.max(0, (this.#known.get(id.client) ?? 0) - id.clock))
  }

  #wasTakenAway({ id: { client, clock }, length }: Y.Item): boolean {
    if (this.#before === null) return false
    const end = Math.min(clock + length, this.#known.get(client) ?? 0)
    for (let at = clock; at < end; at++)
      if (!Y.isDeleted(this.#before.ds, Y.createID(client, at))) return true
    return false
  }

  #inserted(from: number, to: number): void {
    const last = this.#changes.at(-1)
    if (last?.kind === 'inserted' && last.to === from)
      this.#changes[this.#changes.length - 1] = { kind: 'inserted', from: last.from, to }
    else this.#changes.push({ kind: 'inserted', from, to })
  }

  /** Where blocks were taken away the mark stands in the text beside: not everything may stand between blocks. */
  #deleted(at: number): void {
    const place = this.#shown.shown.resolve(Math.min(at, this.#shown.shown.content.size))
    if (place.parent.inlineContent) this.#deletions.add(place.pos)
    else {
      const near = Selection.findFrom(place, 1, true) ?? Selection.findFrom(place, -1, true)
      if (near !== null) this.#deletions.add(near.head)
    }
  }
}

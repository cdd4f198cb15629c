/**
 * Two edits of one state in one document: what was written here (`ours`), and what came since that state (`since`).
 * All that either of them took away can still be read.
 */
import * as Y from 'yjs'
import { Replica } from '#server/history/replica.ts'
import { CONTENT_ROOT } from '#shared/schema/document.ts'
import { nodeRule } from '#shared/schema/nodes.ts'
import { isTextblock, MAX_DEPTH } from './tree.ts'

export type Side = 'ours' | 'since'

/** Letters beside each other that came and went alike. */
export interface Stretch {
  readonly words: string
  readonly from: Side | 'base'
  readonly removedBy: Side | null
  /** In the text as it is now; of what is gone, where it was. */
  readonly index: number
  readonly marks: Readonly<Record<string, unknown>>
}

export interface MetText {
  readonly text: Y.XmlText
  /** The block of text it is in, and what that is in, outermost first. */
  readonly path: readonly Y.XmlElement[]
  /** Who took away something it is in; null where it is still there. */
  readonly removedBy: Side | null
  readonly stretches: readonly Stretch[]
}

/** Something between words, a picture or a break, that went with the block somebody else had put it into. */
export interface MetNode {
  readonly path: readonly Y.XmlElement[]
  readonly removedBy: Side
  readonly from: Side
}

export class Meeting {
  readonly doc: Y.Doc
  /** All texts in order, those that are gone, too. */
  readonly texts: readonly MetText[]
  readonly nodes: readonly MetNode[]
  readonly #ours: ReturnType<typeof Y.parseUpdateMeta>
  readonly #before: ReadonlyMap<number, number>
  readonly #removed: Readonly<Record<Side, ReturnType<typeof Y.createDeleteSet>>>

  /** `ours` was made against `base`. */
  constructor(base: readonly Uint8Array[], { ours, since, seenCount = 0 }: MeetingEdits) {
    const replica = new Replica(null)
    replica.apply(base.map((update) => ({ update })))
    this.doc = replica.doc
    this.#ours = Y.parseUpdateMeta(ours)
    const before = Y.decodeStateVector(Y.encodeStateVector(this.doc))
    for (const update of since.slice(0, seenCount))
      for (const [one, end] of Y.parseUpdateMeta(update).to)
        before.set(one, Math.max(end, before.get(one) ?? 0))
    this.#before = before
    // What goes from here on is read: it must stay.
    this.doc.gc = false
    const removed = (updates: readonly Uint8Array[]) => {
      const sets: ReturnType<typeof Y.createDeleteSet>[] = []
      const learn = ({ deleteSet }: Y.Transaction) => void sets.push(deleteSet)
      this.doc.on('afterTransaction', learn)
      replica.apply(updates.map((update) => ({ update })))
      this.doc.off('afterTransaction', learn)
      return Y.mergeDeleteSets(sets)
    }
    this.#removed = { since: removed(since), ours: removed([ours]) }
    const found = { texts: [], nodes: [] }
    this.#walk(found, this.root, { path: [], removedBy: null })
    this.texts = found.texts
    this.nodes = found.nodes
  }

  get root(): Y.XmlFragment {
    return this.doc.getXmlFragment(CONTENT_ROOT)
  }

  /** Who took something away first; null where it stands, or was gone before. */
  removerOf(item: Y.Item, clock = item.id.clock): Side | null {
    if (!item.deleted) return null
    const id = Y.createID(item.id.client, clock)
    if (Y.isDeleted(this.#removed.since, id)) return 'since'
    return Y.isDeleted(this.#removed.ours, id) ? 'ours' : null
  }

  sideOf(item: Y.Item, clock = item.id.clock): Side | 'base' {
    const { client } = item.id
    const { from, to } = this.#ours
    if (clock >= (from.get(client) ?? Infinity) && clock < (to.get(client) ?? 0)) return 'ours'
    return clock < (this.#before.get(client) ?? 0) ? 'base' : 'since'
  }

  #walk(found: Found, parent: Y.XmlFragment, { path, removedBy }: Place): void {
    if (path.length > 2 * MAX_DEPTH) return
    for (let item = parent._start; item !== null; item = item.right) {
      const content = item.content instanceof Y.ContentType ? item.content.type : null
      const remover = this.removerOf(item)
      const from = this.sideOf(item)
      // What was gone before, and what its own side took away again, is nobody's loss.
      if (item.deleted && (remover === null || (removedBy === null && remover === from))) continue
      const to = removedBy ?? remover
      if (content instanceof Y.XmlText)
        found.texts.push({ text: content, path, removedBy: to, stretches: this.#stretches(content) })
      else if (content instanceof Y.XmlElement) {
        const isInline = nodeRule(content.nodeName)?.group === 'inline'
        if (isInline && removedBy !== null && from !== 'base') found.nodes.push({ path, removedBy, from })
        this.#walk(found, content, { path: [...path, content], removedBy: to })
      }
    }
  }

  #stretches(text: Y.XmlText): Stretch[] {
    const out: Stretch[] = []
    const marks: Record<string, unknown> = {}
    let index = 0
    for (let item = text._start; item !== null; item = item.right) {
      if (item.content instanceof Y.ContentFormat) {
        const { key, value } = item.content
        if (!item.deleted || this.removerOf(item) === 'ours') marks[key] = value
      } else if (item.content instanceof Y.ContentString) {
        const { str } = item.content
        for (let at = 0; at < str.length; ) {
          const of = (offset: number) => this.#fate(item, item.id.clock + offset)
          const { from, removedBy, isKnown } = of(at)
          let end = at + 1
          while (end < str.length && isSame(of(end), { from, removedBy, isKnown })) end++
          if (isKnown) out.push({ words: str.slice(at, end), from, removedBy, index, marks: { ...marks } })
          if (!item.deleted) index += end - at
          at = end
        }
      } else if (!item.deleted && item.countable) index += item.length
    }
    return out
  }

  #fate(item: Y.Item, clock: number): Fate {
    const removedBy = this.removerOf(item, clock)
    return { from: this.sideOf(item, clock), removedBy, isKnown: !item.deleted || removedBy !== null }
  }
}

export interface MeetingEdits {
  readonly ours: Uint8Array
  readonly since: readonly Uint8Array[]
  /** So many of `since` count as what both began at. */
  readonly seenCount?: number
}

interface Found {
  readonly texts: MetText[]
  readonly nodes: MetNode[]
}

interface Place {
  readonly path: readonly Y.XmlElement[]
  readonly removedBy: Side | null
}

interface Fate extends Pick<Stretch, 'from' | 'removedBy'> {
  readonly isKnown: boolean
}

function isSame(a: Fate, b: Fate): boolean {
  return a.from === b.from && a.removedBy === b.removedBy && a.isKnown === b.isKnown
}

/** The block of text at the end of a path; null where text stands elsewhere. */
export function blockOf(path: readonly Y.XmlElement[]): Y.XmlElement | null {
  return path.findLast(({ nodeName }) => isTextblock({ type: nodeName })) ?? null
}

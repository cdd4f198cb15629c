/**
 * Who inserted and who deleted what, while the entries of a log are applied one after the other. Whose an edit is says
 * the log; nothing that stands in the document is believed.
 */
import * as Y from 'yjs'
import { Replica } from '#server/history/replica.ts'

interface Range {
  readonly start: number
  readonly end: number
  readonly author: string
}

export type Fate =
  | { readonly kind: 'kept' }
  | { readonly kind: 'inserted' | 'deleted'; readonly author: string }
  /** It was there at neither end. */
  | { readonly kind: 'gone' }

const KEPT = { kind: 'kept' } as const
const GONE = { kind: 'gone' } as const

export class Attribution {
  readonly #replica = new Replica(null)
  readonly #inserted = new Map<number, Range[]>()
  readonly #deleted = new Map<number, Range[]>()
  /** Next clocks before the first later entry. */
  readonly #before: ReadonlyMap<number, number>
  #isSorted = true

  constructor(before: readonly Uint8Array[]) {
    this.#replica.apply(before.map((update) => ({ update })))
    this.#before = Y.decodeStateVector(Y.encodeStateVector(this.doc))
    // What is deleted from here on is shown: it must stay.
    this.doc.gc = false
  }

  get doc(): Y.Doc {
    return this.#replica.doc
  }

  /** Applies entries of one author. */
  apply(updates: readonly Uint8Array[], author: string): void {
    const learn = ({ beforeState, afterState, deleteSet }: Y.Transaction): void => {
      for (const [client, end] of afterState) {
        const start = beforeState.get(client) ?? 0
        if (end > start) rangesOf(this.#inserted, client).push({ start, end, author })
      }
      for (const [client, deletes] of deleteSet.clients)
        for (const { clock, len } of deletes)
          rangesOf(this.#deleted, client).push({ start: clock, end: clock + len, author })
    }
    this.doc.on('afterTransaction', learn)
    this.#replica.apply(updates.map((update) => ({ update })))
    this.doc.off('afterTransaction', learn)
    this.#isSorted = false
  }

  /** Of one unit of an item. */
  fateOf(item: Y.Item, clock: number): Fate {
    this.#sort()
    const { client } = item.id
    const isNew = clock >= (this.#before.get(client) ?? 0)
    if (!item.deleted) return isNew ? fate('inserted', find(this.#inserted.get(client), clock)) : KEPT
    if (isNew) return GONE
    const author = find(this.#deleted.get(client), clock)
    return author === null ? GONE : fate('deleted', author)
  }

  /** Whether nothing of an item changed. */
  isKept({ id, length, deleted }: Y.Item): boolean {
    return !deleted && id.clock + length <= (this.#before.get(id.client) ?? 0)
  }

  #sort(): void {
    if (this.#isSorted) return
    // Who deleted something first deleted it: sorting keeps the order of equal starts.
    for (const ranges of this.#deleted.values()) ranges.sort((a, b) => a.start - b.start)
    this.#isSorted = true
  }
}

function fate(kind: 'inserted' | 'deleted', author: string | null): Fate {
  return { kind, author: author ?? '' }
}

function rangesOf(all: Map<number, Range[]>, client: number): Range[] {
  const known = all.get(client)
  if (known !== undefined) return known
  const made: Range[] = []
  all.set(client, made)
  return made
}

/** Ranges of one client are disjoint: nothing is inserted twice, and Yjs tells of each deletion once. */
function find(ranges: readonly Range[] | undefined, clock: number): string | null {
  let low = 0
  let high = (ranges?.length ?? 0) - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const range = ranges?.[middle]
    if (range === undefined) return null
    if (clock < range.start) high = middle - 1
    else if (clock >= range.end) low = middle + 1
    else return range.author
  }
  return null
}

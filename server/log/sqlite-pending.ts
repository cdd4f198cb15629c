/**
 * What lies in the journal and not yet in its place, by document: kept up with row by row, forgotten when it is folded.
 * Bounded by the journal's own bounds (sqlite-store.ts).
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { batchesOf, type Placed } from './sqlite-fold.ts'
import { eachRow, firstRow, prepareAll } from './sqlite-row.ts'

export class Pending {
  readonly #statements: Record<keyof typeof sql, StatementSync>
  #documents = new Map<string, Placed[]>()
  #first = 0
  #last = 0

  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database, sql)
  }

  /** Looks at the journal; to be called in the transaction whose reads are to agree with it. */
  refresh(): void {
    const first = Number(firstRow(this.#statements.first)?.[0] ?? 0)
    // A fold empties the whole journal, and its rows' numbers are never used again.
    if (first !== this.#first) {
      this.#documents = new Map()
      this.#first = first
      this.#last = 0
    }
    if (first === 0) return
    for (const row of eachRow(this.#statements.after, this.#last)) {
      for (const placed of batchesOf(row)) this.#add(placed)
      this.#last = Number(row[0])
    }
  }

  /** In the order of the log. */
  of(document: string): readonly Placed[] {
    return this.#documents.get(document) ?? []
  }

  /** Newest change first; what changed in one commit by name. */
  newest(): readonly (readonly [document: string, placed: readonly Placed[]])[] {
    return [...this.#documents].sort(
      ([a, inA], [b, inB]) => (inB.at(-1)?.changed ?? 0) - (inA.at(-1)?.changed ?? 0) || (a < b ? -1 : 1),
    )
  }

  #add(placed: Placed): void {
    const { document } = placed.batch
    const known = this.#documents.get(document)
    if (known === undefined) this.#documents.set(document, [placed])
    else known.push(placed)
  }
}

const sql = {
  first: 'SELECT min(id) FROM journal',
  after: 'SELECT id, refused, checksum, body FROM journal WHERE id > ? ORDER BY id',
} as const

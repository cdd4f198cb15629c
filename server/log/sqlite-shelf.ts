/** What the reader's connection does, one method a request. Every row is held against its checksum before it leaves. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Damaged } from './port.ts'
import { checkpointChecksum, entryChecksum } from './sqlite-format.ts'
import type { CheckpointAnswer, ListedAnswer, OutlineAnswer, ReadAnswer } from './sqlite-message.ts'
import { eachRow, firstRow, prepareAll } from './sqlite-row.ts'

/** Author names remembered between reads. */
const REMEMBERED = 1_024

const sql = {
  document: 'SELECT id, deleted_at FROM documents WHERE name = ?',
  outline: `SELECT epoch, heads.seq, kind, deleted_at IS NOT NULL, coalesce(checkpoints.seq, 0),
      coalesce(length(state), 0), heads.total - coalesce(checkpoints.total, 0)
    FROM documents JOIN heads ON heads.document = documents.id
    LEFT JOIN checkpoints ON checkpoints.document = documents.id
    WHERE name = ? ORDER BY checkpoints.seq DESC LIMIT 1`,
  read: `SELECT seq, first, author, time, checksum, edit FROM entries
    WHERE document = ? AND seq > ? ORDER BY seq`,
  checkpoints: 'SELECT seq, checksum, state, knowledge FROM checkpoints WHERE document = ? ORDER BY seq DESC',
  pushes: `SELECT push, digest FROM entries
    WHERE document = ? AND session = ? AND push >= ? AND session IS NOT NULL`,
  list: `SELECT documents.name, heads.seq, kind, title, authors.name, heads.time
    FROM heads JOIN documents ON documents.id = heads.document JOIN authors ON authors.id = heads.author
    WHERE deleted_at IS NULL ORDER BY changed DESC, heads.document DESC LIMIT ?`,
  author: 'SELECT name FROM authors WHERE id = ?',
} as const

export class Shelf {
  readonly #statements: Record<keyof typeof sql, StatementSync>
  readonly #authors = new Map<number, string>()

  /** `database` gives rows as arrays. */
  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database, sql)
  }

  outline(document: string): OutlineAnswer | null {
    const row: unknown = firstRow(this.#statements.outline, document)
    return row as OutlineAnswer | null
  }

  read(document: string, after: number, maxBytes: number): ReadAnswer | null {
    const id = this.#document(document)
    if (id === null) return null
    const numbers: number[] = []
    const authors: string[] = []
    const places = new Map<number, number>()
    const updates: Uint8Array[] = []
    let bytes = 0
    let previous: number | null = null
    for (const row of eachRow(this.#statements.read, id, after)) {
      const [seq, first, author, time, checksum, update] = row as [
        number,
        number,
        number,
        number,
        number,
        Uint8Array,
      ]
      if (entryChecksum({ document: id, first, seq, author, time }, update) !== checksum)
        throw new Damaged(`entry ${seq} of ${document} does not match its checksum`)
      if (first > (previous ?? after) + 1)
        throw new Damaged(`entries before ${first} of ${document} are missing`)
      previous = seq
      let place = places.get(author)
      if (place === undefined) {
        place = authors.push(this.#author(author)) - 1
        places.set(author, place)
      }
      numbers.push(first, seq, time, place, update.length)
      updates.push(update)
      bytes += update.length
      if (bytes > maxBytes) break
    }
    if (numbers.length === 0) return null
    return { numbers: Float64Array.from(numbers), authors, updates: joined(updates, bytes) }
  }

  /** A damaged checkpoint is passed over for the one before it, then for none: entries hold all of it. */
  checkpoint(document: string): CheckpointAnswer | null {
    const id = this.#document(document)
    if (id === null) return null
    for (const row of eachRow(this.#statements.checkpoints, id)) {
      const [seq, checksum, state, knowledge] = row as [number, number, Bytes, Bytes]
      if (checkpointChecksum({ document: id, seq }, state, knowledge) === checksum)
        return { seq, state, knowledge }
    }
    return null
  }

  pushes(document: string, session: string, oldest: number): readonly (readonly [number, string])[] | null {
    const id = this.#document(document)
    if (id === null) return null
    const found: unknown = this.#statements.pushes.all(id, session, oldest)
    return found as [number, string][]
  }

  list(limit: number): readonly ListedAnswer[] {
    const found: unknown = this.#statements.list.all(limit)
    return found as ListedAnswer[]
  }

  #document(name: string): number | null {
    const row = firstRow(this.#statements.document, name)
    return row === null ? null : Number(row[0])
  }

  #author(id: number): string {
    const known = this.#authors.get(id)
    if (known !== undefined) return known
    const row = firstRow(this.#statements.author, id)
    if (row === null) throw new Damaged(`author ${id} is missing`)
    const name = String(row[0])
    if (this.#authors.size >= REMEMBERED) this.#authors.clear()
    this.#authors.set(id, name)
    return name
  }
}

type Bytes = Uint8Array<ArrayBuffer>

function joined(updates: readonly Uint8Array[], bytes: number): ArrayBuffer {
  const all = new Uint8Array(bytes)
  let at = 0
  for (const update of updates) {
    all.set(update, at)
    at += update.length
  }
  return all.buffer
}

/**
 * Puts journalled groups into their places: documents, heads, runs, pushes. Runs inside of the caller's transaction.
 * Entries are moved as they lie, a section at a time.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Damaged } from './port.ts'
import { journalChecksum, refusedIndexes, runChecksum } from './sqlite-format.ts'
import { type PackedBatch, type PackedGroup, unpackGroup } from './sqlite-journal.ts'
import { eachRow, firstRow, prepareAll, type Row } from './sqlite-row.ts'
import { type Part, packRun } from './sqlite-run.ts'

/** A run is closed when it passes this many bytes: readers take one whole, whatever little they want of it. */
export const RUN_BYTES = 64 << 10

/** A batch and the commit it was part of. */
export interface Placed extends Part {
  readonly changed: number
  readonly batch: PackedBatch
}

/** The stored batches of one row of the journal. Throws Damaged when it does not match its checksum. */
export function batchesOf(row: Row): readonly Placed[] {
  const [id, refused, checksum, body] = row as [number, string, number, Uint8Array]
  if (journalChecksum(id, refused, body) !== checksum)
    throw new Damaged(`row ${id} of the journal does not match its checksum`)
  const { time, batches } = unpackGroup(body)
  const skipped = refusedIndexes(refused)
  const placed = batches.map((batch) => ({ changed: id, time, batch }))
  return skipped.size === 0 ? placed : placed.filter((_, index) => !skipped.has(index))
}

export class Fold {
  readonly #statements: Record<keyof typeof sql, StatementSync>

  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database, sql)
  }

  /** Empties the journal. Throws Damaged for a row that does not match its checksum. */
  journal(): void {
    const placed: Placed[] = []
    for (const row of eachRow(this.#statements.journal)) placed.push(...batchesOf(row))
    if (placed.length === 0) return
    this.#place(placed)
    this.#statements.clear.run()
  }

  /** Stores a group that never was in the journal; the journal must be empty. */
  group(changed: number, { time, batches }: Omit<PackedGroup, 'length'>): void {
    this.#place(batches.map((batch) => ({ changed, time, batch })))
  }

  #place(placed: readonly Placed[]): void {
    const documents = new Map<string, Placed[]>()
    for (const part of placed) {
      const known = documents.get(part.batch.document)
      if (known === undefined) documents.set(part.batch.document, [part])
      else known.push(part)
    }
    for (const [name, parts] of documents) this.#placeDocument(name, parts)
  }

  #placeDocument(name: string, parts: readonly Placed[]): void {
    const [first] = parts
    const last = parts.at(-1)
    if (first === undefined || last === undefined) return
    const row = firstRow(this.#statements.head, name)
    const kind = parts.find(({ batch }) => batch.kind !== 0)?.batch.kind ?? 0
    if (row === null) {
      const id = Number(this.#statements.addDocument.run(name, first.batch.epoch, kind).lastInsertRowid)
      const end = this.#runs({ id, name, seq: 0, total: 0 }, parts)
      this.#statements.addHead.run(end.seq, end.total, last.time, last.changed, last.batch.author, id)
      return
    }
    const [id, fixed, seq, total] = row as [number, number, number, number]
    if (fixed === 0 && kind !== 0) this.#statements.setKind.run(kind, id)
    const end = this.#runs({ id, name, seq, total }, parts)
    this.#statements.setHead.run(end.seq, end.total, last.time, last.changed, last.batch.author, id)
  }

  /** Appends the parts as runs; gives the document's new end. */
  #runs(log: LogEnd, parts: readonly Placed[]): LogEnd {
    let { seq, total } = log
    let run: Placed[] = []
    let first = seq + 1
    let bytes = 0
    for (const part of parts) {
      const { head, count, updateBytes, section } = part.batch
      if (head !== seq) throw new Error(`the journal goes on at ${head}, its log ends at ${seq}`)
      run.push(part)
      seq += count
      total += updateBytes
      bytes += section.length
      if (bytes < RUN_BYTES && part !== parts.at(-1)) continue
      this.#run({ document: log.id, first, seq }, total, run)
      run = []
      first = seq + 1
      bytes = 0
    }
    return { ...log, seq, total }
  }

  #run(
    place: { document: number; first: number; seq: number },
    total: number,
    parts: readonly Placed[],
  ): void {
    const { document, first, seq } = place
    const body = packRun(parts)
    this.#statements.addRun.run(document, first, seq, total, runChecksum(place, body), body)
    const highest = new Map<string, number>()
    for (const { batch } of parts)
      for (const { session, number } of batch.marks)
        highest.set(session, Math.max(number, highest.get(session) ?? 0))
    for (const [session, number] of highest) this.#statements.addPush.run(document, session, number, seq)
  }
}

interface LogEnd {
  readonly id: number
  readonly name: string
  readonly seq: number
  readonly total: number
}

const sql = {
  journal: 'SELECT id, refused, checksum, body FROM journal ORDER BY id',
  clear: 'DELETE FROM journal',
  head: 'SELECT id, kind, seq, total FROM documents JOIN heads ON heads.document = documents.id WHERE name = ?',
  addDocument: 'INSERT INTO documents (name, epoch, kind) VALUES (?, ?, ?)',
  setKind: 'UPDATE documents SET kind = ? WHERE id = ?',
  addHead: 'INSERT INTO heads (seq, total, time, changed, author, document) VALUES (?, ?, ?, ?, ?, ?)',
  setHead: 'UPDATE heads SET seq = ?, total = ?, time = ?, changed = ?, author = ? WHERE document = ?',
  addRun: 'INSERT INTO runs (document, first, seq, total, checksum, body) VALUES (?, ?, ?, ?, ?, ?)',
  addPush: 'INSERT INTO pushes (document, session, number, seq) VALUES (?, ?, ?, ?)',
} as const

/**
 * What the reader's connection does, one method a request: the tables, and the journal that goes on where they end.
 * Every row is held against its checksum before it leaves.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Damaged } from './port.ts'
import type { Placed } from './sqlite-fold.ts'
import { checkpointChecksum, runChecksum } from './sqlite-format.ts'
import { entriesOf, type PackedEntry } from './sqlite-journal.ts'
import type { CheckpointAnswer, ListedAnswer, OutlineAnswer, ReadAnswer } from './sqlite-message.ts'
import { Pending } from './sqlite-pending.ts'
import { Reading } from './sqlite-reading.ts'
import { eachRow, firstRow, prepareAll, type Row } from './sqlite-row.ts'
import { unpackRun } from './sqlite-run.ts'
import type { Written } from './stretches.ts'

type ListedPlace = { readonly changed: number; readonly document: string }

type Bytes = Uint8Array<ArrayBuffer>

export class Shelf {
  /** Kept up with in each `together`. */
  readonly pending: Pending
  readonly #statements: Record<keyof typeof sql, StatementSync>

  /** `database` gives rows as arrays. */
  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database, sql)
    this.pending = new Pending(database)
  }

  /** All requests that `run` makes see one state of the store. */
  together<Result>(run: () => Result): Result {
    this.#statements.begin.run()
    try {
      this.pending.refresh()
      return run()
    } finally {
      this.#statements.end.run()
    }
  }

  outline(document: string): OutlineAnswer | null {
    const row: unknown = firstRow(this.#statements.outline, document)
    const placed = this.pending.of(document)
    const [first] = placed
    if (first === undefined) return row as OutlineAnswer | null
    const base = (row ?? [first.batch.epoch, 0, 0, 0, 0, 0, 0]) as OutlineAnswer
    let [epoch, head, kind, deleted, checkpointSeq, checkpointBytes, tailBytes] = base
    for (const { batch } of placed) {
      head += batch.count
      if (kind === 0) kind = batch.kind
      tailBytes += batch.updateBytes
    }
    return [epoch, head, kind, deleted, checkpointSeq, checkpointBytes, tailBytes]
  }

  read(document: string, after: number, maxBytes: number): ReadAnswer | null {
    const reading = new Reading(document, after, maxBytes)
    const id = this.#document(document)
    if (id !== null)
      for (const row of eachRow(this.#statements.runs, id, after)) {
        reading.run(...checked(id, row))
        if (reading.full) break
      }
    for (const { batch, time } of this.pending.of(document))
      reading.section(batch.head + 1, time, batch.section)
    return reading.answer()
  }

  /** Who wrote the entries after `after`, and when, one by one. Throws Damaged. */
  *written(document: string, after: number): Generator<Written, void> {
    const id = this.#document(document)
    let seq = after
    if (id !== null)
      for (const row of eachRow(this.#statements.runs, id, after)) {
        const [first, body] = checked(id, row)
        if (first > seq + 1) throw new Damaged(`entries ${seq + 1} to ${first - 1} are missing`)
        for (const entry of unpackRun(first, body)) {
          if (entry.seq <= seq) continue
          const { from, author, time } = entry
          seq = entry.seq
          yield { from, seq, author, begin: entry.merged?.begin ?? time, time }
        }
      }
    for (const { batch, time } of this.pending.of(document)) {
      let at = batch.head
      for (const { author } of entriesOf(batch.section)) {
        at += 1
        if (at <= seq) continue
        seq = at
        yield { from: seq, seq, author, begin: time, time }
      }
    }
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

  pushes(
    document: string,
    { session, oldest, most }: { session: string; oldest: number; most: number },
  ): readonly (readonly [number, string])[] {
    const id = this.#document(document)
    const found: [number, string][] = []
    const take = (entry: PackedEntry): void => {
      if (entry.session === session && entry.number >= oldest) found.push([entry.number, entry.digest])
    }
    if (id !== null)
      for (const row of eachRow(this.#statements.pushRuns, id, session, oldest)) {
        for (const entry of unpackRun(...checked(id, row))) take(entry)
        if (found.length >= most) break
      }
    for (const { batch } of this.pending.of(document))
      if (
        found.length < most &&
        batch.marks.some((mark) => mark.session === session && mark.number >= oldest)
      )
        for (const entry of entriesOf(batch.section)) take(entry)
    return found.sort(([a], [b]) => a - b).slice(0, most)
  }

  /** From behind `after` on. What is in the journal changed after everything that is not. */
  list(limit: number, after: ListedPlace): readonly ListedAnswer[] {
    const listed: ListedAnswer[] = []
    const newest = this.pending.newest()
    for (const [document, placed] of newest) {
      if (listed.length >= limit) break
      const changed = placed.at(-1)?.changed ?? 0
      if (changed > after.changed || (changed === after.changed && document <= after.document)) continue
      const described = this.#pendingOne(document, placed)
      if (described !== null) listed.push(described)
    }
    const seen = new Set(newest.map(([document]) => document))
    const { changed, document } = after
    for (const row of eachRow(this.#statements.list, changed, changed, document, limit + seen.size)) {
      if (listed.length >= limit) break
      if (!seen.has(String(row[0]))) listed.push(row as unknown as ListedAnswer)
    }
    return listed
  }

  /** Null for a document that was never written to, or was deleted. */
  describe(document: string): ListedAnswer | null {
    const placed = this.pending.of(document)
    if (placed.length > 0) return this.#pendingOne(document, placed)
    return firstRow(this.#statements.describe, document) as ListedAnswer | null
  }

  /** Names of documents deleted before `before` that still hold something. */
  erasable(before: number, limit: number): readonly string[] {
    return [...eachRow(this.#statements.erasable, before, limit)].map(([name]) => String(name))
  }

  #pendingOne(document: string, placed: readonly Placed[]): ListedAnswer | null {
    const last = placed.at(-1)
    const outline = this.outline(document)
    if (last === undefined || outline === null) return null
    const title = String(firstRow(this.#statements.title, document)?.[0] ?? '')
    return [document, outline[1], outline[2], title, last.batch.author, last.time, last.changed]
  }

  #document(name: string): number | null {
    const row = firstRow(this.#statements.document, name)
    return row === null ? null : Number(row[0])
  }
}

/** Where a run begins, and its body. Throws Damaged when it does not match its checksum. */
function checked(id: number, row: Row): readonly [first: number, body: Uint8Array] {
  const [first, seq, checksum, body] = row as [number, number, number, Uint8Array]
  if (runChecksum({ document: id, first, seq }, body) !== checksum)
    throw new Damaged(`entries ${first} to ${seq} do not match their checksum`)
  return [first, body]
}

const sql = {
  begin: 'BEGIN',
  end: 'COMMIT',
  document: 'SELECT id FROM documents WHERE name = ?',
  outline: `SELECT epoch, heads.seq, kind, deleted_at IS NOT NULL, coalesce(checkpoints.seq, 0),
      coalesce(length(state), 0), heads.total - coalesce(checkpoints.total, 0)
    FROM documents JOIN heads ON heads.document = documents.id
    LEFT JOIN checkpoints ON checkpoints.document = documents.id
    WHERE name = ? ORDER BY checkpoints.seq DESC LIMIT 1`,
  title: 'SELECT title FROM documents WHERE name = ?',
  runs: 'SELECT first, seq, checksum, body FROM runs WHERE document = ? AND seq > ? ORDER BY seq',
  checkpoints: 'SELECT seq, checksum, state, knowledge FROM checkpoints WHERE document = ? ORDER BY seq DESC',
  pushRuns: `SELECT first, runs.seq, checksum, body FROM pushes
    JOIN runs ON runs.document = pushes.document AND runs.seq = pushes.seq
    WHERE pushes.document = ? AND session = ? AND number >= ? ORDER BY number`,
  list: `SELECT documents.name, heads.seq, kind, title, author, heads.time, changed
    FROM heads JOIN documents ON documents.id = heads.document
    WHERE deleted_at IS NULL AND (changed < ? OR (changed = ? AND name > ?))
    ORDER BY changed DESC, name LIMIT ?`,
  describe: `SELECT documents.name, heads.seq, kind, title, author, heads.time, changed
    FROM documents JOIN heads ON documents.id = heads.document
    WHERE name = ? AND deleted_at IS NULL`,
  erasable: `SELECT name FROM documents WHERE deleted_at < ?
    AND EXISTS (SELECT 1 FROM runs WHERE document = documents.id) LIMIT ?`,
} as const

/**
 * Merging entries on disk: rows of a document are read, their entries merged as asked, and written as rows anew. Runs
 * inside of the caller's transaction, with an empty journal, so that a crash leaves the one or the other.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { isInside, type Merge, mayMerge } from './past.ts'
import { Damaged } from './port.ts'
import { RUN_BYTES } from './sqlite-fold.ts'
import { runChecksum } from './sqlite-format.ts'
import { packSection } from './sqlite-journal.ts'
import { eachRow, firstRow, prepareAll } from './sqlite-row.ts'
import { packRun, type RunEntry, unpackRun } from './sqlite-run.ts'

/** An entry, and the bytes of all updates up to it as they were appended. */
type Standing = RunEntry & { readonly total: number }

interface Standings {
  readonly entries: readonly Standing[]
  /** The rows they lie in. */
  readonly rows: readonly { readonly id: number; readonly seq: number }[]
}

export class Merging {
  readonly #statements: Record<keyof typeof sql, StatementSync>

  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database, sql)
  }

  /** False where it may not be; nothing is changed then. Throws Damaged for a row that does not match its checksum. */
  merge(document: string, merges: readonly Merge[]): boolean {
    const [first, last] = [merges[0], merges.at(-1)]
    const row = firstRow(this.#statements.document, document)
    if (first === undefined || last === undefined || row === null) return false
    const id = Number(row[0])
    const seqs = (rows: Iterable<readonly unknown[]>): number[] => Array.from(rows, ([seq]) => Number(seq))
    const checkpoints = seqs(eachRow(this.#statements.checkpoints, id))
    const snapshots = seqs(eachRow(this.#statements.snapshots, document, first.from, last.seq))
    if (!mayMerge(merges, { checkpoints, snapshots })) return false
    const { entries, rows } = this.#read(id, first.from, last.seq)
    const merged = mergedEntries(entries, merges)
    if (merged === null) return false
    for (const { id: run, seq } of rows) {
      this.#statements.dropRun.run(run)
      this.#statements.dropPushes.run(id, seq)
    }
    for (const run of runsOf(merged)) this.#put(id, run)
    for (const seq of seqs(eachRow(this.#statements.milestones, id, first.from, last.seq)))
      if (merges.some((merge) => isInside(seq, merge))) this.#statements.dropMilestone.run(id, seq)
    this.#statements.count.run(entries.length - merged.length, id)
    return true
  }

  /** Whether a position has no entry of its own that ends there. */
  isInside(document: string, at: number): boolean {
    const row = firstRow(this.#statements.mergedDocument, document)
    if (row === null) return false
    const id = Number(row[0])
    return this.#read(id, at, at).entries.some((entry) => isInside(at, entry))
  }

  #read(document: number, from: number, to: number): Standings {
    const entries: Standing[] = []
    const rows: { id: number; seq: number }[] = []
    for (const row of eachRow(this.#statements.runs, document, from)) {
      const [id, first, seq, end, checksum, body] = row as [
        number,
        number,
        number,
        number,
        number,
        Uint8Array,
      ]
      if (first > to) break
      if (runChecksum({ document, first, seq }, body) !== checksum)
        throw new Damaged(`entries ${first} to ${seq} do not match their checksum`)
      const found = [...unpackRun(first, body)]
      let total = end - found.reduce((sum, { update }) => sum + update.length, 0)
      for (const entry of found) {
        total += entry.update.length
        entries.push({ ...entry, total })
      }
      rows.push({ id, seq })
    }
    return { entries, rows }
  }

  #put(document: number, entries: readonly Standing[]): void {
    const [first, last] = [entries[0], entries.at(-1)]
    if (first === undefined || last === undefined) return
    const place = { document, first: first.from, seq: last.seq }
    const body = packRun(
      stretchesOfTime(entries).map((part) => ({
        time: part[0]?.time ?? 0,
        batch: { section: packSection(part) },
      })),
    )
    this.#statements.addRun.run(document, place.first, place.seq, last.total, runChecksum(place, body), body)
    const highest = new Map<string, number>()
    for (const { session, number } of entries)
      if (session !== '') highest.set(session, Math.max(number, highest.get(session) ?? 0))
    for (const [session, number] of highest)
      this.#statements.addPush.run(document, session, number, place.seq)
  }
}

/** Null where a range is not made of whole entries of one author. */
function mergedEntries(entries: readonly Standing[], merges: readonly Merge[]): readonly Standing[] | null {
  const out: Standing[] = []
  let at = 0
  for (const { from, seq, update } of merges) {
    let begin = at
    while ((entries[begin]?.from ?? from) < from) begin += 1
    let end = begin
    while ((entries[end]?.seq ?? seq) < seq) end += 1
    const [first, last] = [entries[begin], entries[end]]
    if (first?.from !== from || last?.seq !== seq) return null
    if (entries.slice(begin, end).some(({ author }) => author !== last.author)) return null
    out.push(...entries.slice(at, begin))
    const merged = { count: seq - from + 1, begin: first.merged?.begin ?? first.time }
    out.push({ ...last, from, merged, session: '', number: 0, digest: '', update })
    at = end + 1
  }
  return [...out, ...entries.slice(at)]
}

function runsOf(entries: readonly Standing[]): readonly (readonly Standing[])[] {
  const runs: Standing[][] = []
  let bytes = RUN_BYTES
  for (const entry of entries) {
    if (bytes >= RUN_BYTES) {
      runs.push([])
      bytes = 0
    }
    runs.at(-1)?.push(entry)
    bytes += entry.update.length
  }
  return runs
}

function stretchesOfTime(entries: readonly Standing[]): readonly (readonly Standing[])[] {
  const parts: Standing[][] = []
  for (const entry of entries) {
    const last = parts.at(-1)
    if (last?.[0]?.time === entry.time) last.push(entry)
    else parts.push([entry])
  }
  return parts
}

const sql = {
  document: 'SELECT id FROM documents WHERE name = ? AND deleted_at IS NULL',
  mergedDocument: `SELECT id FROM documents JOIN heads ON heads.document = documents.id
    WHERE name = ? AND heads.merged > 0`,
  checkpoints: 'SELECT seq FROM checkpoints WHERE document = ?',
  snapshots: 'SELECT seq FROM snapshots WHERE document = ? AND seq >= ? AND seq < ?',
  runs: `SELECT id, first, seq, total, checksum, body FROM runs
    WHERE document = ? AND seq >= ? ORDER BY seq`,
  dropRun: 'DELETE FROM runs WHERE id = ?',
  dropPushes: 'DELETE FROM pushes WHERE document = ? AND seq = ?',
  addRun: 'INSERT INTO runs (document, first, seq, total, checksum, body) VALUES (?, ?, ?, ?, ?, ?)',
  addPush: 'INSERT INTO pushes (document, session, number, seq) VALUES (?, ?, ?, ?)',
  milestones: 'SELECT seq FROM milestones WHERE document = ? AND seq >= ? AND seq < ?',
  dropMilestone: 'DELETE FROM milestones WHERE document = ? AND seq = ?',
  count: 'UPDATE heads SET merged = merged + ? WHERE document = ?',
} as const

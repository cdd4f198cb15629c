/** The rows of the past, written on the writer's thread and read on the reader's: milestones, sizes. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checkpointChecksum, milestoneChecksum } from './sqlite-format.ts'
import type { MilestoneAnswer, SizesAnswer } from './sqlite-message.ts'
import type { Pending } from './sqlite-pending.ts'
import { eachRow, firstRow, prepareAll } from './sqlite-row.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Milestones erased in one transaction: each is at most as large as its document. */
const ERASED_MILESTONES = 8

/** In the caller's transactions, if there are any; the journal must be empty where something is put. */
export class PastWriter {
  readonly #statements: Record<keyof typeof writing, StatementSync>

  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database, writing)
  }

  put(document: string, seq: number, state: Uint8Array): void {
    const id = Number(firstRow(this.#statements.document, document)?.[0])
    this.#statements.put.run(id, seq, milestoneChecksum({ document: id, seq }, state), state)
  }

  /** Lets go of some of a document's up to a position; true while there are more. */
  drop(document: string, upTo: number): boolean {
    const row = firstRow(this.#statements.document, document)
    return row !== null && this.erase(Number(row[0]), upTo)
  }

  erase(id: number, upTo: number = Number.MAX_SAFE_INTEGER): boolean {
    this.#statements.erase.run(id, upTo, ERASED_MILESTONES)
    return firstRow(this.#statements.any, id, upTo) !== null
  }
}

/** Inside of the caller's transactions. */
export class PastReader {
  readonly #statements: Record<keyof typeof reading, StatementSync>
  readonly #pending: Pending

  constructor(database: DatabaseSync, pending: Pending) {
    this.#statements = prepareAll(database, reading)
    this.#pending = pending
  }

  /** What does not match its checksum is passed over: entries hold all of it. */
  milestone(document: string, upTo: number): MilestoneAnswer | null {
    const found = firstRow(this.#statements.document, document)
    if (found === null) return null
    const id = Number(found[0])
    const checkpoint = this.#checkpoint(id, upTo)
    for (const row of eachRow(this.#statements.milestones, id, upTo)) {
      const [seq, checksum, state] = row as [number, number, Bytes]
      if (checkpoint !== null && checkpoint.seq >= seq) break
      if (milestoneChecksum({ document: id, seq }, state) === checksum) return { seq, isPacked: true, state }
    }
    return checkpoint
  }

  milestones(document: string): readonly number[] {
    return [...eachRow(this.#statements.seqs, document)].map(([seq]) => Number(seq))
  }

  boundaries(document: string): readonly number[] {
    return [...eachRow(this.#statements.boundaries, document, document)].map(([seq]) => Number(seq))
  }

  sizes(document: string): SizesAnswer | null {
    const pending = this.#pending.of(document)
    const row = firstRow(this.#statements.sizes, document)
    if (row === null && pending.length === 0) return null
    const [entries, entryBytes, milestones, milestoneBytes] = (row ?? []).map(Number)
    let [count, bytes] = [entries ?? 0, entryBytes ?? 0]
    for (const { batch } of pending) {
      count += batch.count
      bytes += batch.section.length
    }
    return { sizes: [count, bytes, milestones ?? 0, milestoneBytes ?? 0] }
  }

  #checkpoint(id: number, upTo: number): MilestoneAnswer | null {
    for (const row of eachRow(this.#statements.checkpoints, id, upTo)) {
      const [seq, checksum, state, knowledge] = row as [number, number, Bytes, Bytes]
      if (checkpointChecksum({ document: id, seq }, state, knowledge) === checksum)
        return { seq, isPacked: false, state }
    }
    return null
  }
}

const writing = {
  document: 'SELECT id FROM documents WHERE name = ?',
  put: 'INSERT OR REPLACE INTO milestones (document, seq, checksum, state) VALUES (?, ?, ?, ?)',
  erase:
    'DELETE FROM milestones WHERE id IN (SELECT id FROM milestones WHERE document = ? AND seq <= ? LIMIT ?)',
  any: 'SELECT 1 FROM milestones WHERE document = ? AND seq <= ? LIMIT 1',
} as const

const reading = {
  document: 'SELECT id FROM documents WHERE name = ? AND deleted_at IS NULL',
  milestones: 'SELECT seq, checksum, state FROM milestones WHERE document = ? AND seq <= ? ORDER BY seq DESC',
  seqs: `SELECT seq FROM milestones JOIN documents ON documents.id = milestones.document
    WHERE name = ? AND deleted_at IS NULL ORDER BY seq`,
  boundaries: `SELECT checkpoints.seq FROM checkpoints JOIN documents ON documents.id = checkpoints.document
    WHERE name = ? UNION SELECT seq FROM snapshots WHERE document = ? ORDER BY 1`,
  checkpoints: `SELECT seq, checksum, state, knowledge FROM checkpoints
    WHERE document = ? AND seq <= ? ORDER BY seq DESC`,
  sizes: `SELECT heads.seq - heads.merged,
      (SELECT coalesce(sum(length(body)), 0) FROM runs WHERE runs.document = documents.id),
      (SELECT count(*) FROM milestones WHERE milestones.document = documents.id),
      (SELECT coalesce(sum(length(state)), 0) FROM milestones WHERE milestones.document = documents.id)
    FROM documents JOIN heads ON heads.document = documents.id WHERE name = ? AND deleted_at IS NULL`,
} as const

/** The rows of snapshots: written on the writer's thread, read on the reader's, each held against its checksum. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import type { DocumentId, Seq } from '#shared/id.ts'
import { Damaged, MAX_SNAPSHOTS, type Snapshot, type SnapshotAdded, type SnapshotPlace } from './port.ts'
import { eachRow, firstRow, prepareAll, type Row } from './sqlite-row.ts'

/** The caller looks after the document: that there is one, and that it is not deleted. Each method is one transaction. */
export class SnapshotWriter {
  readonly #statements: Record<keyof typeof writing, StatementSync>

  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database, writing)
  }

  add(snapshot: Snapshot): Exclude<SnapshotAdded, 'gone'> {
    const { document, id } = snapshot
    if (firstRow(this.#statements.get, document, id) !== null) return 'there'
    if (Number(firstRow(this.#statements.count, document, MAX_SNAPSHOTS)?.[0] ?? 0) >= MAX_SNAPSHOTS)
      return 'full'
    this.#put(snapshot)
    return 'added'
  }

  change(document: string, id: string, changes: Partial<Pick<Snapshot, 'kind' | 'name' | 'seq'>>): boolean {
    const row = firstRow(this.#statements.get, document, id)
    if (row === null) return false
    this.#put({ ...snapshotOf(row), ...changes })
    return true
  }

  remove(document: string, id: string): boolean {
    return this.#statements.remove.run(document, id).changes > 0
  }

  /** Inside of the caller's transaction. */
  erase(document: string): void {
    this.#statements.erase.run(document)
  }

  #put(snapshot: Snapshot): void {
    const { document, id, seq, time, kind, author, name } = snapshot
    this.#statements.put.run(document, id, seq, time, kind, author, name, checksumOf(snapshot))
  }
}

export class SnapshotReader {
  readonly #statements: Record<keyof typeof reading, StatementSync>

  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database, reading)
  }

  get(document: string, id: string): readonly Snapshot[] {
    return [...eachRow(this.#statements.get, document, id, document)].map(snapshotOf)
  }

  list(document: string, limit: number, { seq, id }: SnapshotPlace): readonly Snapshot[] {
    return [...eachRow(this.#statements.list, document, seq, id, document, limit)].map(snapshotOf)
  }
}

/** All of a document, deleted or not; `seq` is null where the row does not match its checksum. */
export function* snapshotsOf(
  database: DatabaseSync,
  document: string,
): Generator<{ readonly id: string; readonly seq: Seq | null }, void> {
  for (const row of eachRow(database.prepare(checking), document)) {
    try {
      yield snapshotOf(row)
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
      yield { id: String(row[1]), seq: null }
    }
  }
}

/** Throws Damaged when the row does not match its checksum. */
function snapshotOf(row: Row): Snapshot {
  const [document, id, seq, time, kind, author, name, checksum] = row
  const snapshot: Snapshot = {
    id: String(id),
    document: String(document) as DocumentId,
    kind: kind === 'kept' ? 'kept' : 'named',
    name: name === null ? null : String(name),
    seq: Number(seq) as Seq,
    author: String(author),
    time: Number(time),
  }
  if (checksumOf(snapshot) !== checksum)
    throw new Damaged(`the snapshot ${snapshot.id} does not match its checksum`)
  return snapshot
}

function checksumOf({ document, id, seq, time, kind, author, name }: Snapshot): number {
  return crc32(JSON.stringify([document, id, seq, time, kind, author, name]))
}

const FIELDS = 'document, id, seq, time, kind, author, name, checksum'
const ALIVE = 'NOT EXISTS (SELECT 1 FROM documents WHERE documents.name = ? AND deleted_at IS NOT NULL)'

const writing = {
  get: `SELECT ${FIELDS} FROM snapshots WHERE document = ? AND id = ?`,
  count: 'SELECT count(*) FROM (SELECT 1 FROM snapshots WHERE document = ? LIMIT ?)',
  put: `INSERT OR REPLACE INTO snapshots (${FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  remove: 'DELETE FROM snapshots WHERE document = ? AND id = ?',
  erase: 'DELETE FROM snapshots WHERE document = ?',
} as const

const reading = {
  get: `SELECT ${FIELDS} FROM snapshots WHERE document = ? AND id = ? AND ${ALIVE}`,
  list: `SELECT ${FIELDS} FROM snapshots WHERE document = ? AND (seq, id) < (?, ?) AND ${ALIVE}
    ORDER BY seq DESC, id DESC LIMIT ?`,
} as const

const checking = `SELECT ${FIELDS} FROM snapshots WHERE document = ?`

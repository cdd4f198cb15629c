/**
 * What the writer's connection does, one method a request, each one transaction. It knows no threads.
 * Invariant: after an error nothing of the transaction is stored and nothing of it is remembered.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checkpointChecksum, entryChecksum } from './sqlite-format.ts'
import type { PackedBatch, PackedEntry, PackedGroup } from './sqlite-group.ts'
import type { Refusal } from './sqlite-message.ts'
import { firstNumber, firstRow, prepareAll } from './sqlite-row.ts'

/** Documents and authors remembered between commits; beyond that the oldest is forgotten and read again. */
const REMEMBERED = 4_096

interface Known {
  readonly id: number
  readonly epoch: string
  readonly deleted: boolean
  kind: number
  head: number
  total: number
}

const DELETED = -1

export class Store {
  readonly #database: DatabaseSync
  readonly #statements: Record<keyof typeof sql, StatementSync>
  readonly #documents = new Map<string, Known>()
  readonly #authors = new Map<string, number>()
  /** Counts commits, for the order of lists: wall clocks order nothing. */
  #changes: number

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#statements = prepareAll(database, sql)
    this.#changes = firstNumber(database, 'SELECT max(changed) FROM heads')
  }

  /** The batches that were not stored; null when all were. */
  commit(group: PackedGroup): readonly Refusal[] | null {
    return this.#transaction(() => {
      this.#changes += 1
      let refused: Refusal[] | null = null
      for (const [index, batch] of group.batches.entries()) {
        const refusal = this.#append(index, batch, group.time)
        if (refusal === null) continue
        refused ??= []
        refused.push(refusal)
      }
      return refused
    })
  }

  /** Stores a checkpoint and lets go of all but the newest two. Throws RangeError beyond the head. */
  putCheckpoint(at: { document: string; seq: number }, state: Uint8Array, knowledge: Uint8Array): void {
    this.#transaction(() => {
      const known = this.#find(at.document)
      if (known === null || at.seq > known.head)
        throw new RangeError(`a checkpoint at ${at.seq} of a log that ends at ${known?.head ?? 0}`)
      if (known.deleted) return
      const tail = firstRow(this.#statements.bytesAfter, known.id, at.seq)?.[0]
      const total = known.total - Number(tail)
      const checksum = checkpointChecksum({ document: known.id, seq: at.seq }, state, knowledge)
      this.#statements.addCheckpoint.run(known.id, at.seq, total, checksum, state, knowledge)
      this.#statements.dropCheckpoints.run(known.id, known.id)
    })
  }

  putTitle(document: string, title: string): void {
    this.#transaction(() => {
      this.#statements.setTitle.run(title, document)
    })
  }

  #append(index: number, batch: PackedBatch, time: number): Refusal | null {
    let known = this.#find(batch.document)
    if (known?.deleted) return [index, DELETED, '']
    const head = known?.head ?? 0
    if (head !== batch.head || (known !== null && known.epoch !== batch.epoch))
      return [index, head, known?.epoch ?? '']
    const created = known === null
    known ??= this.#create(batch)
    if (known.kind === 0 && batch.kind !== 0) {
      this.#statements.setKind.run(batch.kind, known.id)
      known.kind = batch.kind
    }
    let author = 0
    for (const entry of batch.entries) {
      author = this.#author(entry.author)
      this.#insert(known, entry, author, time)
    }
    const { id, total } = known
    if (created) this.#statements.addHead.run(known.head, total, author, time, this.#changes, id)
    else this.#statements.setHead.run(known.head, total, author, time, this.#changes, id)
    return null
  }

  #insert(known: Known, entry: PackedEntry, author: number, time: number): void {
    const seq = known.head + 1
    const checksum = entryChecksum({ document: known.id, first: seq, seq, author, time }, entry.update)
    if (entry.session === '')
      this.#statements.addEntry.run(known.id, seq, seq, author, time, checksum, entry.update)
    else
      this.#statements.addPush.run(
        known.id,
        seq,
        seq,
        author,
        time,
        entry.session,
        entry.number,
        entry.digest,
        checksum,
        entry.update,
      )
    known.head = seq
    known.total += entry.update.length
  }

  #create(batch: PackedBatch): Known {
    const { lastInsertRowid } = this.#statements.addDocument.run(batch.document, batch.epoch, batch.kind)
    const known: Known = {
      id: Number(lastInsertRowid),
      epoch: batch.epoch,
      deleted: false,
      kind: batch.kind,
      head: 0,
      total: 0,
    }
    remember(this.#documents, batch.document, known)
    return known
  }

  #find(document: string): Known | null {
    const known = this.#documents.get(document)
    if (known !== undefined) return known
    const row = firstRow(this.#statements.findDocument, document)
    if (row === null) return null
    const [id, epoch, deletedAt, kind, head, total] = row
    const found: Known = {
      id: Number(id),
      epoch: String(epoch),
      deleted: deletedAt !== null,
      kind: Number(kind),
      head: Number(head),
      total: Number(total),
    }
    remember(this.#documents, document, found)
    return found
  }

  #author(name: string): number {
    const known = this.#authors.get(name)
    if (known !== undefined) return known
    const row = firstRow(this.#statements.findAuthor, name)
    const id = Number(row === null ? this.#statements.addAuthor.run(name).lastInsertRowid : row[0])
    remember(this.#authors, name, id)
    return id
  }

  #transaction<Result>(run: () => Result): Result {
    try {
      this.#statements.begin.run()
      const result = run()
      this.#statements.commit.run()
      return result
    } catch (error) {
      this.#documents.clear()
      this.#authors.clear()
      // Some errors make SQLite roll back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= REMEMBERED)
    for (const oldest of map.keys()) {
      map.delete(oldest)
      break
    }
  map.set(key, value)
}

const sql = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  findDocument: `SELECT id, epoch, deleted_at, kind, seq, total FROM documents
    JOIN heads ON heads.document = documents.id WHERE name = ?`,
  addDocument: 'INSERT INTO documents (name, epoch, kind) VALUES (?, ?, ?)',
  setKind: 'UPDATE documents SET kind = ? WHERE id = ?',
  setTitle: 'UPDATE documents SET title = ? WHERE name = ?',
  addHead: 'INSERT INTO heads (seq, total, author, time, changed, document) VALUES (?, ?, ?, ?, ?, ?)',
  setHead: 'UPDATE heads SET seq = ?, total = ?, author = ?, time = ?, changed = ? WHERE document = ?',
  findAuthor: 'SELECT id FROM authors WHERE name = ?',
  addAuthor: 'INSERT INTO authors (name) VALUES (?)',
  addEntry: `INSERT INTO entries (document, seq, first, author, time, checksum, edit)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  addPush: `INSERT INTO entries (document, seq, first, author, time, session, push, digest, checksum, edit)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  bytesAfter: 'SELECT coalesce(sum(length(edit)), 0) AS bytes FROM entries WHERE document = ? AND seq > ?',
  addCheckpoint: `INSERT OR REPLACE INTO checkpoints (document, seq, total, checksum, state, knowledge)
    VALUES (?, ?, ?, ?, ?, ?)`,
  dropCheckpoints: `DELETE FROM checkpoints WHERE document = ? AND seq NOT IN
    (SELECT seq FROM checkpoints WHERE document = ? ORDER BY seq DESC LIMIT 2)`,
} as const

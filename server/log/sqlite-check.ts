/**
 * A whole store gone through on a read-only connection, also while a server writes in it: nothing is changed, no lock
 * is taken. Each document is seen in one state of its own, so that the WAL is never held for long.
 */

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Finding } from './finding.ts'
import { CannotOpen } from './port.ts'
import { DocumentCheck } from './sqlite-check-document.ts'
import { faultText, isDamage } from './sqlite-fault.ts'
import { batchesOf } from './sqlite-fold.ts'
import { FORMAT } from './sqlite-format.ts'
import { BUSY_WAIT_MS, inspect } from './sqlite-inspect.ts'
import { Pending } from './sqlite-pending.ts'
import { eachRow, firstNumber, firstRow, type Row } from './sqlite-row.ts'

const CACHE_KIB = 2_048
const PAGE = 500
/** Of what SQLite finds wrong with one file, as many are told. */
const MAX_WORDS = 20

export class StoreCheck {
  readonly #database: DatabaseSync
  readonly #onFinding: (finding: Finding) => void

  /** `path` is the store's file, or a copy's. Throws CannotOpen. */
  constructor(path: string, onFinding: (finding: Finding) => void) {
    if (!existsSync(path)) throw new CannotOpen(`There is no store at ${path}.`)
    inspect(path)
    this.#onFinding = onFinding
    this.#database = new DatabaseSync(path, { readOnly: true, returnArrays: true, timeout: BUSY_WAIT_MS })
    this.#database.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`)
    const format = firstNumber(this.#database, 'PRAGMA user_version')
    if (format === FORMAT) return
    this.#database.close()
    throw new CannotOpen(
      format === 0
        ? `${path} is empty: no server has written to it yet.`
        : `${path} has the older format ${format}: start the server on it once, which brings it up to date.`,
    )
  }

  /** How many documents there are, deleted ones included; those that lie in the journal alone are not counted. */
  get size(): number {
    return firstNumber(this.#database, 'SELECT count(*) FROM documents')
  }

  /** The file as SQLite sees it, the journal, and rows of no document. Takes as long as reading all of it. */
  whole(): void {
    this.#guarded(null, () => {
      for (const [word] of eachRow(this.#database.prepare(`PRAGMA integrity_check(${MAX_WORDS})`)))
        if (word !== 'ok') this.#onFinding({ kind: 'file-damaged', document: null, what: String(word) })
    })
    this.#guarded(null, () => this.#strays())
  }

  /** Names of all documents, in no order that matters. A name may come whose document is gone by then. */
  *names(): Generator<string, void> {
    let last = 0
    for (;;) {
      const page = [...eachRow(this.#database.prepare(sql.page), last, PAGE)]
      for (const [id, name] of page) {
        last = Number(id)
        yield String(name)
      }
      if (page.length < PAGE) break
    }
    this.#database.exec('BEGIN')
    const later = [...eachRow(this.#database.prepare(sql.page), last, Number.MAX_SAFE_INTEGER)]
    const names = later.map(([, name]) => String(name))
    for (const [name] of this.#pending().newest())
      if (firstRow(this.#database.prepare(sql.document), name) === null) names.push(name)
    this.#database.exec('COMMIT')
    yield* names
  }

  /** Lets `look` go through one document, which is seen in one state until it has. */
  async document(name: string, look: (check: DocumentCheck) => Promise<void>): Promise<void> {
    const database = this.#database
    database.exec('BEGIN')
    try {
      const pending = this.#pending().of(name)
      const row = firstRow(database.prepare(sql.document), name)
      const placed = row === null ? null : placedOf(row)
      await look(new DocumentCheck({ database, name, placed, pending, onFinding: this.#onFinding }))
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#onFinding({ kind: 'file-damaged', document: name, what: faultText(error) })
    } finally {
      database.exec('COMMIT')
    }
  }

  close(): void {
    this.#database.close()
  }

  /** What of the journal can be read; `whole` says what cannot. */
  #pending(): Pending {
    const pending = new Pending(this.#database)
    try {
      pending.refresh()
    } catch {
      // Told by `whole`; what stands before it counts.
    }
    return pending
  }

  #strays(): void {
    const database = this.#database
    database.exec('BEGIN')
    try {
      for (const row of eachRow(database.prepare(sql.journal))) {
        try {
          batchesOf(row)
        } catch (error) {
          this.#onFinding({ kind: 'journal-damaged', document: null, what: faultText(error) })
        }
      }
      for (const table of ['heads', 'runs', 'pushes', 'checkpoints', 'milestones'] as const)
        for (const [id] of eachRow(database.prepare(strayRows(table))))
          this.#stray(`rows of ${table} are of a document ${String(id)} that is not there`)
      const known = new Set(
        this.#pending()
          .newest()
          .map(([name]) => name),
      )
      for (const [name] of eachRow(database.prepare(sql.straySnapshots)))
        if (!known.has(String(name)))
          this.#stray('there are snapshots of it, and it is not there', String(name))
    } finally {
      database.exec('COMMIT')
    }
  }

  #stray(what: string, document: string | null = null): void {
    this.#onFinding({ kind: 'orphan', document, what })
  }

  #guarded(document: string | null, look: () => void): void {
    try {
      look()
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#onFinding({ kind: 'file-damaged', document, what: faultText(error) })
    }
  }
}

function placedOf([id, epoch, deletedAt, seq, total, merged]: Row) {
  return {
    id: Number(id),
    epoch: String(epoch),
    isDeleted: deletedAt !== null,
    head: seq === null ? null : { seq: Number(seq), total: Number(total), merged: Number(merged) },
  }
}

function strayRows(table: string): string {
  return `SELECT DISTINCT document FROM ${table} WHERE document NOT IN (SELECT id FROM documents)`
}

const sql = {
  page: 'SELECT id, name FROM documents WHERE id > ? ORDER BY id LIMIT ?',
  document: `SELECT id, epoch, deleted_at, seq, total, merged FROM documents
    LEFT JOIN heads ON heads.document = documents.id WHERE name = ?`,
  journal: 'SELECT id, refused, checksum, body FROM journal ORDER BY id',
  straySnapshots:
    'SELECT DISTINCT document FROM snapshots WHERE document NOT IN (SELECT name FROM documents)',
} as const

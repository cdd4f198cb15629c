/** Erasing what a deleted document held, a part a transaction. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { PastWriter } from './sqlite-past.ts'
import { firstRow, prepareAll } from './sqlite-row.ts'
import { SnapshotWriter } from './sqlite-snapshots.ts'

/** Runs erased in one transaction: a few megabytes, so that commits hardly wait. */
const ERASED_RUNS = 32

export class Eraser {
  readonly #database: DatabaseSync
  readonly #statements: Record<keyof typeof sql, StatementSync>
  readonly #snapshots: SnapshotWriter
  readonly #past: PastWriter

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#statements = prepareAll(database, sql)
    this.#snapshots = new SnapshotWriter(database)
    this.#past = new PastWriter(database)
  }

  /** True while there is more. `transaction` runs what it is given in one. Throws RangeError for one not deleted. */
  erase(document: string, transaction: (run: () => void) => void): boolean {
    const row = firstRow(this.#statements.deletedDocument, document)
    if (row === null) throw new RangeError('what a document holds that is not deleted is not erased')
    const id = Number(row[0])
    // Else its bytes would lie in the file until something else is written over them.
    this.#database.exec('PRAGMA secure_delete = ON')
    try {
      transaction(() => {
        this.#statements.setTitle.run('', document)
        this.#statements.eraseCheckpoints.run(id)
        this.#statements.erasePushes.run(id)
        this.#snapshots.erase(document)
        // Runs go last: a document that has one is looked for again.
        if (!this.#past.erase(id)) this.#statements.eraseRuns.run(id, ERASED_RUNS)
      })
    } finally {
      this.#database.exec('PRAGMA secure_delete = OFF')
    }
    return firstRow(this.#statements.anyRun, id) !== null
  }
}

const sql = {
  deletedDocument: 'SELECT id FROM documents WHERE name = ? AND deleted_at IS NOT NULL',
  setTitle: 'UPDATE documents SET title = ? WHERE name = ?',
  eraseCheckpoints: 'DELETE FROM checkpoints WHERE document = ?',
  erasePushes: 'DELETE FROM pushes WHERE document = ?',
  eraseRuns: 'DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE document = ? ORDER BY seq LIMIT ?)',
  anyRun: 'SELECT 1 FROM runs WHERE document = ? LIMIT 1',
} as const

/** A SQLite log in a folder of its own, and a raw look at its files for tests that meddle with them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Log } from '#server/log/port.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import type { Subject } from './contract.ts'

export class Folder implements Subject {
  readonly path = mkdtempSync(join(tmpdir(), 'vellum-log-'))
  readonly store = join(this.path, 'vellum.db')
  /** Resolves with the error the log ended with. */
  readonly ended: Promise<Error>
  readonly #end: (error: Error) => void
  readonly #wall: () => number
  #log: Log | null = null

  constructor(wall: () => number = () => 1_000_000) {
    this.#wall = wall
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.ended = promise
    this.#end = resolve
  }

  get log(): Log {
    if (this.#log === null) throw new Error('the log is not open')
    return this.#log
  }

  async open(): Promise<Log> {
    this.#log = await openSqliteLog({ folder: this.path, onFatal: this.#end, wall: this.#wall })
    return this.#log
  }

  async reopen(): Promise<Log> {
    await this.log.close()
    return this.open()
  }

  /** Opens the closed store with SQLite itself. */
  meddle<Result>(run: (database: DatabaseSync) => Result): Result {
    const database = new DatabaseSync(this.store)
    try {
      return run(database)
    } finally {
      database.close()
    }
  }

  async stop(): Promise<void> {
    await this.#log?.close()
    rmSync(this.path, { recursive: true, force: true })
  }
}

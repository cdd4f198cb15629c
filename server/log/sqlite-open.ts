/**
 * Opening the store: one process a folder, nothing newer, nothing damaged, and nothing touched where it says no.
 * Runs on the writer's thread.
 */

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CannotOpen } from './port.ts'
import { faultText, isBusy } from './sqlite-fault.ts'
import { APPLICATION_ID, FORMAT, files, MIGRATIONS, PAGE_BYTES, SCHEMA } from './sqlite-format.ts'
import { BUSY_WAIT_MS, inspect } from './sqlite-inspect.ts'
import { firstNumber, firstRow } from './sqlite-row.ts'
import { Store } from './sqlite-store.ts'
import { syncFolder } from './sync-folder.ts'

const LOCK_WAIT_MS = 1_000
const CACHE_KIB = 2_048

export interface OpenStore {
  readonly database: DatabaseSync
  readonly store: Store
  /** Held while the process lives; the kernel lets go of it even when the process is killed. */
  readonly lock: DatabaseSync
}

/** Throws CannotOpen with a sentence for the person who starts the server. */
export function openStore(folder: string): OpenStore {
  makeFolder(folder)
  const lock = takeLock(folder)
  let database: DatabaseSync | null = null
  try {
    const path = join(folder, files.store)
    inspect(path)
    database = connect(path, folder)
    return { database, store: new Store(database), lock }
  } catch (error) {
    database?.close()
    lock.close()
    if (error instanceof CannotOpen) throw error
    throw new CannotOpen(`The store in ${folder} cannot be opened: ${faultText(error)}.`, { cause: error })
  }
}

function makeFolder(folder: string): void {
  try {
    for (const path of missingOf(resolve(folder))) {
      mkdirSync(path, { mode: 0o700 })
      syncFolder(dirname(path))
    }
    if (!statSync(folder).isDirectory()) throw new CannotOpen(`${folder} is not a folder.`)
  } catch (error) {
    if (error instanceof CannotOpen) throw error
    throw new CannotOpen(`The data folder ${folder} cannot be made: ${faultText(error)}.`, { cause: error })
  }
}

/**
 * What has to be made for a folder to be there, outermost first. Node's own way to make all of it never comes back
 * where the outermost cannot be made and is said not to exist, as under /proc.
 */
function missingOf(folder: string): string[] {
  const missing: string[] = []
  for (let path = folder; !existsSync(path) && dirname(path) !== path; path = dirname(path))
    missing.unshift(path)
  return missing
}

function takeLock(folder: string): DatabaseSync {
  let lock: DatabaseSync | null = null
  try {
    lock = new DatabaseSync(join(folder, files.lock), { timeout: LOCK_WAIT_MS })
    // Nothing is ever written: the file stays empty, only the lock on it counts.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock?.close()
    if (isBusy(error))
      throw new CannotOpen(`Another process is using the data folder ${folder}. Stop it first.`, {
        cause: error,
      })
    throw new CannotOpen(`Nothing can be written to the data folder ${folder}: ${faultText(error)}.`, {
      cause: error,
    })
  }
}

/** Connects for writing; makes the tables where there are none. */
function connect(path: string, folder: string): DatabaseSync {
  const database = new DatabaseSync(path, {
    timeout: BUSY_WAIT_MS,
    returnArrays: true,
    enableForeignKeyConstraints: false,
  })
  try {
    // The page size counts only before the first page is written.
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA cache_size = -${CACHE_KIB}`)
    const mode = firstRow(database.prepare('PRAGMA journal_mode = WAL'))?.[0]
    if (mode !== 'wal')
      throw new CannotOpen(`${path} is on a file system that has no shared memory for SQLite.`)
    // Checkpointing is started by the writer in quiet moments, never by a commit.
    database.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY')
    database.exec('BEGIN IMMEDIATE')
    migrate(database)
    database.exec('COMMIT')
    syncFolder(folder)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Makes the tables where there are none, and those that came after the format of the store. */
function migrate(database: DatabaseSync): void {
  let format = firstNumber(database, 'PRAGMA user_version')
  if (format === 0) {
    database.exec(`${SCHEMA}; PRAGMA application_id = ${APPLICATION_ID}`)
    format = 1
  }
  for (let next = format + 1; next <= FORMAT; next++) database.exec(MIGRATIONS[next] ?? '')
  database.exec(`PRAGMA user_version = ${FORMAT}`)
}

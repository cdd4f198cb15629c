/** A look at a store's file before anything is done with it: whether it is one, and one this program can read. */

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { CannotOpen } from './port.ts'
import { faultText } from './sqlite-fault.ts'
import { APPLICATION_ID, FORMAT, GUARDED_TABLES } from './sqlite-format.ts'
import { firstNumber, firstRow } from './sqlite-row.ts'

const MAGIC = 'SQLite format 3\0'
/** Another program that has the store open (a backup, a shell) may hold its write lock for this long. */
export const BUSY_WAIT_MS = 5_000

/** Looks at the file through read-only eyes. Throws CannotOpen; changes no byte of it. */
export function inspect(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return
  if (!startsLikeADatabase(path)) throw new CannotOpen(`${path} is damaged or is not a Vellum store.`)
  const database = new DatabaseSync(path, { readOnly: true, returnArrays: true, timeout: BUSY_WAIT_MS })
  try {
    inspectInside(database, path)
  } catch (error) {
    if (error instanceof CannotOpen) throw error
    throw new CannotOpen(`${path} is damaged: ${faultText(error)}.`, { cause: error })
  } finally {
    database.close()
  }
}

function inspectInside(database: DatabaseSync, path: string): void {
  const application = firstNumber(database, 'PRAGMA application_id')
  const format = firstNumber(database, 'PRAGMA user_version')
  const tables = firstNumber(database, 'SELECT count(*) FROM sqlite_schema')
  // Killed between making the file and filling it: still as good as new.
  if (application === 0 && format === 0 && tables === 0) return
  if (application !== APPLICATION_ID) throw new CannotOpen(`${path} is a database, but not a Vellum store.`)
  if (format > FORMAT || format < 1)
    throw new CannotOpen(
      `${path} has format ${format}; this program knows format ${FORMAT}. Start the newer program that wrote it.`,
    )
  for (const table of GUARDED_TABLES) {
    const found = firstRow(database.prepare(`PRAGMA quick_check(${table})`))?.[0]
    if (found !== 'ok') throw new CannotOpen(`${path} is damaged: ${String(found)}.`)
  }
}

function startsLikeADatabase(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const start = Buffer.alloc(MAGIC.length)
    return readSync(file, start) === MAGIC.length && start.toString('latin1') === MAGIC
  } finally {
    closeSync(file)
  }
}

/** Whether a process uses a data folder: asked without waiting, and without keeping anybody out for longer than that. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from './sqlite-fault.ts'
import { files } from './sqlite-format.ts'

/** Throws what SQLite throws where the lock's file cannot be used at all. */
export function isHeld(folder: string): boolean {
  const path = join(folder, files.lock)
  if (!existsSync(path)) return false
  const lock = new DatabaseSync(path, { timeout: 0, readOnly: true })
  try {
    // Whoever holds the folder keeps everybody from reading, too; a reader keeps nobody out who waits a moment.
    lock.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  } finally {
    lock.close()
  }
}

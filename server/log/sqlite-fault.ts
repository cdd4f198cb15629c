/** What an error from SQLite means for the promise: can we try again, or do we no longer know what is on disk? */

// https://sqlite.org/rescode.html; an extended code is its primary code in the low byte.
const PRIMARY = 0xff
const BUSY = 5
const LOCKED = 6
const NOMEM = 7
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const AUTH_READONLY_DBMOVED = READONLY | (4 << 8)
const IOERR_FSYNC = IOERR | (4 << 8)
const IOERR_DIR_FSYNC = IOERR | (5 << 8)
const IOERR_CLOSE = IOERR | (16 << 8)
const IOERR_DATA = IOERR | (32 << 8)
const NOTADB = 26

/** `again`: rolled back, the same call may succeed later. `fatal`: nobody can say what is on disk, or we are wrong. */
export type Fault = 'again' | 'fatal'

/** Unknown errors are fatal: a promise that cannot be judged is not kept by guessing. */
export function faultOf(error: unknown): Fault {
  const code = sqliteCode(error)
  if (code === null) return 'fatal'
  if (
    code === IOERR_FSYNC ||
    code === IOERR_DIR_FSYNC ||
    code === IOERR_CLOSE ||
    code === IOERR_DATA ||
    code === AUTH_READONLY_DBMOVED
  )
    return 'fatal'
  switch (code & PRIMARY) {
    case BUSY:
    case LOCKED:
    case NOMEM:
    case READONLY:
    case IOERR:
    case FULL:
    case CANTOPEN:
      return 'again'
    default:
      return 'fatal'
  }
}

/** True where SQLite could not make sense of the bytes it read. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error)
  if (code === null) return false
  const primary = code & PRIMARY
  return primary === CORRUPT || primary === NOTADB || primary === IOERR
}

export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== null && (code & PRIMARY) === BUSY
}

/** The words of an error, with SQLite's extended code where there is one. */
export function faultText(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error)
  const code = sqliteCode(error)
  return code === null ? words : `${words} (SQLite ${code})`
}

function sqliteCode(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null
  return typeof error.errcode === 'number' ? error.errcode : null
}

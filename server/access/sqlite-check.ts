/** What is wrong with a file in which sessions, links and names are kept, or a copy of one: read only, also while it is written. */
import { DatabaseSync } from 'node:sqlite'
import { APPLICATION_ID, FORMAT } from './sqlite-tables.ts'

const BUSY_MS = 5_000
/** Of what SQLite finds wrong, as much is told. */
const MAX_WORDS = 20

/** One sentence each, without its full stop; none where all is well. Never throws. */
export function checkAccess(path: string): readonly string[] {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { readOnly: true, returnArrays: true, timeout: BUSY_MS })
    const application = numberOf(database, 'PRAGMA application_id')
    const format = numberOf(database, 'PRAGMA user_version')
    // Killed between making the file and filling it: still as good as new.
    if (application === 0 && format === 0) return []
    if (application !== APPLICATION_ID) return ['sessions and links: the file belongs to another program']
    if (format > FORMAT)
      return [`sessions and links: the file has format ${format}, and this program knows ${FORMAT}`]
    const words = database.prepare(`PRAGMA integrity_check(${MAX_WORDS})`).all() as unknown as [string][]
    const damage = words.flatMap(([word]) => (word === 'ok' ? [] : [`sessions and links: ${word}`]))
    if (damage.length > 0) return damage
    const unreadable = numberOf(database, UNREADABLE)
    return unreadable === 0 ? [] : [`sessions and links: ${unreadable} sessions cannot be read`]
  } catch (error) {
    return [`sessions and links cannot be read: ${error instanceof Error ? error.message : String(error)}`]
  } finally {
    database?.close()
  }
}

const UNREADABLE =
  'SELECT count(*) FROM session WHERE NOT json_valid(grants) OR (person IS NOT NULL AND NOT json_valid(person))'

function numberOf(database: DatabaseSync, sql: string): number {
  const [row] = database.prepare(sql).all() as unknown as [number][]
  return Number(row?.[0] ?? 0)
}

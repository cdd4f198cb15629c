/** What access keeps, as tables: every request answered by one statement. Runs on the store's own thread. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type { DocumentId } from '#shared/id.ts'
import type { Share } from './share.ts'
import type { Grant, Joined, Named, Person, ShareRoom, StoredSession, TakenBack } from './store.ts'

export type AccessRequest =
  | { readonly kind: 'session' | 'removeSession' | 'share'; readonly id: string }
  | { readonly kind: 'putSession'; readonly session: StoredSession }
  | { readonly kind: 'tidySessions'; readonly usedBeforeMs: number; readonly most: number }
  | { readonly kind: 'shareOf'; readonly tokenHash: string }
  | { readonly kind: 'shares'; readonly document: DocumentId }
  | {
      readonly kind: 'addShare'
      readonly share: Share
      readonly tokenHash: string
      readonly room: ShareRoom
    }
  | { readonly kind: 'tidyShares'; readonly endedBeforeMs: number }
  | { readonly kind: 'putShare'; readonly share: Share }
  | { readonly kind: 'joined' }
  | { readonly kind: 'join'; readonly joined: Joined }
  | { readonly kind: 'named'; readonly subs: readonly string[] }
  | { readonly kind: 'putName'; readonly named: Named }
  | { readonly kind: 'takenBack' }
  | { readonly kind: 'takeBack'; readonly one: TakenBack }

export type AccessAnswer =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly message: string }

type Row = Readonly<Record<string, SQLOutputValue>>

export const ACCESS_FILE = 'access.sqlite'
/** "vlac". */
export const APPLICATION_ID = 0x766c6163
/** 2: with names. 3: with tokens that were taken back. */
export const FORMAT = 3
const SCHEMA = `
CREATE TABLE session (id TEXT PRIMARY KEY, guest TEXT NOT NULL, used INTEGER NOT NULL, person TEXT, grants TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX session_used ON session (used);
CREATE TABLE share (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, token TEXT NOT NULL UNIQUE, document TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, author TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, revoked INTEGER) STRICT;
CREATE INDEX share_document ON share (document);
CREATE TABLE joined (guest TEXT PRIMARY KEY, sub TEXT NOT NULL) STRICT, WITHOUT ROWID;
`
const NAMES = `
CREATE TABLE person (sub TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO person SELECT json_extract(person, '$.sub'), json_extract(person, '$.name') FROM session WHERE json_valid(person) ORDER BY used DESC;
`
const TAKEN_BACK = `
CREATE TABLE taken_back (sub TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`
const SHARE = 'id, document, role, name, author, created, expires, revoked'

export class AccessTables {
  readonly #database: DatabaseSync

  /** Throws where the file cannot be opened, or is not one of ours. */
  constructor(folder: string) {
    const path = join(folder, ACCESS_FILE)
    this.#database = new DatabaseSync(path, { timeout: 5_000 })
    // It says who may do what: nobody else on this machine has to read that.
    chmodSync(path, 0o600)
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const found = this.#number('PRAGMA user_version', 'user_version')
    if (found > FORMAT) throw new Error('a newer Vellum wrote it')
    const owner = this.#number('PRAGMA application_id', 'application_id')
    if (owner !== 0 && owner !== APPLICATION_ID) throw new Error('it belongs to another program')
    if (found < FORMAT)
      this.#database.exec(
        `BEGIN; ${found < 1 ? SCHEMA : ''} ${found < 2 ? NAMES : ''} ${TAKEN_BACK} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; COMMIT`,
      )
  }

  close(): void {
    this.#database.close()
  }

  /** Throws what SQLite throws; then nothing of it was done. */
  together<T>(work: () => T): T {
    this.#database.exec('BEGIN')
    try {
      const done = work()
      this.#database.exec('COMMIT')
      return done
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** Throws what SQLite throws. */
  answer(request: AccessRequest): unknown {
    const run = (sql: string, ...values: (string | number | null)[]) =>
      this.#database.prepare(sql).run(...values)
    const one = (sql: string, ...values: (string | number)[]): Row | undefined =>
      this.#database.prepare(sql).get(...values)
    const all = (sql: string, ...values: (string | number)[]): Row[] =>
      this.#database.prepare(sql).all(...values)
    switch (request.kind) {
      case 'session':
        return sessionOf(one('SELECT id, guest, used, person, grants FROM session WHERE id = ?', request.id))
      case 'putSession': {
        const { id, guest, usedAtMs, person, grants } = request.session
        const words = [person === null ? null : JSON.stringify(person), JSON.stringify(grants)] as const
        run('INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?)', id, guest, usedAtMs, ...words)
        return null
      }
      case 'removeSession':
        run('DELETE FROM session WHERE id = ?', request.id)
        return null
      case 'tidySessions': {
        const gone = all(
          'DELETE FROM session WHERE used < ? OR id IN (SELECT id FROM session ORDER BY person IS NULL, used DESC LIMIT -1 OFFSET ?) RETURNING id',
          request.usedBeforeMs,
          request.most,
        )
        return gone.map(({ id }) => String(id))
      }
      case 'share':
        return shareOf(one(`SELECT ${SHARE} FROM share WHERE id = ?`, request.id))
      case 'shareOf':
        return shareOf(one(`SELECT ${SHARE} FROM share WHERE token = ?`, request.tokenHash))
      case 'shares':
        return all(
          `SELECT ${SHARE} FROM share WHERE document = ? ORDER BY number DESC`,
          request.document,
        ).map(shareOf)
      case 'addShare': {
        const { id, document, role, name, by, createdAtMs, expiresAtMs, revokedAtMs } = request.share
        const values = [id, request.tokenHash, document, role, name, by] as const
        const { endedBeforeMs, most } = request.room
        // In one statement: of two at once only one takes the last place.
        const { changes } = run(
          'INSERT INTO share SELECT NULL, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM share WHERE document = ? AND revoked IS NULL AND (expires IS NULL OR expires >= ?)) < ?',
          ...values,
          createdAtMs,
          expiresAtMs,
          revokedAtMs,
          document,
          endedBeforeMs,
          most,
        )
        return changes > 0
      }
      case 'tidyShares':
        return all(
          'DELETE FROM share WHERE revoked < ? OR expires < ? RETURNING id',
          request.endedBeforeMs,
          request.endedBeforeMs,
        ).map(({ id }) => String(id))
      case 'putShare': {
        const { id, role, name, expiresAtMs, revokedAtMs } = request.share
        run(
          'UPDATE share SET role = ?, name = ?, expires = ?, revoked = ? WHERE id = ?',
          role,
          name,
          expiresAtMs,
          revokedAtMs,
          id,
        )
        return null
      }
      case 'joined':
        return all('SELECT sub, guest FROM joined').map(({ sub, guest }) => ({
          sub: String(sub),
          guest: String(guest),
        }))
      case 'join':
        run('INSERT OR REPLACE INTO joined VALUES (?, ?)', request.joined.guest, request.joined.sub)
        return null
      case 'named':
        return all(
          'SELECT sub, name FROM person WHERE sub IN (SELECT value FROM json_each(?))',
          JSON.stringify(request.subs),
        ).map(({ sub, name }) => ({ sub: String(sub), name: String(name) }))
      case 'putName':
        run('INSERT OR REPLACE INTO person VALUES (?, ?)', request.named.sub, request.named.name)
        return null
      case 'takenBack':
        return all('SELECT sub, until FROM taken_back').map(({ sub, until }) => ({
          sub: String(sub),
          untilMs: Number(until),
        }))
      case 'takeBack':
        run('INSERT OR REPLACE INTO taken_back VALUES (?, ?)', request.one.sub, request.one.untilMs)
        return null
    }
  }

  #number(sql: string, name: string): number {
    return Number(this.#database.prepare(sql).get()?.[name] ?? 0)
  }
}

function sessionOf(row: Row | undefined): StoredSession | null {
  if (row === undefined) return null
  const { id, guest, used, person, grants } = row
  return {
    id: String(id),
    guest: String(guest),
    usedAtMs: Number(used),
    person: person === null ? null : (JSON.parse(String(person)) as Person),
    grants: JSON.parse(String(grants)) as readonly Grant[],
  }
}

function shareOf(row: Row | undefined): Share | null {
  if (row === undefined) return null
  const { id, document, role, name, author, created, expires, revoked } = row
  return {
    id: String(id),
    document: String(document) as DocumentId,
    role: String(role) as Share['role'],
    name: String(name),
    by: String(author),
    createdAtMs: Number(created),
    expiresAtMs: expires === null ? null : Number(expires),
    revokedAtMs: revoked === null ? null : Number(revoked),
  }
}

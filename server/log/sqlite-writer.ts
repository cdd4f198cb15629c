/**
 * The writer's thread: commits, one after another, on a connection of its own, and empties the WAL in quiet moments.
 * An answer goes back only when SQLite says the transaction is on disk; where that is unsure, the answer is `fatal`.
 */

import { type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { CannotOpen } from './port.ts'
import { faultOf, faultText } from './sqlite-fault.ts'
import { files } from './sqlite-format.ts'
import { unpackGroup } from './sqlite-group.ts'
import type { Close, Ending, Opening, ThreadData, WriterAnswer, WriterRequest } from './sqlite-message.ts'
import { openStore } from './sqlite-open.ts'
import { Store } from './sqlite-store.ts'

/** Without a request for this long the moment is quiet. */
const QUIET_MS = 250
/** A WAL smaller than this is left alone: emptying it costs more than it gives. */
const QUIET_WAL_BYTES = 4 << 20
/** Beyond this the WAL is emptied between two commits, quiet or not. */
const MAX_WAL_BYTES = 64 << 20
/** Commits between two looks at the size of the WAL while it is not quiet. */
const LOOK_EVERY = 64

const { folder } = workerData as ThreadData
const port = parentPort
if (port === null) throw new Error('this file is a thread of the SQLite log')

const answer = (message: WriterAnswer | Opening | Ending): void => port.postMessage(message)
const storePath = join(folder, files.store)
const walPath = join(folder, files.wal)

function start(): void {
  try {
    const { database, lock } = openStore(folder)
    const identity = { store: fileOf(storePath), wal: fileOf(walPath) }
    const store = new Store(database)
    let quiet: NodeJS.Timeout | null = null
    let sinceLook = 0

    const close = (): void => {
      if (quiet !== null) clearTimeout(quiet)
      // All that was answered is on disk already; this leaves one tidy file behind.
      emptyWal(database)
      database.close()
      lock.close()
      port?.close()
    }

    const tidy = (): void => {
      quiet = null
      if (walBytes() >= QUIET_WAL_BYTES) emptyWal(database)
    }

    port?.on('message', (request: WriterRequest | Close) => {
      if (request === 'close') return close()
      try {
        const result = serve(store, request)
        const gone = replaced(identity)
        if (gone !== null) return answer({ kind: 'fatal', message: gone })
        answer(result)
      } catch (error) {
        answer(failure(error))
      }
      if (++sinceLook >= LOOK_EVERY) {
        sinceLook = 0
        if (walBytes() >= MAX_WAL_BYTES) emptyWal(database)
      }
      if (quiet === null) quiet = setTimeout(tidy, QUIET_MS)
      else quiet.refresh()
    })
    answer({ kind: 'open' })
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error
    answer({ kind: 'cannotOpen', message: error.message })
    port?.close()
  }
}

function serve(store: Store, request: WriterRequest): WriterAnswer {
  if (request instanceof ArrayBuffer) return store.commit(unpackGroup(request))
  if (request.kind === 'checkpoint') store.putCheckpoint(request, request.state, request.knowledge)
  else store.putTitle(request.document, request.title)
  return null
}

function failure(error: unknown): WriterAnswer | Ending {
  if (error instanceof RangeError) return { kind: 'mistake', message: error.message }
  return { kind: faultOf(error) === 'fatal' ? 'fatal' : 'notSaved', message: faultText(error) }
}

function emptyWal(database: DatabaseSync): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    // What is in the WAL is safe there and will be copied another time, unless a flush failed.
    if (faultOf(error) === 'fatal') answer({ kind: 'fatal', message: faultText(error) })
  }
}

function walBytes(): number {
  return statSync(walPath, { throwIfNoEntry: false })?.size ?? 0
}

interface Identity {
  readonly store: Stats | null
  readonly wal: Stats | null
}

/** Words for a store that somebody deleted or replaced while we hold it open; null while it is ours. */
function replaced(identity: Identity): string | null {
  if (!same(identity.store, fileOf(storePath)))
    return `${storePath} was deleted or replaced under the running server`
  if (!same(identity.wal, fileOf(walPath)))
    return `${walPath} was deleted or replaced under the running server`
  return null
}

function fileOf(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null
}

function same(before: Stats | null, now: Stats | null): boolean {
  return before?.ino === now?.ino && before?.dev === now?.dev
}

start()

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
import type { Close, Ending, Opening, ThreadData, WriterAnswer, WriterRequest } from './sqlite-message.ts'
import { openStore } from './sqlite-open.ts'
import { firstRow } from './sqlite-row.ts'
import type { Store } from './sqlite-store.ts'

/** Without a request for this long the moment is quiet. */
const QUIET_MS = 250
/** Less than this in the journal is left there when it is quiet: a lone writer's pauses are not worth a flush each. */
const QUIET_ENTRIES = 256
/** A WAL with less in it is left alone: copying it costs more than it gives. */
const QUIET_WAL_PAGES = 1_024
/** Beyond this the WAL is copied between two commits, quiet or not. */
const MAX_WAL_PAGES = 16_384
/** Commits between two looks at the WAL while it is not quiet. */
const LOOK_EVERY = 64

const { folder } = workerData as ThreadData
const port = parentPort
if (port === null) throw new Error('this file is a thread of the SQLite log')

const answer = (message: WriterAnswer | Opening | Ending): void => port.postMessage(message)
const storePath = join(folder, files.store)
const walPath = join(folder, files.wal)

function start(): void {
  try {
    const { database, lock, store } = openStore(folder)
    const identity = { store: fileOf(storePath), wal: fileOf(walPath) }
    let quiet: NodeJS.Timeout | null = null
    let sinceLook = 0

    const close = (): void => {
      if (quiet !== null) clearTimeout(quiet)
      // All that was answered is on disk already; this leaves one tidy file behind.
      tidyUp(() => {
        store.fold()
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      })
      database.close()
      lock.close()
      port?.close()
    }

    const tidy = (): void => {
      quiet = null
      tidyUp(() => {
        if (store.journalEntries >= QUIET_ENTRIES) store.fold()
        if (walPages(database) >= QUIET_WAL_PAGES) copyWal(database)
      })
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
        if (walPages(database) >= MAX_WAL_PAGES) tidyUp(() => copyWal(database))
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
  if (request instanceof ArrayBuffer) {
    try {
      return store.commit(new Uint8Array(request))
    } finally {
      // Waiting for a collection would keep megabytes of groups that are on disk already.
      request.transfer(0)
    }
  }
  switch (request.kind) {
    case 'checkpoint':
      store.putCheckpoint(request, request.state, request.knowledge)
      return null
    case 'title':
      store.putTitle(request.document, request.title)
      return null
    case 'delete':
      return store.delete(request.document, request.time)
    case 'erase':
      return store.erase(request.document)
    case 'addSnapshot':
      return store.addSnapshot(request.snapshot)
    case 'changeSnapshot':
      return store.changeSnapshot(request.document, request.id, request.changes)
    case 'milestone':
      store.putMilestone(request.document, request.seq, request.state)
      return null
    case 'dropMilestones':
      return store.dropMilestones(request.document, request.upTo)
    case 'merge':
      return store.merge(request.document, request.merges)
    case 'removeSnapshot':
      return store.removeSnapshot(request.document, request.id)
  }
}

function failure(error: unknown): WriterAnswer | Ending {
  if (error instanceof RangeError) return { kind: 'mistake', message: error.message }
  return { kind: faultOf(error) === 'fatal' ? 'fatal' : 'notSaved', message: faultText(error) }
}

/** Runs what no promise depends on: it may fail and be done another time, unless a flush failed. */
function tidyUp(run: () => void): void {
  try {
    run()
  } catch (error) {
    if (faultOf(error) === 'fatal') answer({ kind: 'fatal', message: faultText(error) })
  }
}

/** Copies the WAL into the store. Its file stays as it is and is written anew from its start: cheaper to flush. */
function copyWal(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(PASSIVE)')
}

/** Pages in the WAL that are not in the store yet. */
function walPages(database: DatabaseSync): number {
  const [, inWal, copied] = firstRow(database.prepare('PRAGMA wal_checkpoint(NOOP)')) ?? []
  return Number(inWal ?? 0) - Number(copied ?? 0)
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

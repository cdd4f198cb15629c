/**
 * A copy of a store while another process writes in it: one state of it, page by page, through read-only eyes.
 *
 * A read transaction is held throughout, so that what is committed meanwhile neither comes in nor makes it begin
 * anew. The log's lock is not touched, and nobody waits: the WAL only grows until it is over. What was copied is
 * flushed bit by bit, since one large flush in the end would hold up the flushes of those who write.
 */

import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { CannotOpen } from './port.ts'
import { PAGE_BYTES } from './sqlite-format.ts'
import { BUSY_WAIT_MS, inspect } from './sqlite-inspect.ts'
import { firstNumber } from './sqlite-row.ts'
import { syncFolder } from './sync-folder.ts'

export interface CopyOptions {
  /** The file of the store, or of another database beside it. */
  readonly from: string
  /** Whether it is looked at as a store first. */
  readonly isStore: boolean
  /** What the copy is to be called. It is there whole or not at all. */
  readonly to: string
  /** Whether it may take the place of a file that is there. */
  readonly replaces: boolean
  /** Part of the time that is spent on waiting, so that others get at the disk: 0 for none, below 1. */
  readonly idleShare: number
  /** Handed what takes back all that was made, for when the process is told to end in the middle of it. */
  readonly onBegun: (takeBack: () => void) => void
  readonly onProgress: (copiedBytes: number, allBytes: number) => void
}

export interface Copied {
  readonly bytes: number
}

/** There is something of this name already. */
export class WouldReplace extends Error {
  constructor(path: string) {
    super(`${path} is there already.`)
    this.name = 'WouldReplace'
  }
}

/** Half a megabyte a step: what a reader of the same disk may have to wait for. */
const STEP_PAGES = 128
/** Copied bytes between two flushes. */
const FLUSH_BYTES = 4 << 20

/** Rejects with CannotOpen, WouldReplace, and what the file system says. */
export async function copyStore(options: CopyOptions): Promise<Copied> {
  const { from, isStore, to, replaces, onBegun } = options
  if (!existsSync(from)) throw new CannotOpen(`There is no store at ${from}.`)
  if (isStore) inspect(from)
  if (!replaces && existsSync(to)) throw new WouldReplace(to)
  // In a folder of its own: where that is gone, nothing that is still at work makes a file again.
  const folder = join(dirname(to), `.${basename(to)}.${process.pid}.part`)
  const takeBack = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  mkdirSync(folder, { mode: 0o700 })
  onBegun(takeBack)
  const temporary = join(folder, 'copy')
  const file = openSync(temporary, 'wx+', 0o600)
  let isOpen = true
  try {
    const bytes = await copyInto(temporary, file, options)
    isOpen = false
    closeSync(file)
    if (!replaces && existsSync(to)) throw new WouldReplace(to)
    renameSync(temporary, to)
    syncFolder(dirname(to))
    takeBack()
    return { bytes }
  } catch (error) {
    if (isOpen) closeSync(file)
    takeBack()
    throw error
  }
}

async function copyInto(
  temporary: string,
  file: number,
  { from, idleShare, onProgress }: CopyOptions,
): Promise<number> {
  const source = new DatabaseSync(from, { readOnly: true, returnArrays: true, timeout: BUSY_WAIT_MS })
  try {
    source.exec('BEGIN')
    // Only a read begins the transaction.
    firstNumber(source, 'SELECT count(*) FROM sqlite_schema')
    let flushed = 0
    let stepAt = performance.now()
    const pages = await backup(source, temporary, {
      rate: STEP_PAGES,
      progress: ({ totalPages, remainingPages }) => {
        const copied = (totalPages - remainingPages) * PAGE_BYTES
        if (copied - flushed >= FLUSH_BYTES) {
          fdatasyncSync(file)
          flushed = copied
        }
        onProgress(copied, totalPages * PAGE_BYTES)
        const busyMs = performance.now() - stepAt
        // The next step begins when this returns, and nothing else is to be done meanwhile.
        pause((busyMs * idleShare) / (1 - idleShare))
        stepAt = performance.now()
      },
    })
    source.exec('COMMIT')
    // One file that needs nothing beside it, also where nothing may be written.
    standAlone(temporary)
    fsyncSync(file)
    onProgress(pages * PAGE_BYTES, pages * PAGE_BYTES)
    return pages * PAGE_BYTES
  } finally {
    source.close()
  }
}

function standAlone(path: string): void {
  const copy = new DatabaseSync(path)
  try {
    copy.exec('PRAGMA journal_mode = DELETE')
  } finally {
    copy.close()
  }
}

function pause(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

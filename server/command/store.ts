/** What commands do with the files of a data folder; with here.ts the one place of the command line that makes real things. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ACCESS_FILE } from '#server/access/sqlite-tables.ts'
import { WorkerHistory } from '#server/history/pool.ts'
import type { History } from '#server/history/port.ts'
import { CannotOpen } from '#server/log/port.ts'
import { StoreCheck } from '#server/log/sqlite-check.ts'
import { type CopyOptions, copyStore } from '#server/log/sqlite-copy.ts'
import { files } from '#server/log/sqlite-format.ts'
import { isHeld } from '#server/log/sqlite-held.ts'
import { removeRows } from '#server/log/sqlite-repair.ts'
import { notedAddress } from '#server/ops/address.ts'
import { nodeClock } from '#server/ops/time.ts'
import { Failed } from './command.ts'

export { checkAccess } from '#server/access/sqlite-check.ts'
export { agree } from '#server/history/agree.ts'
export { unpacked } from '#server/room/packing.ts'

/** The address of the server that runs on this folder; null where none does. Throws Failed. */
export function addressOf(folder: string): string | null {
  assertStore(folder)
  if (!isHeld(folder)) return null
  const address = notedAddress(folder)
  if (address !== null) return address
  throw new Failed(`Another process is using the data folder ${folder}: name the server with --url.`)
}

/** Throws Failed where no server ever ran on it: a new folder is made by a server, not by a slip of the pen. */
export function assertStore(folder: string): void {
  if (existsSync(storeIn(folder))) return
  throw new Failed(
    `There are no documents in ${folder}: no server was ever started on it. --data-dir names another folder, --url a server.`,
  )
}

export function storeIn(folder: string): string {
  return join(folder, files.store)
}

/** Who was let in by what; null where nobody ever had to sign in. */
export function accessIn(folder: string): string | null {
  return orNull(join(folder, ACCESS_FILE))
}

/** The same, beside a copy of a store. */
export function accessBeside(copy: string): string | null {
  return orNull(`${copy}.access`)
}

function orNull(path: string): string | null {
  return existsSync(path) ? path : null
}

/** Rejects with Failed. */
export async function copyOf(options: CopyOptions): Promise<{ readonly bytes: number }> {
  return asked(() => copyStore(options))
}

/** Throws Failed. */
export function checkOf(...parts: ConstructorParameters<typeof StoreCheck>): Promise<StoreCheck> {
  return asked(async () => new StoreCheck(...parts))
}

/** Rejects with Failed while a server runs. */
export function remove(...parts: Parameters<typeof removeRows>): Promise<void> {
  return asked(async () => removeRows(...parts))
}

/** What rebuilds documents, on a thread whose memory has a bound. */
export function builder(): History {
  return new WorkerHistory({ clock: nodeClock() })
}

/** What refuses to open says why in a sentence. Rejects with Failed. */
export async function asked<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof CannotOpen) throw new Failed(error.message, { cause: error })
    throw error
  }
}

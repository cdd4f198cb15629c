/** What commands do with a data folder themselves: the one place of the command line that makes real things. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { Hono } from 'hono'
import { openAccess } from '#server/access/open.ts'
import { v1 } from '#server/api/api.ts'
import { readConfig } from '#server/config.ts'
import { ContentPool } from '#server/content/pool.ts'

import { WorkerHistory } from '#server/history/pool.ts'
import type { History } from '#server/history/port.ts'
import { CannotOpen, type Log } from '#server/log/port.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { StoreCheck } from '#server/log/sqlite-check.ts'
import { type CopyOptions, copyStore } from '#server/log/sqlite-copy.ts'
import { files } from '#server/log/sqlite-format.ts'
import { isHeld } from '#server/log/sqlite-held.ts'
import { removeRows } from '#server/log/sqlite-repair.ts'
import { notedAddress } from '#server/ops/address.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { nodeChance, nodeClock } from '#server/ops/time.ts'
import { Rooms } from '#server/room/rooms.ts'
import { roomLimits } from '#server/room-limits.ts'
import { SCHEMA_VERSION } from '#shared/schema/document.ts'
import { Failed, Misused } from './command.ts'
import { Documents, type Reached } from './documents.ts'

export { agree } from '#server/history/agree.ts'

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

/** Opens the folder in this process; no server can start on it until it is closed. Rejects with Failed. */
export async function openHere(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Reached> {
  // Nothing listens here: where the server would is no concern.
  const read = readConfig({ ...env, HOST: '' }, [`--data-dir=${folder}`])
  if (read.kind !== 'config') throw new Misused(read.kind === 'refused' ? read.sentence : read.text)
  const { config } = read
  const clock = nodeClock()
  const chance = nodeChance()
  const log = await opened(folder)
  const history = new WorkerHistory({ clock })
  const content = new ContentPool({ clock })
  const failures: unknown[] = []
  const rooms = new Rooms({
    log,
    history,
    clock,
    chance,
    metrics: new Metrics(),
    limits: roomLimits(config),
    maxRooms: config.maxRooms,
    schemaVersion: SCHEMA_VERSION,
    report: () => {},
    onFatal: lost,
  })
  const api = v1({
    log,
    rooms,
    content,
    clock,
    chance,
    // Whoever may read and write the folder may do everything with what is in it.
    access: openAccess(),
    version: '',
    maxBodyBytes: config.maxFrameBytes,
    maxBodiesBytes: config.maxPostedBytes,
    maxHeld: config.maxHeldRequests,
    isOriginAllowed: () => true,
    onFailed: (error) => failures.push(error),
  })
  const app = new Hono().route('/v1', api)
  return {
    documents: new Documents(async ({ method, path, headers, body }) => {
      const response = await app.request(`http://vellum${path}`, { method, headers, body })
      const failure = failures.pop()
      if (failure !== undefined) throw failure
      return response
    }),
    async close() {
      await rooms.drain()
      await content.close()
      await history.close()
      await log.close()
    },
  }
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

function opened(folder: string): Promise<Log> {
  return asked(() => openSqliteLog({ folder, onFatal: lost }))
}

async function asked<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof CannotOpen) throw new Failed(error.message, { cause: error })
    throw error
  }
}

/** Nobody can say any more what is on disk: nothing that was not confirmed may count as done. */
function lost(error: unknown): never {
  throw new Error('the log failed, and nobody can say what is on disk', { cause: error })
}

/** A milestone's state as it was. Rejects where the bytes are none. */
export const unpacked: (bytes: Uint8Array) => Promise<Uint8Array> = promisify(inflateRaw)

/** Documents without a server: what a server makes of a data folder, made in this process, without a network. */
import { Hono } from 'hono'
import { openAccess } from '#server/access/open.ts'
import { openSignIn } from '#server/access/sign-in.ts'
import { v1 } from '#server/api/api.ts'
import { NO_DOOR } from '#server/api/router.ts'
import { readConfig } from '#server/config.ts'
import { ContentPool } from '#server/content/pool.ts'

import { WorkerHistory } from '#server/history/pool.ts'
import type { Log } from '#server/log/port.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { clientKey } from '#server/ops/client-key.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { nodeChance, nodeClock } from '#server/ops/time.ts'
import { Rooms } from '#server/room/rooms.ts'
import { roomLimits } from '#server/room-limits.ts'
import { SCHEMA_VERSION } from '#shared/schema/document.ts'
import { Misused } from './command.ts'
import { Documents, type Reached } from './documents.ts'
import { asked } from './store.ts'

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
    clientKey: clientKey(folder, chance),
    // Whoever may read and write the folder may do everything with what is in it.
    access: openAccess(),
    shares: null,
    session: { signIn: openSignIn(), isSecure: () => false, waitMs: () => 0 },
    publicUrl: null,
    version: '',
    maxBodyBytes: config.maxFrameBytes,
    maxBodiesBytes: config.maxPostedBytes,
    maxHeld: config.maxHeldRequests,
    door: NO_DOOR,
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

/** Keeps servers from the folder until it is closed. Rejects with Failed. */
export function opened(folder: string): Promise<Log> {
  return asked(() => openSqliteLog({ folder, onFatal: lost }))
}

/** Nobody can say any more what is on disk: nothing that was not confirmed may count as done. */
function lost(error: unknown): never {
  throw new Error('the log failed, and nobody can say what is on disk', { cause: error })
}

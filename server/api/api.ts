/** Everything under `/v1`. */
import { Hono } from 'hono'
import type { Access } from '#server/access/access.ts'
import { guestNames, type Names } from '#server/access/names.ts'
import type { Shares } from '#server/access/share.ts'
import type { TakingBack } from '#server/access/taken-back.ts'
import type { Content } from '#server/content/port.ts'
import type { Log } from '#server/log/port.ts'
import type { Rooms } from '#server/room/rooms.ts'
import type { AllowedPictures } from '#shared/schema/pictures.ts'
import type { Chance, Clock } from '#shared/time.ts'
import { Bodies, type Limits } from './body.ts'
import { contentOperations } from './content.ts'
import { contentPolicy } from './content-policy.ts'
import { diffOperations } from './diff.ts'
import { documentOperations } from './documents.ts'
import { historyOperations } from './history.ts'
import { listDocuments } from './list.ts'
import { openApi } from './openapi.ts'
import type { Operation } from './operation.ts'
import { fromPagesOf } from './other-origins.ts'
import { Places } from './places.ts'
import { readingPage } from './reading-page.ts'
import { Rendering } from './rendering.ts'
import { Restoring } from './restoring.ts'
import { apiRoutes, type RouterParts } from './router.ts'
import { type SessionParts, sessionOperations } from './session.ts'
import { shareOperations } from './shares.ts'
import { snapshotOperations } from './snapshots.ts'
import { tokenOperations } from './tokens.ts'
import { updateOperations } from './updates.ts'
import { Writer } from './writer.ts'

export interface ApiParts extends Pick<RouterParts, 'audit' | 'door' | 'onFailed'> {
  readonly log: Log
  readonly rooms: Rooms
  readonly content: Content
  readonly clock: Clock
  readonly chance: Chance
  /** See WriterParts; one that ends with this process without it. */
  readonly clientKey?: Uint8Array
  readonly access: Access
  readonly session: SessionParts
  /** Without them nothing is shared: in open mode. */
  readonly shares?: Shares | null
  /** Without it there are no tokens to take back: in open mode. */
  readonly takenBack?: TakingBack | null
  /** What authors are called; without it guests alone are known. */
  readonly names?: Names
  /** The address people use, without a slash at its end; null for the one a request names. */
  readonly publicUrl?: string | null
  /** From where pictures may be loaded where a browser shows what is answered; from nowhere without it. */
  readonly pictures?: AllowedPictures
  /** Whose pages may read answers, besides this server's own: none without them. */
  readonly origins?: readonly string[]
  readonly version: string
  /** Largest body. */
  readonly maxBodyBytes: number
  /** Of all bodies together. */
  readonly maxBodiesBytes: number
  readonly maxHeld: number
  /** Of one person; without it there is no limit. */
  readonly maxContentWaiting?: number
  /** Counts who came to which limit. */
  readonly limited?: Limits & { content: number }
}

const CACHE_BYTES = 16 << 20
const CLIENT_KEY_BYTES = 32
/** Content takes a worker time by its size; whole books are smaller. */
const MAX_CONTENT_BYTES = 8 << 20

/** Routes relative to `/v1`. */
export function v1(parts: ApiParts): Hono {
  const { log, rooms, content, clock, chance, names = guestNames } = parts
  const writer = new Writer({
    rooms,
    log,
    content,
    clock,
    clientKey: parts.clientKey ?? chance.bytes(CLIENT_KEY_BYTES),
  })
  const rendering = new Rendering({ log, milestones: rooms.milestones, content, cacheBytes: CACHE_BYTES })
  const maxContentBytes = Math.min(parts.maxBodyBytes, MAX_CONTENT_BYTES)
  const policy = contentPolicy(parts.pictures ?? [])
  const operations: readonly Operation[] = [
    listDocuments({ log }),
    ...documentOperations({ log, rooms, writer, maxBodyBytes: maxContentBytes }),
    ...contentOperations({
      log,
      rooms,
      clock,
      rendering,
      writer,
      policy,
      maxBodyBytes: maxContentBytes,
      maxHeld: parts.maxHeld,
      onFull: () => {
        if (parts.limited !== undefined) parts.limited.heldRequests += 1
      },
    }),
    ...snapshotOperations({
      log,
      clock,
      chance,
      names,
      rendering,
      policy,
      restoring: new Restoring({ log, clock, chance, rendering, writer }),
    }),
    ...historyOperations({ log, names }),
    ...diffOperations({ log, milestones: rooms.milestones, content, policy, names, clock }),
    ...sessionOperations(parts.session),
    ...shareOperations({ shares: parts.shares ?? null, log, clock, publicUrl: parts.publicUrl ?? null }),
    ...tokenOperations(parts.takenBack ?? null),
    ...updateOperations({ log, rooms, clock, content, maxBodyBytes: parts.maxBodyBytes }),
  ]
  const routes = new Hono()
  if (parts.origins !== undefined && parts.origins.length > 0) routes.use(fromPagesOf(parts.origins))
  const description = JSON.stringify(openApi(operations, parts.version))
  const page = readingPage(operations)
  routes.get('/openapi.json', (context) =>
    context.body(description, 200, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-cache',
    }),
  )
  routes.get('/docs', (context) =>
    context.body(page.html, 200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': page.policy,
    }),
  )
  const bodies = new Bodies({
    maxBytes: parts.maxBodiesBytes,
    bodyBytes: parts.maxBodyBytes,
    limited: parts.limited,
  })
  const places = new Places({
    maxWaiting: parts.maxContentWaiting ?? Number.POSITIVE_INFINITY,
    limited: parts.limited,
  })
  routes.route('/', apiRoutes(operations, { ...parts, bodies, places }))
  return routes
}

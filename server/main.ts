/** The one place that makes real things and joins them: settings, log, history, rooms, carriers, routes, signals. */
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SCHEMA_VERSION } from '#shared/schema/document.ts'
import { believed } from './access/believed.ts'
import { StoreFailed } from './access/store.ts'
import { Answering } from './api/answering.ts'
import { v1 } from './api/api.ts'
import { makeApp, makeListener } from './app.ts'
import { type AccessParts, makeAccess } from './compose.ts'
import { type Config, readConfig } from './config.ts'
import { ContentPool } from './content/pool.ts'
import { Door } from './gate/admission.ts'
import { watchArrivals } from './gate/arrivals.ts'
import { HttpCarriers } from './gate/http.ts'
import { Newcomers } from './gate/newcomers.ts'
import { WebSocketCarrier } from './gate/websocket.ts'
import { WorkerHistory } from './history/pool.ts'
import { CannotOpen, Damaged, type Log } from './log/port.ts'
import { openSqliteLog } from './log/sqlite.ts'
import { dropAddress, localUrl, noteAddress } from './ops/address.ts'
import { ensurePage } from './ops/build-page.ts'
import { clientKey } from './ops/client-key.ts'
import { startErasing } from './ops/erasing.ts'
import { healthRoutes } from './ops/health.ts'
import { startKeeping } from './ops/keeping.ts'
import { Lines } from './ops/lines.ts'
import { documentMark, type Logger, makeLogger } from './ops/logger.ts'
import { startMerging } from './ops/merging.ts'
import { Metrics } from './ops/metrics.ts'
import { pageRoutes } from './ops/page.ts'
import { nodeChance, nodeClock } from './ops/time.ts'
import { TALK } from './room/errand.ts'
import { Rooms } from './room/rooms.ts'
import { roomLimits } from './room-limits.ts'

const NODE_MAJOR = 26
/** Of the program, as /v1/openapi.json names it. */
const VERSION = '0.1.0'
const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** A request's head, and a request as a whole, must be there within this. */
const HEADERS_MS = 15_000
const REQUEST_MS = 30_000
/** Longer than proxies and clients keep an idle connection: whoever reuses one must not find it closed just then. */
const IDLE_MS = 65_000
/** When draining takes longer than this, what is left is cut; nothing that was acknowledged is lost by it. */
const DRAIN_MS = 8_000
/** How long answered requests may take to be taken while draining. */
const TAKEN_MS = 2_000

const exits = { refused: 2, failed: 1, unsure: 70 } as const

await main()

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) !== NODE_MAJOR)
    return stop(
      exits.refused,
      `Vellum needs Node ${NODE_MAJOR}; this is ${process.version}. Start it with "npm start".`,
    )
  const read = readConfig(process.env, process.argv.slice(2))
  if (read.kind === 'help') return void process.stdout.write(read.text)
  if (read.kind === 'refused') return stop(exits.refused, read.sentence)
  const { config } = read
  // Threads take it from the environment: compiled once, a thread starts in half the time and keeps half the memory.
  process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules', '.cache', 'compiled')
  const metrics = new Metrics()
  const onDropped = () => void metrics.counts.droppedLines++
  const logger = makeLogger(config.logLevel, Lines.standardError(onDropped))
  const log = await openLog(config, logger)
  if (log === null) return
  metrics.watchProcess()
  const clock = nodeClock()
  const history = new WorkerHistory({ clock, metrics, threads: availableParallelism() > 1 ? 2 : 1 })
  const rooms = new Rooms({
    log,
    history,
    clock,
    chance: nodeChance(),
    metrics,
    limits: roomLimits(config),
    maxRooms: config.maxRooms,
    schemaVersion: SCHEMA_VERSION,
    report: (event, { document, ...details }, error) => {
      if (error instanceof Damaged) metrics.counts.damaged += 1
      const mark = typeof document === 'string' ? { mark: documentMark(document) } : {}
      logger.warn({ ...details, ...mark, err: error }, event)
    },
    onFatal: (error) => die(logger, error),
  })
  const door = new Door(config, { clock, metrics })
  const entry = await openEntry(config, logger, onDropped)
  if (entry === null) return
  const access = believed(entry.access)
  access.onChange(() => rooms.recheck())
  const content = new ContentPool({ clock })
  const api = v1({
    origins: config.allowedOrigins,
    log,
    rooms,
    content,
    clock,
    chance: nodeChance(),
    clientKey: clientKey(config.dataDir, nodeChance()),
    access,
    shares: entry.shares,
    takenBack: entry.takenBack,
    names: entry.names,
    audit: entry.audit,
    session: {
      signIn: entry.signIn,
      isSecure: (headers) => door.isSecure(headers),
      waitMs: (address, hash) => door.signInWaitMs(address, hash),
    },
    publicUrl: config.publicUrl?.replace(/\/$/, '') ?? null,
    pictures: config.allowedPictures,
    version: VERSION,
    maxBodyBytes: config.maxFrameBytes,
    maxBodiesBytes: config.maxPostedBytes,
    maxHeld: config.maxHeldRequests,
    maxContentWaiting: config.maxContentWaiting,
    limited: metrics.limited,
    door,
    onFailed: (error) => logger.error({ err: error }, 'a request failed'),
  })
  const stopErasing = startErasing({
    log,
    clock,
    upkeep: metrics.upkeep,
    wall: Date.now,
    afterDays: config.eraseAfterDays,
    onErased: (document) => logger.info({ mark: documentMark(document) }, 'erased'),
    onFailed: (error) => logger.warn({ err: error }, 'deleted documents could not be erased'),
  })
  const stopMerging = startMerging({
    log,
    history,
    clock,
    upkeep: metrics.upkeep,
    afterDays: config.mergeAfterDays,
    onMerged: (document, fewer) => {
      rooms.milestones.forget(document)
      logger.info({ mark: documentMark(document), fewer }, 'merged')
    },
    onFailed: (error, document) => {
      const mark = document === null ? {} : { mark: documentMark(document) }
      logger.warn({ ...mark, err: error }, 'old entries could not be merged')
    },
  })
  const stopKeeping = startKeeping({
    log,
    clock,
    chance: nodeChance(),
    upkeep: metrics.upkeep,
    isOn: config.keepSnapshots,
    onFailed: (error) => logger.warn({ err: error }, 'snapshots could not be kept'),
  })
  const app = makeApp({
    isOurHost: door.isOurHost,
    health: healthRoutes({
      metrics,
      problem: () => (rooms.saving ? null : 'Edits cannot be written to disk.'),
    }),
    api,
    page: await pageRoutes({ dist: await ensurePage({ root: ROOT }), pictures: config.allowedPictures }),
    onFailed: (error) => logger.error({ err: error }, 'a request failed'),
  })
  const requests = new HttpCarriers({
    door,
    clock,
    metrics,
    rooms,
    access,
    maxFrameBytes: config.maxFrameBytes,
    maxHeld: config.maxHeldRequests,
    maxPostedBytes: config.maxPostedBytes,
    onFailed: (error) => logger.error({ err: error }, 'a request failed'),
  })
  const answering = new Answering()
  const server = createServer(makeListener(app, requests, answering))
  watchArrivals({ server, turns: door.turns, trustProxy: config.trustProxy })
  const newcomers = new Newcomers({ server, clock, metrics, max: config.maxNewcomers, withinMs: HEADERS_MS })
  server.headersTimeout = HEADERS_MS
  server.requestTimeout = REQUEST_MS
  server.keepAliveTimeout = IDLE_MS
  const { maxFrameBytes } = config
  const carrier = new WebSocketCarrier({
    server,
    door,
    access,
    clock,
    metrics,
    maxFrameBytes,
    maxPartialBytes: config.maxPartialBytes,
    firstFrameMs: config.firstFrameWithinMs,
    newcomers,
    join: (coming) => rooms.enter({ ...coming, errand: TALK }),
  })

  server.once(
    'error',
    (error: NodeJS.ErrnoException) => void closeAll().then(() => cannotListen(config, error)),
  )
  server.listen({ host: config.host, port: config.port }, () => {
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : config.port
    const host = config.host.includes(':') ? `[${config.host}]` : config.host
    noteAddress(config.dataDir, localUrl(config.host, port))
    process.stdout.write(`Vellum is ready at http://${host}:${port}\n`)
    logger.info({ port }, 'ready')
  })

  let isStopping = false
  const drain = async (signal: string): Promise<void> => {
    if (isStopping) return
    isStopping = true
    logger.info({ signal }, 'draining')
    setTimeout(() => {
      logger.error('draining took too long')
      process.exit(exits.failed)
    }, DRAIN_MS).unref()
    server.close()
    requests.drain()
    await rooms.drain()
    await Promise.all([requests.close(TAKEN_MS), answering.settled(clock, TAKEN_MS)])
    await closeAll()
    logger.info('stopped')
    process.exit(0)
  }
  const closeAll = async (): Promise<void> => {
    dropAddress(config.dataDir)
    carrier.close()
    newcomers.close()
    server.closeAllConnections()
    stopErasing()
    stopMerging()
    stopKeeping()
    await content.close()
    await history.close()
    await entry.close()
    await log.close()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void drain(signal))
}

async function openLog(config: Config, logger: Logger): Promise<Log | null> {
  try {
    return await openSqliteLog({ folder: config.dataDir, onFatal: (error) => die(logger, error) })
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error
    stop(exits.failed, error.message)
    return null
  }
}

async function openEntry(config: Config, logger: Logger, onDropped: () => void): Promise<AccessParts | null> {
  try {
    const around = {
      logger,
      clock: nodeClock(),
      chance: nodeChance(),
      onDropped,
      onFatal: (error: Error) => die(logger, error),
    }
    return await makeAccess(config, around)
  } catch (error) {
    if (!(error instanceof StoreFailed)) throw error
    stop(exits.failed, error.message)
    return null
  }
}

/** Nobody can say what is on disk: no acknowledgement may leave any more. A supervisor starts the process anew. */
function die(logger: Logger, error: unknown): void {
  logger.fatal({ err: error }, 'the log failed; ending without another acknowledgement')
  process.exit(exits.unsure)
}

function cannotListen(config: Config, error: NodeJS.ErrnoException): void {
  const where = `${config.host}:${config.port}`
  const sentences: Record<string, string> = {
    EADDRINUSE: `Port ${config.port} is taken: something else listens at ${where}.`,
    EACCES: `This user may not listen at ${where}.`,
  }
  stop(
    exits.failed,
    sentences[error.code ?? ''] ?? `Cannot listen at ${where} (${error.code ?? error.message}).`,
  )
}

/** One sentence for the person who started it. */
function stop(code: number, sentence: string): void {
  process.stderr.write(`${sentence}\n`)
  process.exit(code)
}

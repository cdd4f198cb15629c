/** One life of the server: the real rooms over a log that may fail. A crash takes everything but the disk. */
import { standingOf } from '#server/access/access.ts'
import { ANONYMOUS } from '#server/access/principal.ts'
import { InlineHistory } from '#server/history/inline.ts'
import type { Log } from '#server/log/port.ts'
import { Metrics } from '#server/ops/metrics.ts'
import type { Channel, ChannelEvents } from '#server/room/channel.ts'
import type { RoomLimits } from '#server/room/limits.ts'
import { Rooms } from '#server/room/rooms.ts'
import { documentId } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import type { SeededChance } from './chance.ts'

export const DOCUMENT = documentId('simulated') ?? raise()

export interface ServerLifeOptions {
  readonly clock: Clock
  readonly chance: SeededChance
  readonly log: Log
  /** Bytes queued on a channel beyond which it lags. */
  readonly queueBytes: number
  readonly report: (event: string, error: unknown) => void
}

export class ServerLife {
  readonly clock: LifeClock
  readonly metrics = new Metrics()
  readonly rooms: Rooms

  constructor(options: ServerLifeOptions) {
    this.clock = new LifeClock(options.clock)
    const limits: RoomLimits = {
      frameBytes: 1 << 20,
      documentBytes: 64 << 20,
      updatesPerSecond: 1_000,
      newClientsPerMinute: 1_000,
      signalsPerSecond: 1_000,
      answerBytesPerSecond: 8 << 20,
      bytesPerSecond: 8 << 20,
      lookMs: Number.POSITIVE_INFINITY,
      workerMsPerSecond: 250,
      waitingBytes: 64 << 20,
      presenceBytes: 4 << 10,
      queueBytes: options.queueBytes,
      update: { clients: 1_000, documentClients: 10_000, depth: 32, roots: 8, nameLength: 200 },
    }
    this.rooms = new Rooms({
      log: options.log,
      history: new InlineHistory(),
      clock: this.clock,
      chance: options.chance,
      metrics: this.metrics,
      limits,
      maxRooms: 10,
      schemaVersion: 1,
      report: (event, _, error) => options.report(event, error),
      onFatal: (error) => options.report('fatal', error),
    })
  }

  join(channel: Channel): ChannelEvents {
    return this.rooms.join(DOCUMENT, channel, standingOf(ANONYMOUS))
  }

  /** A polite end: what arrived is committed first. */
  drain(): Promise<void> {
    return this.rooms.drain()
  }

  die(): void {
    this.clock.stop()
  }
}

/** A clock that stops with the process that had it. */
export class LifeClock implements Clock {
  readonly #clock: Clock
  #stopped = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  wall(): number {
    return this.#clock.wall()
  }

  after(ms: number, run: () => void): () => void {
    return this.#clock.after(ms, () => {
      if (!this.#stopped) run()
    })
  }

  stop(): void {
    this.#stopped = true
  }
}

function raise(): never {
  throw new RangeError('not a document id')
}

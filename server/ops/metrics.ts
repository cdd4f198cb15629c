/**
 * What the server counts about itself, and how Prometheus reads it.
 *
 * The path of a keystroke only adds to plain number fields; names, labels and text are made when somebody reads.
 * No metric carries a document id, an address or content.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type CodeName, codes } from '#shared/codes.ts'
import { type Carriers, carrierMetrics } from './carrier-metrics.ts'
import { type Limited, limitMetrics } from './limit-metrics.ts'
import { processMetrics } from './process-metrics.ts'
import { type Upkeep, upkeepMetrics } from './upkeep-metrics.ts'

/** Only ever added to. */
export class Counts {
  framesIn = 0
  framesOut = 0
  bytesIn = 0
  bytesOut = 0
  commits = 0
  failedCommits = 0
  entries = 0
  entryBytes = 0
  duplicates = 0
  gaps = 0
  stripped = 0
  presenceFrames = 0
  catchUps = 0
  checkpoints = 0
  healed = 0
  damaged = 0
  historyTurnedAway = 0
  slowed = 0
  historyMs = 0
  droppedLines = 0
}

/** What there is at the moment: whoever adds takes away again. */
export class Levels {
  rooms = 0
  channels = 0
  /** Channels whose queue was dropped and that wait for their catch-up. */
  laggingChannels = 0
  /** Edits taken in and not yet committed. */
  waitingEntries = 0
  waitingBytes = 0
  /** 1 while the log cannot commit, else 0. */
  notSaving = 0
  /** Questions and builds that wait for a worker thread. */
  historyWaiting = 0
  /** Connections that have not said a whole request yet. */
  newcomers = 0
  /** Bytes of WebSocket messages of which the rest has not come yet. */
  partialBytes = 0
}

const counterHelp: Record<keyof Counts, readonly [name: string, help: string]> = {
  framesIn: ['frames_in_total', 'Frames received'],
  framesOut: ['frames_out_total', 'Frames handed to channels'],
  bytesIn: ['bytes_in_total', 'Bytes of frames received'],
  bytesOut: ['bytes_out_total', 'Bytes handed to channels'],
  commits: ['commits_total', 'Groups committed to the log'],
  failedCommits: ['failed_commits_total', 'Groups that the disk refused and that were rolled back'],
  entries: ['entries_total', 'Entries committed'],
  entryBytes: ['entry_bytes_total', 'Bytes of the updates in committed entries'],
  duplicates: ['duplicates_total', 'Updates acknowledged without storing since the log held them'],
  gaps: ['gaps_total', 'Updates of which a part was dropped since it depends on what the log lacks'],
  stripped: ['stripped_total', 'Updates of which a part was not allowed and left out'],
  presenceFrames: ['presence_frames_total', 'Presence frames received'],
  catchUps: ['catch_ups_total', 'Catch-ups sent to channels that lagged or resumed'],
  checkpoints: ['checkpoints_total', 'Checkpoints built'],
  healed: ['healed_total', 'Checkpoints taken from a fixed point, since replay and reload differed'],
  damaged: ['damaged_total', 'Stored rows that could not be read'],
  slowed: ['slowed_total', 'Times a channel was not read for a while since it went too fast'],
  historyTurnedAway: [
    'history_turned_away_total',
    'Questions to a worker thread that were turned away since too many waited',
  ],
  droppedLines: ['dropped_lines_total', 'Lines of the log, or of the audit log, that could not be written'],
  historyMs: ['history_milliseconds_total', 'Milliseconds that worker threads worked on documents'],
}

const levelHelp: Record<keyof Levels, readonly [name: string, help: string]> = {
  rooms: ['rooms', 'Documents that are open'],
  channels: ['channels', 'Channels that are open'],
  laggingChannels: ['lagging_channels', 'Channels whose queue was dropped and that wait for their catch-up'],
  waitingEntries: ['waiting_entries', 'Edits taken in and not yet committed'],
  waitingBytes: [
    'waiting_bytes',
    'Bytes of edits taken in and not yet committed, or that a worker is asked about',
  ],
  notSaving: ['not_saving', '1 while the log cannot commit'],
  newcomers: ['newcomers', 'Connections that have not said a whole request yet'],
  partialBytes: ['partial_bytes', 'Bytes of unfinished frames that channels have sent'],
  historyWaiting: ['history_waiting', 'Questions and builds that wait for a worker thread'],
}

const MS_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30]
const SIZE_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500]

export class Metrics {
  readonly counts = new Counts()
  readonly levels = new Levels()
  /** Updates refused, by code: `metrics.refused.malformed++`. */
  readonly refused: Record<CodeName, number> = zeroes()
  /** Channels this server ended, by code: see `closedWith`. */
  readonly closed: Record<CodeName, number> = zeroes()
  readonly registry = new Registry()
  readonly carriers: Carriers = carrierMetrics(this.registry)
  /** Who was turned away, or cut, at which limit: `metrics.limited.requests += 1`. */
  readonly limited: Limited = limitMetrics(this.registry)
  /** What the server does by itself: `metrics.upkeep.done.milestones += 1`. */
  readonly upkeep: Upkeep = upkeepMetrics(this.registry)
  readonly #groupSize: Histogram
  readonly #commitSeconds: Histogram

  constructor() {
    const { registry } = this
    const registers = [registry]
    for (const key of keys(counterHelp)) {
      const [name, help] = counterHelp[key]
      const read = () => this.counts[key]
      new Counter({
        name: `vellum_${name}`,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(read())
        },
      })
    }
    for (const key of keys(levelHelp)) {
      const [name, help] = levelHelp[key]
      const read = () => this.levels[key]
      new Gauge({
        name: `vellum_${name}`,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    }
    byCode(registry, 'refused_total', 'Updates refused, by code', this.refused)
    byCode(registry, 'closed_total', 'Channels ended by the server, by code', this.closed)
    this.#groupSize = new Histogram({
      name: 'vellum_group_entries',
      help: 'Entries in a committed group',
      registers,
      buckets: SIZE_BUCKETS,
    })
    this.#commitSeconds = new Histogram({
      name: 'vellum_commit_seconds',
      help: 'From handing a group to the log until it is on disk',
      registers,
      buckets: MS_BUCKETS,
    })
  }

  /** Once for each group that is on disk. */
  committed(group: { readonly entries: number; readonly bytes: number; readonly durationMs: number }): void {
    this.counts.commits++
    this.counts.entries += group.entries
    this.counts.entryBytes += group.bytes
    this.#groupSize.observe(group.entries)
    this.#commitSeconds.observe(group.durationMs / 1000)
  }

  /** A channel this server ended with a code of shared/codes.ts; other codes are not counted. */
  closedWith(code: number): void {
    for (const key of keys(codes)) if (codes[key].code === code) this.closed[key]++
  }

  /** Adds what Node itself knows: memory, processor time, how busy its event loop is. Once a process. */
  watchProcess(): void {
    processMetrics(this.registry)
  }
}

function byCode(registry: Registry, name: string, help: string, counts: Record<CodeName, number>): void {
  new Counter({
    name: `vellum_${name}`,
    help,
    registers: [registry],
    labelNames: ['code'],
    collect() {
      this.reset()
      for (const key of keys(codes)) this.inc({ code: codes[key].code }, counts[key])
    },
  })
}

function zeroes(): Record<CodeName, number> {
  const counts: Partial<Record<CodeName, number>> = {}
  for (const key of keys(codes)) counts[key] = 0
  return counts as Record<CodeName, number>
}

function keys<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[]
}

/** The real rooms over a log in memory, in time that passes when told to: one process as its rooms see it. */
import * as Y from 'yjs'
import { standingOf } from '#server/access/access.ts'
import { ANONYMOUS, type Principal } from '#server/access/principal.ts'
import { InlineHistory } from '#server/history/inline.ts'
import type { History } from '#server/history/port.ts'
import { MemoryLog } from '#server/log/memory.ts'
import type { Batch, Log } from '#server/log/port.ts'
import { Metrics } from '#server/ops/metrics.ts'
import type { Dialect } from '#server/room/channel.ts'
import { TALK } from '#server/room/errand.ts'
import type { RoomLimits } from '#server/room/limits.ts'
import { Rooms } from '#server/room/rooms.ts'
import { type Frame, type Resume, VERSION } from '#shared/frame.ts'
import { type DocumentId, documentId, epoch, NONE, type SessionId, seq, sessionId } from '#shared/id.ts'
import { SeededChance } from '#tests/simulation/chance.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'
import { NetworkEnd } from './channel.ts'

export const NO_CLOCKS = Uint8Array.of(0)
export const SESSION = sessionId('00000000000000a1')
export const OTHER_SESSION = sessionId('00000000000000b2')

export interface HouseOptions {
  readonly limits?: Partial<RoomLimits>
  readonly maxRooms?: number
  /** What stands between the rooms and the log, or history. */
  readonly log?: (disk: MemoryLog) => Log
  readonly history?: (history: History) => History
}

export class House {
  readonly clock = new VirtualClock()
  readonly metrics = new Metrics()
  readonly rooms: Rooms
  readonly disk: MemoryLog
  readonly reports: string[] = []
  readonly fatal: unknown[] = []
  /** Every group that was handed to the log. */
  readonly groups: (readonly Batch[])[] = []
  readonly document: DocumentId = named('plan')
  #held: (() => void)[] | null = null

  constructor(options: HouseOptions = {}) {
    const { clock, metrics } = this
    this.disk = new MemoryLog({ wall: () => clock.wall(), before: (group) => this.#before(group) })
    const history = new InlineHistory()
    this.rooms = new Rooms({
      log: options.log?.(this.disk) ?? this.disk,
      history: options.history?.(history) ?? history,
      clock,
      chance: new SeededChance(1),
      metrics,
      limits: { ...LIMITS, ...options.limits },
      maxRooms: options.maxRooms ?? 10,
      schemaVersion: 1,
      report: (event) => this.reports.push(event),
      onFatal: (error) => this.fatal.push(error),
    })
  }

  /** Somebody opens the document; a `vellum` channel has not asked for anything yet, nor has a `yjs` one. */
  async arrive(
    dialect: Dialect,
    options: { by?: Principal; document?: DocumentId; address?: string } = {},
  ): Promise<NetworkEnd> {
    const { by = ANONYMOUS, document = this.document, ...from } = options
    const end = new NetworkEnd(dialect)
    const standing = standingOf(by)
    end.attach(this.rooms.enter({ document, channel: end, standing, errand: TALK, ...from }))
    await this.clock.pass(0)
    return end
  }

  /** Somebody who has everything there is, and what comes from now on. */
  async sit(
    dialect: Dialect,
    options: Partial<Resume> & { by?: Principal; address?: string } = {},
  ): Promise<NetworkEnd> {
    const { by, address, ...resume } = options
    const end = await this.arrive(dialect, {
      ...(by !== undefined && { by }),
      ...(address !== undefined && { address }),
    })
    end.say(dialect === 'yjs' ? { type: 'step1', stateVector: NO_CLOCKS } : resumeFrame(resume))
    await this.clock.pass(0)
    end.news()
    return end
  }

  /** Commits wait until `release`. */
  hold(): void {
    this.#held ??= []
  }

  async release(): Promise<void> {
    const held = this.#held ?? []
    this.#held = null
    for (const go of held) go()
    await this.clock.pass(0)
  }

  /** Writes into the log as another process would: behind the room's back. */
  async appendElsewhere(updates: readonly Uint8Array[], kind: 'any' | 'page' = 'any'): Promise<void> {
    const outline = await this.disk.outline(this.document)
    const held = this.#held
    this.#held = null
    await this.disk.commit([
      {
        document: this.document,
        head: outline.head,
        epoch: outline.epoch === '' ? epoch('00000000000000e9') : outline.epoch,
        kind,
        entries: updates.map((update) => ({ update, author: 'elsewhere', push: null })),
      },
    ])
    this.#held = held
    this.groups.pop()
  }

  /** What the log holds, entry by entry. */
  async entries(document = this.document): Promise<readonly Uint8Array[]> {
    const entries = await this.disk.read(document, seq(0), Number.POSITIVE_INFINITY)
    return entries.map(({ update }) => update)
  }

  /** The document as the log holds it. */
  async stored(): Promise<Y.Doc> {
    return docOf(await this.entries())
  }

  async #before(group: readonly Batch[]): Promise<void> {
    this.groups.push(group)
    const held = this.#held
    if (held !== null) await new Promise<void>((resolve) => held.push(resolve))
  }
}

export const LIMITS: RoomLimits = {
  frameBytes: 1 << 20,
  documentBytes: 64 << 20,
  updatesPerSecond: 1_000,
  newClientsPerMinute: 120,
  signalsPerSecond: 1_000,
  answerBytesPerSecond: 8 << 20,
  bytesPerSecond: 8 << 20,
  lookMs: 4_000,
  workerMsPerSecond: 250,
  waitingBytes: 64 << 20,
  presenceBytes: 4 << 10,
  queueBytes: 64 << 10,
  update: { clients: 1_000, documentClients: 10_000, depth: 32, roots: 8, nameLength: 200 },
}

export function named(name: string): DocumentId {
  const id = documentId(name)
  if (id === null) throw new RangeError(`not the name of a document: ${name}`)
  return id
}

/** What a client says that holds nothing and has one outbox; `change` for one that holds something. */
export function resumeFrame(change: Partial<Resume> = {}): Frame {
  return {
    type: 'resume',
    version: VERSION,
    epoch: epoch(''),
    seq: seq(0),
    hash: NONE,
    kind: 'any',
    schemaVersion: 1,
    sessions: [{ session: SESSION, oldest: 1 }],
    stateVector: NO_CLOCKS,
    ...change,
  }
}

export function push(number: number, update: Uint8Array, session: SessionId = SESSION): Frame {
  return { type: 'push', session, number, update }
}

export function update(bytes: Uint8Array): Frame {
  return { type: 'update', update: bytes }
}

export function docOf(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  for (const one of updates) Y.applyUpdate(doc, one)
  return doc
}

/** Everything these frames make of a document. */
export function shown(frames: readonly Frame[], doc = new Y.Doc()): Y.Doc {
  for (const frame of frames) {
    if (frame.type === 'update' || frame.type === 'step2') Y.applyUpdate(doc, frame.update)
    if (frame.type === 'entries') for (const one of frame.updates) Y.applyUpdate(doc, one)
  }
  return doc
}

export function textOf(doc: Y.Doc): string {
  return doc.getText('text').toString()
}

/** Somebody's replica: every edit as the update a client would send. */
export class Author {
  readonly doc = new Y.Doc()
  readonly edits: Uint8Array[] = []

  constructor(client: number) {
    this.doc.clientID = client
    this.doc.on('update', (one: Uint8Array, origin: unknown) => {
      if (origin !== 'received') this.edits.push(one)
    })
  }

  /** Writes at the end; returns the update. */
  writes(text: string): Uint8Array {
    const target = this.doc.getText('text')
    target.insert(target.length, text)
    return this.last
  }

  deletes(at: number, length: number): Uint8Array {
    this.doc.getText('text').delete(at, length)
    return this.last
  }

  receive(one: Uint8Array): this {
    Y.applyUpdate(this.doc, one, 'received')
    return this
  }

  get last(): Uint8Array {
    const last = this.edits.at(-1)
    if (last === undefined) throw new Error('nothing was written yet')
    return last
  }

  get state(): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc)
  }

  get stateVector(): Uint8Array {
    return Y.encodeStateVector(this.doc)
  }
}

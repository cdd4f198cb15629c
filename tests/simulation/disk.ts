/**
 * The log as one life of the server sees it: slow, sometimes full, sometimes unreadable, and gone with the life.
 * What it has stored lies in a MemoryLog that outlives every server.
 */
import type { MemoryLog } from '#server/log/memory.ts'
import type { Past } from '#server/log/past.ts'
import {
  type AskedPushes,
  type AskedStretches,
  type Batch,
  type BatchResult,
  type Checkpoint,
  type Entry,
  type ListedDocument,
  type ListPlace,
  type Log,
  NotSaved,
  type Outline,
  type Snapshots,
  type Stretch,
} from '#server/log/port.ts'
import type { DocumentId, Seq } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import type { SeededChance } from './chance.ts'

/** What the disk does to this life at the moment. */
export interface Weather {
  readonly isFull: () => boolean
  /** Whether reading fails, this time. */
  readonly cannotRead: () => boolean
  /** How long this commit takes before it is stored, and until the server learns of it. */
  readonly commitMs: () => readonly [before: number, after: number]
  /** A commit has begun: a good moment for a crash. */
  readonly onCommit: (beforeMs: number, afterMs: number) => void
}

const READ_MS = 2

export class LifeLog implements Log {
  readonly #disk: MemoryLog
  readonly #clock: Clock
  readonly #chance: SeededChance
  readonly #weather: Weather
  /** The group between "handed over" and "stored". */
  #unstored: readonly Batch[] | null = null
  #isDead = false

  constructor(options: { disk: MemoryLog; clock: Clock; chance: SeededChance; weather: Weather }) {
    this.#disk = options.disk
    this.#clock = options.clock
    this.#chance = options.chance
    this.#weather = options.weather
  }

  /** No errand of the simulation makes one. */
  get snapshots(): Snapshots {
    return this.#disk.snapshots
  }

  get past(): Past {
    return this.#disk.past
  }

  /** The process is killed. What was on its way to the disk arrives or does not: never a part of a group. */
  async die(): Promise<void> {
    this.#isDead = true
    const unstored = this.#unstored
    this.#unstored = null
    if (unstored !== null && this.#chance.is(0.5)) await this.#disk.commit(unstored)
  }

  async commit(group: readonly Batch[]): Promise<readonly BatchResult[]> {
    const [beforeMs, afterMs] = this.#weather.commitMs()
    this.#unstored = group
    this.#weather.onCommit(beforeMs, afterMs)
    await this.#pass(beforeMs)
    if (this.#weather.isFull()) {
      this.#unstored = null
      throw new NotSaved('the disk is full')
    }
    this.#unstored = null
    const results = await this.#disk.commit(group)
    await this.#pass(afterMs)
    return results
  }

  stretches(document: DocumentId, asked: AskedStretches): Promise<readonly Stretch[]> {
    return this.#read(() => this.#disk.stretches(document, asked))
  }

  outline(document: DocumentId): Promise<Outline> {
    return this.#read(() => this.#disk.outline(document))
  }

  read(document: DocumentId, after: Seq, maxBytes: number): Promise<readonly Entry[]> {
    return this.#read(() => this.#disk.read(document, after, maxBytes))
  }

  checkpoint(document: DocumentId): Promise<Checkpoint | null> {
    return this.#read(() => this.#disk.checkpoint(document))
  }

  async putCheckpoint(document: DocumentId, checkpoint: Checkpoint): Promise<void> {
    await this.#pass(READ_MS)
    return this.#disk.putCheckpoint(document, checkpoint)
  }

  pushes(document: DocumentId, asked: AskedPushes): Promise<ReadonlyMap<number, string>> {
    return this.#read(() => this.#disk.pushes(document, asked))
  }

  list(limit: number, after: ListPlace | null = null): Promise<readonly ListedDocument[]> {
    return this.#read(() => this.#disk.list(limit, after))
  }

  describe(document: DocumentId): Promise<ListedDocument | null> {
    return this.#read(() => this.#disk.describe(document))
  }

  async putTitle(document: DocumentId, title: string): Promise<void> {
    await this.#pass(READ_MS)
    return this.#disk.putTitle(document, title)
  }

  async delete(document: DocumentId): Promise<boolean> {
    await this.#pass(READ_MS)
    return this.#disk.delete(document)
  }

  erasable(before: number, limit: number): Promise<readonly DocumentId[]> {
    return this.#read(() => this.#disk.erasable(before, limit))
  }

  async erase(document: DocumentId): Promise<boolean> {
    await this.#pass(READ_MS)
    return this.#disk.erase(document)
  }

  async close(): Promise<void> {
    this.#isDead = true
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    await this.#pass(this.#chance.between(0, READ_MS))
    if (this.#weather.cannotRead()) throw new Error('the disk cannot be read')
    return read()
  }

  /** Never resolves for a dead server: nothing it waited for happens any more. */
  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, () => {
        if (!this.#isDead) resolve()
      })
    })
  }
}

/**
 * One document on this device: loaded before anybody writes into it, kept from then on, shared with the other tabs of
 * this browser.
 */
import type { LocalDocument, Position, Recorder } from '#client/document/local-document.ts'
import { codes } from '#shared/codes.ts'
import type { DocumentId, SessionId } from '#shared/id.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import { storeless } from './absent.ts'
import { Keeping } from './keeping.ts'
import { type Locks, outboxLock } from './locks.ts'
import { Neighbours } from './neighbours.ts'
import { type DeviceStatus, isSaidAlike } from './status.ts'
import type { Ended, Facts, Store, StoredDocument, StoredUpdate } from './store.ts'
import { NoAnswer } from './store.ts'
import type { JoinTabs } from './tabs.ts'

export interface DeviceDocumentOptions {
  readonly id: DocumentId
  readonly document: LocalDocument
  /** Rejects where there is none. */
  readonly store: Promise<Store>
  readonly joinTabs: JoinTabs
  readonly locks: Locks
  readonly clock: Clock
  /** Calls `run` when nobody would notice; what `isHeavy` when nobody looks. Returns the undo. */
  readonly whenIdle: (run: () => void, isHeavy: boolean) => Cancel
  /** More records in the log than this are put together in a quiet moment. Default 400. */
  readonly compactRecords?: number
  /** What is said of the document beside its content. */
  readonly describe: () => Pick<Facts, 'title' | 'kind' | 'role' | 'schemaVersion'>
}

/** A store that does not answer within this is done without: the page must open. */
const LOAD_MS = 3_000
const COMPACT_RECORDS = 400
/** Encoding more than this would be felt by somebody who types. */
const HEAVY_BYTES = 200_000
/** Beyond this many times as many records opening would be felt, too. */
const MOST_PATIENT = 25

export class DeviceDocument implements Recorder {
  readonly #options: DeviceDocumentOptions
  readonly #session: SessionId
  readonly #neighbours: Neighbours
  readonly #listeners = new Set<() => void>()
  #releaseOwn: () => void = () => undefined
  #keeping: Keeping | null = null
  #store: Store = storeless('absent')
  #ended: Ended | null = null
  #found = false
  #openedAt = 0
  #changedAt = 0
  #published: DeviceStatus = { kind: 'loading' }
  #compacting: Cancel | null = null
  #closed = false

  constructor(options: DeviceDocumentOptions) {
    this.#options = options
    const { document, id, joinTabs, locks } = options
    this.#session = document.outbox.session
    this.#neighbours = new Neighbours({ id, document, joinTabs, locks, onHeard: () => this.#find() })
  }

  get status(): DeviceStatus {
    return this.#keeping?.status ?? { kind: 'loading' }
  }

  /** Nothing may be written before. */
  get loaded(): boolean {
    return this.#keeping !== null
  }

  /** There is a text to show without a server. */
  get found(): boolean {
    return this.#found
  }

  /** Changes of this tab that are neither acknowledged nor kept. */
  get atRisk(): number {
    return this.#keeping?.unkept ?? 0
  }

  get ended(): Ended | null {
    return this.#ended
  }

  /** Calls `changed` after anything above has that people are told of, a write that ended included; returns its undo. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  /** Reads what is kept; resolves, with what was known, when the document may be shown and written. Never rejects. */
  async load(): Promise<Facts | null> {
    const { document, clock } = this.#options
    this.#openedAt = clock.wall()
    this.#changedAt = this.#openedAt
    const [stored] = await Promise.all([this.#read(), this.#live()])
    if (this.#closed) return null
    const keeping = this.#begin(stored)
    document.outbox.onSettled((changes) => this.#settled(changes))
    document.keep(this)
    const sessions = (stored?.changes ?? []).map(({ writer }) => writer)
    this.#neighbours.begin({ keeping, store: this.#store }, sessions)
    if (stored !== null) keeping.gathering.factsChanged()
    this.#compactLater()
    this.#publish()
    return stored?.facts ?? null
  }

  /** Makes the document here, whether or not a server can be reached. */
  create(): void {
    this.#keeping?.gathering.factsChanged(true)
    this.#find()
  }

  /** What is said of the document is another. */
  described(): void {
    this.#keeping?.gathering.factsChanged()
  }

  /** What the server finally said; null where it let this client in again. */
  end(ended: Ended | null): void {
    if (ended?.code === this.#ended?.code) return
    this.#ended = ended
    // Whatever the server may have under this name one day, it is not this.
    if (ended?.code === codes.deleted.code) this.#bind()
    this.#keeping?.gathering.factsChanged()
    this.#publish()
  }

  /** Writes what is left, and leaves. What is not acknowledged stays for another tab. May be called twice. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#compacting?.()
    this.#neighbours.part()
    this.#listeners.clear()
    this.#keeping?.close()
    await this.#keeping?.atRest()
    this.#neighbours.close()
    this.#releaseOwn()
  }

  // What happens in this tab.

  changed(update: Uint8Array): void {
    this.#changedAt = this.#options.clock.wall()
    this.#keeping?.gathering.changed(update)
  }

  received(update: Uint8Array): void {
    this.#changedAt = this.#options.clock.wall()
    this.#keeping?.gathering.received(update)
    this.#compactLater()
  }

  shared(update: Uint8Array): void {
    this.#keeping?.gathering.shared(update)
  }

  moved(position: Position, isReset: boolean): void {
    this.#keeping?.gathering.moved(position, isReset)
  }

  #settled(changes: readonly Uint8Array[]): void {
    const orders = changes.flatMap((change) => this.#keeping?.gathering.placeOf(change)?.order ?? [])
    this.#bind()
    this.#keeping?.gathering.settled(changes)
    this.#neighbours.settle(orders)
  }

  #bind(): void {
    this.#options.document.bind()
    this.#keeping?.gathering.bind()
  }

  #find(): void {
    if (this.#found) return
    this.#found = true
    this.#publish()
  }

  /** From before its first change is stored others know that this tab lives. */
  #live(): Promise<void> {
    const { locks, clock } = this.#options
    return new Promise((resolve) => {
      const late = clock.after(LOAD_MS, resolve)
      this.#releaseOwn = locks.acquire(outboxLock(this.#session), () => {
        late()
        resolve()
      })
    })
  }

  async #read(): Promise<StoredDocument | null> {
    const { store, id, clock } = this.#options
    let late: Cancel = () => undefined
    const tooLate = new Promise<never>((_, reject) => {
      late = clock.after(LOAD_MS, () => reject(new NoAnswer('the store does not answer')))
    })
    const reading = store.then(async (opened) => ({ opened, stored: await opened.load(id) }))
    try {
      const read = await Promise.race([reading, tooLate])
      this.#store = read.opened
      return read.stored
    } catch (error) {
      // There is no store, or it cannot be read: the page works without, and says so.
      if (error instanceof NoAnswer) this.#store = storeless('silent')
      return null
    } finally {
      late()
    }
  }

  #begin(stored: StoredDocument | null): Keeping {
    const { document, clock, id, describe } = this.#options
    if (stored !== null) {
      const { position, facts, log, changes } = stored
      const { isBound, epoch, seq, hash } = position
      document.hold({ updates: updatesIn([...log, ...changes]), position: { epoch, seq, hash }, isBound })
      this.#found = true
      this.#ended = facts.ended
      this.#changedAt = facts.changedAt
      for (const change of changes) document.elsewhere.add(change.writer, [{ ...change, isKept: true }])
    }
    this.#keeping = new Keeping({
      store: this.#store,
      clock,
      document: id,
      session: this.#session,
      stored,
      facts: () => ({
        ...describe(),
        openedAt: this.#openedAt,
        changedAt: this.#changedAt,
        ended: this.#ended,
      }),
      holds: () => ({ state: document.since(NOTHING), changes: document.outbox.recorded() }),
      onLost: () => document.elsewhere.lost(),
      onTold: (changes, areKept) => this.#tell(changes, areKept),
      onStatus: () => this.#changedStatus(),
    })
    return this.#keeping
  }

  #tell(changes: readonly StoredUpdate[], areKept: boolean): void {
    if (this.#closed) return
    this.#neighbours.tell(changes, areKept)
    this.#compactLater()
    this.#found = true
    // More is kept than before, and who counts what is kept must not say so earlier.
    this.#publish()
  }

  // Quiet moments.

  #compactLater(): void {
    const keeping = this.#keeping
    const { compactRecords = COMPACT_RECORDS, whenIdle } = this.#options
    if (keeping === null || this.#compacting !== null || this.#closed) return
    const { records, bytes } = keeping
    if (records <= compactRecords) return
    const isHeavy = bytes > HEAVY_BYTES && records < compactRecords * MOST_PATIENT
    this.#compacting = whenIdle(() => void this.#compact(keeping), isHeavy)
  }

  async #compact(keeping: Keeping): Promise<void> {
    const { document } = this.#options
    try {
      await keeping.compact((others) => {
        document.share(others, true)
        return document.since(NOTHING)
      })
    } catch {
      // The log stays as it is, and long: the next quiet moment tries again.
    }
    this.#compacting = null
  }

  #changedStatus(): void {
    if (!isSaidAlike(this.status, this.#published)) this.#publish()
  }

  #publish(): void {
    this.#published = this.status
    for (const changed of [...this.#listeners]) changed()
  }
}

/** The state vector of a document that holds nothing. */
const NOTHING = Uint8Array.of(0)

function updatesIn(records: readonly StoredUpdate[]): readonly Uint8Array[] {
  return records.map(({ update }) => update)
}

/**
 * Writes one document to the store: what was gathered, one transaction at a time, and says what is kept.
 *
 * Invariants: what was gathered is forgotten only when its transaction is complete; within a transaction and from one to
 * the next everything is in the order in which it happened. It knows no tabs and no server.
 */
import type { DocumentId, SessionId } from '#shared/id.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import { type Buffer, bytesOf, isEmpty, place } from './buffer.ts'
import { Gathering } from './gathering.ts'
import { type DeviceStatus, type NotKept, sameDeviceStatus } from './status.ts'
import type { Facts, Failure, Place, Store, StoredDocument, StoredUpdate } from './store.ts'

export interface KeepingOptions {
  readonly store: Store
  readonly clock: Clock
  readonly document: DocumentId
  readonly session: SessionId
  /** What was loaded; null for a document that is not here yet. */
  readonly stored: StoredDocument | null
  /** Read anew for every write. */
  readonly facts: () => Facts
  /** All that this tab holds, for a store that was lost: the whole document, and its own unacknowledged changes. */
  readonly holds: () => { readonly state: Uint8Array; readonly changes: readonly Uint8Array[] }
  /** The store was lost, with what other tabs had there; returns what of that is known. */
  readonly onLost: () => readonly StoredUpdate[]
  /** Unacknowledged changes that other tabs may hear of: they are in the store, or it does not take them. Each once. */
  readonly onTold: (changes: readonly StoredUpdate[], areKept: boolean) => void
  readonly onStatus: () => void
}

/** Between tries after a failure: room may be made, a disk may come back. Doubles up to the second. */
const RETRY_MS = 1_000
const MAX_RETRY_MS = 30_000
/** A write that takes longer than this is not called kept any more; it is waited for all the same. */
const PATIENCE_MS = 5_000
/** Records that a store which refuses them may leave waiting here; then the whole document takes their place. */
const MAX_REFUSED_RECORDS = 1_000

export class Keeping {
  /** Whatever happens to the document is told to it. */
  readonly gathering: Gathering
  readonly #options: KeepingOptions
  /** The write on its way. */
  #writing: Buffer | null = null
  #exists: boolean
  /** Records of the log that the document contains. */
  readonly #contained: Place[]
  #bytes: number
  #trouble: NotKept | null = null
  #retryMs = RETRY_MS
  #timer: Cancel | null = null
  #status: DeviceStatus = { kind: 'kept' }
  #closed = false
  #scheduled = false
  #idle: Array<() => void> = []
  #whenWritten: Array<() => void> = []
  /** Changes up to this order have been told. */
  #told = 0
  /** Counts how often the store was lost: a write from before is of another one. */
  #stores = 0
  readonly #unsubscribe: () => void

  constructor(options: KeepingOptions) {
    this.#options = options
    const { stored, store, session } = options
    this.#exists = stored !== null
    this.gathering = new Gathering({
      session,
      stored,
      isHere: () => this.#exists || this.#writing !== null,
      onMore: () => this.#schedule(),
    })
    this.#contained = (stored?.log ?? []).map(place)
    this.#bytes = bytesOf(stored?.log ?? [])
    this.#unsubscribe = store.onLost(() => this.#lost())
  }

  get status(): DeviceStatus {
    return this.#status
  }

  /** Changes of this tab, not acknowledged, whose transaction is not complete. */
  get unkept(): number {
    return this.unwritten.size
  }

  /** Records in the log that a compaction would replace. */
  get records(): number {
    return this.#contained.length
  }

  /** Their bytes, about. */
  get bytes(): number {
    return this.#bytes
  }

  /** Changes that leave the store, and have not left it yet. */
  get leaving(): readonly Place[] {
    return [...(this.#writing?.settled ?? []), ...this.gathering.leaving]
  }

  /** Those of this tab's changes, not acknowledged, that the store does not have. */
  get unwritten(): ReadonlySet<Uint8Array> {
    const changes = this.#unstored.map(({ update }) => update)
    return new Set(changes.filter((change) => this.gathering.placeOf(change) !== undefined))
  }

  /** Resolves when nothing is left to be written, or writing fails. */
  atRest(): Promise<void> {
    this.#schedule()
    if (this.#isAtRest()) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Resolves when everything told so far is in the store; never where the store takes nothing. */
  written(): Promise<void> {
    if (this.#trouble === null && this.#isAtRest()) return Promise.resolve()
    return new Promise((resolve) => this.#whenWritten.push(resolve))
  }

  /** Replaces what the log has by one record. `state` must contain all that was ever told here. */
  async compact(encode: (others: readonly Uint8Array[]) => Uint8Array): Promise<void> {
    const { store, document } = this.#options
    await this.atRest()
    const others = await store.readLog(document, this.#contained)
    // A change that is not in the store must not get there as a part of the document alone: nobody would send it.
    if (this.#trouble !== null || !this.#exists || !this.#isAtRest() || this.#closed) return
    const contained = [...this.#contained, ...others.map(place)]
    for (const { order } of others) this.gathering.heard(order)
    // No await between here and the transaction: what is told meanwhile comes after it.
    const state: StoredUpdate = {
      ...this.gathering.next(),
      update: encode(others.map(({ update }) => update)),
    }
    await store.compact(document, state, contained)
    this.#bytes = state.update.length
    this.#contained.splice(0, contained.length - others.length, place(state))
  }

  /** Takes nothing more; what is here is still written, once. May be called twice. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.()
    this.#timer = null
    this.#unsubscribe()
    if (this.#writing === null) void this.#write()
  }

  /** Once for all that happens in one turn. */
  #schedule(): void {
    this.#publish()
    if (this.#scheduled || this.#closed) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.#trouble !== null) this.#tell(this.gathering.changes, false)
      if (this.#writing === null && this.#timer === null) void this.#write()
    })
  }

  #tell(changes: readonly StoredUpdate[], areKept: boolean): void {
    const { session, onTold } = this.#options
    const untold = changes.filter(({ order, writer }) => writer === session && order > this.#told)
    const last = untold.at(-1)
    if (last === undefined) return
    this.#told = last.order
    // What was acknowledged meanwhile others have from the server, and nobody waits for it.
    onTold(
      untold.filter(({ update }) => this.gathering.placeOf(update) !== undefined),
      areKept,
    )
  }

  async #write(): Promise<void> {
    const { store, document, clock, facts } = this.#options
    const writing = this.gathering.take()
    if (isEmpty(writing)) {
      if (this.#trouble === null) for (const resolve of this.#whenWritten.splice(0)) resolve()
      return this.#release()
    }
    const stores = this.#stores
    this.#writing = writing
    const late = clock.after(PATIENCE_MS, () => this.#fail('error'))
    const { factsChanged: _, ...records } = writing
    const written = await store.write({
      ...records,
      document,
      expectsDocument: this.#exists,
      facts: facts(),
      isDurable: writing.changes.length > 0,
    })
    late()
    this.#writing = null
    if (written.kind === 'written') {
      this.#wrote(writing)
      return
    }
    // What was written to a store that was lost since was gathered again, with everything else.
    if (stores === this.#stores) this.gathering.giveBack(writing)
    if (written.kind === 'gone') this.#lost()
    else this.#refused(written.reason)
    this.#release()
  }

  #wrote(writing: Buffer): void {
    this.#exists = true
    this.#trouble = null
    this.#retryMs = RETRY_MS
    this.#contained.push(...writing.log.map(place), ...writing.entries.map(place))
    this.#bytes += bytesOf(writing.log) + bytesOf(writing.entries)
    this.#publish()
    this.#tell(writing.changes, true)
    void this.#write()
  }

  #refused(reason: Failure): void {
    this.#fail(reason)
    if (reason === 'absent' || reason === 'silent') {
      this.gathering.giveUp()
      return
    }
    if (this.gathering.length > MAX_REFUSED_RECORDS) this.gathering.shorten(this.#options.holds().state)
    this.#retry()
  }

  /** The next try can differ: room was made, or the store answers again. It goes on while the document is open. */
  #retry(): void {
    if (this.#closed || this.#timer !== null) return
    this.#timer = this.#options.clock.after(this.#retryMs, () => {
      this.#timer = null
      if (this.#writing === null) void this.#write()
    })
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS)
  }

  /** What was stored is gone: everything this tab holds is to be stored again. */
  #lost(): void {
    if (this.#closed) return
    const { state, changes } = this.#options.holds()
    this.#stores += 1
    this.#exists = false
    this.#contained.length = 0
    this.#bytes = 0
    this.gathering.startOver(state, changes, this.leaving)
    this.gathering.keepFor(this.#options.onLost())
    this.#fail('cleared')
    this.#retry()
  }

  #fail(reason: NotKept): void {
    this.#trouble = reason
    this.#publish()
    this.#tell(this.#unstored, false)
  }

  get #unstored(): readonly StoredUpdate[] {
    return [...(this.#writing?.changes ?? []), ...this.gathering.changes]
  }

  #publish(): void {
    const status = this.#statusNow()
    const before = this.#status
    this.#status = status
    if (!sameDeviceStatus(before, status)) this.#options.onStatus()
  }

  #statusNow(): DeviceStatus {
    if (this.#trouble !== null) return { kind: 'not-kept', reason: this.#trouble }
    return { kind: this.#unstored.length > 0 ? 'keeping' : 'kept' }
  }

  #isAtRest(): boolean {
    return this.#timer !== null || (this.#writing === null && this.gathering.isEmpty)
  }

  #release(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

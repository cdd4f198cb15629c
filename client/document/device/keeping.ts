/**
 * Writes one document to the store: gathers what happened, one transaction at a time, and says what is kept.
 *
 * Invariants: what is buffered leaves the buffer only when its transaction is complete; within a transaction and from
 * one to the next everything is in the order in which it happened, so a position is never stored before the entries it
 * covers, nor a change forgotten before it was acknowledged. It knows no tabs and no server.
 */
import type { Position } from '#client/document/local-document.ts'
import { type DocumentId, epoch, NONE, type SessionId, ZERO } from '#shared/id.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import { type Buffer, bytesOf, empty, isEmpty, joined, place, samePosition } from './buffer.ts'
import { type DeviceStatus, type NotKept, sameDeviceStatus } from './status.ts'
import type { Facts, Failure, Place, Store, StoredDocument, StoredPosition, StoredUpdate } from './store.ts'

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
  readonly #options: KeepingOptions
  #order: number
  #buffer: Buffer = empty()
  /** The write on its way. */
  #writing: Buffer | null = null
  /** Received since the position last moved. */
  #uncovered: Uint8Array[] = []
  #position: StoredPosition
  #exists: boolean
  /** Where the store has each change of this tab that is not acknowledged, or will have it. */
  readonly #places = new Map<Uint8Array, Place>()
  /** Changes of other tabs that are stored here, or will be. */
  readonly #others = new Set<string>()
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
    const { stored, store } = options
    this.#exists = stored !== null
    this.#position = stored?.position ?? { epoch: epoch(''), seq: ZERO, hash: NONE, isBound: false }
    this.#contained = (stored?.log ?? []).map(place)
    this.#bytes = bytesOf(stored?.log ?? [])
    this.#order = Math.max(stored?.log.at(-1)?.order ?? 0, stored?.changes.at(-1)?.order ?? 0)
    this.#unsubscribe = store.onLost(() => this.#lost())
  }

  get status(): DeviceStatus {
    return this.#status
  }

  /** Whether the store has this document. */
  get exists(): boolean {
    return this.#exists
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

  placeOf(change: Uint8Array): Place | undefined {
    return this.#places.get(change)
  }

  /** Changes that leave the store, and have not left it yet. */
  get leaving(): readonly Place[] {
    return [...(this.#writing?.settled ?? []), ...this.#buffer.settled]
  }

  /** Those of this tab's changes, not acknowledged, that the store does not have. */
  get unwritten(): ReadonlySet<Uint8Array> {
    const changes = [...(this.#writing?.changes ?? []), ...this.#buffer.changes].map(({ update }) => update)
    return new Set(changes.filter((change) => this.#places.has(change)))
  }

  /** Somebody else's place: later ones of this tab come after it. */
  heard(order: number): void {
    this.#order = Math.max(this.#order, order)
  }

  changed(update: Uint8Array): void {
    this.#change(update, true)
  }

  received(update: Uint8Array): void {
    this.#uncovered.push(update)
    this.#schedule()
  }

  /** Something that another tab holds, and the store may not have. */
  shared(update: Uint8Array): void {
    this.#flushUncovered()
    this.#buffer.log.push({ ...this.#next(), update })
    this.#schedule()
  }

  /**
   * Changes of another tab that cannot store them: kept in its name. Without that the document here would contain
   * them, and nobody would know that no server has them.
   */
  keepFor(others: readonly StoredUpdate[]): void {
    const fresh = others.filter((other) => !this.keepsFor(other))
    for (const other of fresh) this.#others.add(keyOf(other))
    this.#buffer.changes.push(...fresh)
    if (fresh.length > 0) this.#schedule()
  }

  keepsFor(other: Place): boolean {
    return this.#others.has(keyOf(other))
  }

  /** Changes of others are acknowledged, or are somebody else's now. */
  settledFor(places: readonly Place[]): void {
    for (const at of places) this.#others.delete(keyOf(at))
    this.#forget(places)
    this.#buffer.settled.push(...places)
    if (places.length > 0) this.#schedule()
  }

  moved(position: Position, isReset: boolean): void {
    const next = { ...position, isBound: this.#position.isBound || position.seq > ZERO }
    if (samePosition(next, this.#position) && this.#uncovered.length === 0) return
    this.#position = next
    if (isReset) this.#flushUncovered()
    for (const update of this.#uncovered.splice(0))
      this.#buffer.entries.push({ ...this.#next(), update, seq: position.seq })
    // Nothing is known of the server yet: then there is nothing to remember.
    if (!next.isBound && !this.#exists && isEmpty(this.#buffer) && this.#writing === null) return
    this.#buffer.position = { ...this.#position, isReset: isReset || this.#buffer.position?.isReset === true }
    this.#schedule()
  }

  /** The server has these. */
  settled(changes: readonly Uint8Array[]): void {
    const places = changes.flatMap((change) => this.#places.get(change) ?? [])
    for (const change of changes) this.#places.delete(change)
    this.#forget(places)
    this.#buffer.settled.push(...places)
    this.#schedule()
  }

  /** What is here belongs to its epoch for good. */
  bind(): void {
    if (this.#position.isBound) return
    this.#position = { ...this.#position, isBound: true }
    if (this.#exists || !isEmpty(this.#buffer) || this.#writing !== null)
      this.#buffer.position = { ...this.#position, isReset: this.#buffer.position?.isReset === true }
    this.#schedule()
  }

  /** Takes over changes of a tab that is gone, in one transaction; `inLog` where the log has them already. */
  adopt(
    changes: readonly { readonly update: Uint8Array; readonly from: Place; readonly inLog: boolean }[],
  ): void {
    for (const { update, from, inLog } of changes) {
      this.#change(update, !inLog)
      this.settledFor([from])
    }
    this.#schedule()
  }

  /** Facts are another: they are written, where the document is here at all or `create` says so. */
  factsChanged(create = false): void {
    if (!this.#exists && !create && isEmpty(this.#buffer) && this.#writing === null) return
    this.#buffer.factsChanged = true
    this.#schedule()
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
    for (const { order } of others) this.heard(order)
    // No await between here and the transaction: what is told meanwhile comes after it.
    const state: StoredUpdate = { ...this.#next(), update: encode(others.map(({ update }) => update)) }
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

  #change(update: Uint8Array, isNew: boolean): void {
    this.#flushUncovered()
    const change: StoredUpdate = { ...this.#next(), update }
    this.#places.set(update, place(change))
    if (isNew) this.#buffer.log.push(change)
    this.#buffer.changes.push(change)
    this.#schedule()
  }

  /** What is settled need not be stored as waiting any more. */
  #forget(places: readonly Place[]): void {
    const { changes } = this.#buffer
    for (const { order, writer } of places) {
      const unwritten = changes.findIndex((change) => change.order === order && change.writer === writer)
      if (unwritten >= 0) changes.splice(unwritten, 1)
    }
  }

  /** What no position covers yet takes its place before what comes next. */
  #flushUncovered(): void {
    for (const update of this.#uncovered.splice(0)) this.#buffer.log.push({ ...this.#next(), update })
  }

  #next(): Place {
    this.#order += 1
    return { order: this.#order, writer: this.#options.session }
  }

  /** Once for all that happens in one turn. */
  #schedule(): void {
    this.#publish()
    if (this.#scheduled || this.#closed) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.#trouble !== null) this.#tell(this.#buffer.changes, false)
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
      untold.filter(({ update }) => this.#places.has(update)),
      areKept,
    )
  }

  async #write(): Promise<void> {
    const { store, document, clock, facts } = this.#options
    this.#flushUncovered()
    if (isEmpty(this.#buffer)) {
      if (this.#trouble === null) for (const resolve of this.#whenWritten.splice(0)) resolve()
      return this.#release()
    }
    const writing = this.#buffer
    const stores = this.#stores
    this.#writing = writing
    this.#buffer = empty()
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
    // What was written to a store that was lost since is in the buffer already, with everything else.
    if (stores === this.#stores) this.#buffer = joined(writing, this.#buffer)
    this.#forget(this.#buffer.settled)
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
    const { log, entries } = this.#buffer
    if (reason === 'absent') {
      this.#buffer = { ...empty(), changes: this.#buffer.changes }
      return
    }
    if (log.length + entries.length > MAX_REFUSED_RECORDS) {
      this.#buffer.log = [{ ...this.#next(), update: this.#options.holds().state }]
      this.#buffer.entries = []
    }
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
    const settled = [...(this.#writing?.settled ?? []), ...this.#buffer.settled]
    this.#stores += 1
    this.#exists = false
    this.#contained.length = 0
    this.#bytes = 0
    this.#uncovered = []
    this.#buffer = { ...empty(), settled, position: { ...this.#position, isReset: true } }
    this.#buffer.log.push({ ...this.#next(), update: state })
    for (const update of changes) {
      const at = this.#places.get(update) ?? this.#next()
      this.#places.set(update, place(at))
      this.#buffer.changes.push({ ...at, update })
    }
    this.#others.clear()
    this.keepFor(this.#options.onLost())
    this.#fail('cleared')
    this.#retry()
  }

  #fail(reason: NotKept): void {
    this.#trouble = reason
    this.#publish()
    this.#tell([...(this.#writing?.changes ?? []), ...this.#buffer.changes], false)
  }

  #publish(): void {
    const status = this.#statusNow()
    const before = this.#status
    this.#status = status
    if (!sameDeviceStatus(before, status)) this.#options.onStatus()
  }

  #statusNow(): DeviceStatus {
    if (this.#trouble !== null) return { kind: 'not-kept', reason: this.#trouble }
    return { kind: this.#buffer.changes.length > 0 || this.#writing?.changes.length ? 'keeping' : 'kept' }
  }

  #isAtRest(): boolean {
    return this.#timer !== null || (this.#writing === null && isEmpty(this.#buffer))
  }

  #release(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

function keyOf({ order, writer }: Place): string {
  return `${order} ${writer}`
}

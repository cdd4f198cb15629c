/**
 * What happened to a document and is not on its way to the store yet, in the order in which it happened: a position never
 * comes before the entries it covers, nor the end of a change before that change. It knows no store, tabs or server.
 */
import type { Position } from '#client/document/local-document.ts'
import { epoch, NONE, type SessionId, ZERO } from '#shared/id.ts'
import { type Buffer, empty, isEmpty, joined, place, samePosition } from './buffer.ts'
import type { Place, StoredDocument, StoredPosition, StoredUpdate } from './store.ts'

export interface GatheringOptions {
  readonly session: SessionId
  /** What was loaded; null for a document that is not here yet. */
  readonly stored: StoredDocument | null
  /** Whether the store has the document, or may have it after the write on its way. */
  readonly isHere: () => boolean
  /** Called when there may be more. */
  readonly onMore: () => void
}

/** A change that is taken over; `inLog` where the log has it already. */
export interface Adopted {
  readonly update: Uint8Array
  readonly from: Place
  readonly inLog: boolean
}

export class Gathering {
  readonly #options: GatheringOptions
  #order: number
  #buffer: Buffer = empty()
  /** Received since the position last moved. */
  #uncovered: Uint8Array[] = []
  #position: StoredPosition
  /** Where the store has each change of this tab that is not acknowledged, or will have it. */
  readonly #places = new Map<Uint8Array, Place>()
  /** Changes of other tabs that are stored here, or will be. */
  readonly #others = new Set<string>()

  constructor(options: GatheringOptions) {
    this.#options = options
    const { stored } = options
    this.#position = stored?.position ?? { epoch: epoch(''), seq: ZERO, hash: NONE, isBound: false }
    this.#order = Math.max(stored?.log.at(-1)?.order ?? 0, stored?.changes.at(-1)?.order ?? 0)
  }

  get isEmpty(): boolean {
    return isEmpty(this.#buffer)
  }

  get changes(): readonly StoredUpdate[] {
    return this.#buffer.changes
  }

  /** Changes that are to leave the store. */
  get leaving(): readonly Place[] {
    return this.#buffer.settled
  }

  /** How many records of content there are. */
  get length(): number {
    return this.#buffer.log.length + this.#buffer.entries.length
  }

  placeOf(change: Uint8Array): Place | undefined {
    return this.#places.get(change)
  }

  /** The place of what comes next. */
  next(): Place {
    this.#order += 1
    return { order: this.#order, writer: this.#options.session }
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
    this.#options.onMore()
  }

  /** Something that another tab holds, and the store may not have. */
  shared(update: Uint8Array): void {
    this.#flushUncovered()
    this.#buffer.log.push({ ...this.next(), update })
    this.#options.onMore()
  }

  /**
   * Changes of another tab that cannot store them: kept in its name. Without that the document here would contain
   * them, and nobody would know that no server has them.
   */
  keepFor(others: readonly StoredUpdate[]): void {
    const fresh = others.filter((other) => !this.keepsFor(other))
    for (const other of fresh) this.#others.add(keyOf(other))
    this.#buffer.changes.push(...fresh)
    if (fresh.length > 0) this.#options.onMore()
  }

  keepsFor(other: Place): boolean {
    return this.#others.has(keyOf(other))
  }

  /** Changes of others are acknowledged, or are somebody else's now. */
  settledFor(places: readonly Place[]): void {
    for (const at of places) this.#others.delete(keyOf(at))
    this.#settle(places)
    if (places.length > 0) this.#options.onMore()
  }

  moved(position: Position, isReset: boolean): void {
    const next = { ...position, isBound: this.#position.isBound || position.seq > ZERO }
    if (samePosition(next, this.#position) && this.#uncovered.length === 0) return
    this.#position = next
    if (isReset) this.#flushUncovered()
    for (const update of this.#uncovered.splice(0))
      this.#buffer.entries.push({ ...this.next(), update, seq: position.seq })
    // Nothing is known of the server yet: then there is nothing to remember.
    if (!next.isBound && !this.#isSomewhere) return
    this.#buffer.position = { ...this.#position, isReset: isReset || this.#buffer.position?.isReset === true }
    this.#options.onMore()
  }

  /** The server has these. */
  settled(changes: readonly Uint8Array[]): void {
    const places = changes.flatMap((change) => this.#places.get(change) ?? [])
    for (const change of changes) this.#places.delete(change)
    this.#settle(places)
    this.#options.onMore()
  }

  /** What is here belongs to its epoch for good. */
  bind(): void {
    if (this.#position.isBound) return
    this.#position = { ...this.#position, isBound: true }
    if (this.#isSomewhere)
      this.#buffer.position = { ...this.#position, isReset: this.#buffer.position?.isReset === true }
    this.#options.onMore()
  }

  /** Takes over changes of a tab that is gone, in one transaction. */
  adopt(changes: readonly Adopted[]): void {
    for (const { update, from, inLog } of changes) {
      this.#change(update, !inLog)
      this.settledFor([from])
    }
    this.#options.onMore()
  }

  /** Facts are another: they are written, where the document is here at all or `create` says so. */
  factsChanged(create = false): void {
    if (!create && !this.#isSomewhere) return
    this.#buffer.factsChanged = true
    this.#options.onMore()
  }

  // What the write asks of it.

  /** Gives everything away, for one transaction. */
  take(): Buffer {
    this.#flushUncovered()
    const taken = this.#buffer
    this.#buffer = empty()
    return taken
  }

  /** What was taken could not be stored. */
  giveBack(taken: Buffer): void {
    this.#buffer = joined(taken, this.#buffer)
    this.#forget(this.#buffer.settled)
  }

  /** Nothing will ever be stored: what waits is remembered for those who ask. */
  giveUp(): void {
    this.#buffer = { ...empty(), changes: this.#buffer.changes }
  }

  /** One record of the whole document in the place of all others. */
  shorten(state: Uint8Array): void {
    this.#buffer.log = [{ ...this.next(), update: state }]
    this.#buffer.entries = []
  }

  /** What was stored is gone: all of it is gathered anew, and `leaving` is still to be removed. */
  startOver(state: Uint8Array, changes: readonly Uint8Array[], leaving: readonly Place[]): void {
    this.#uncovered = []
    this.#buffer = { ...empty(), settled: [...leaving], position: { ...this.#position, isReset: true } }
    this.#buffer.log.push({ ...this.next(), update: state })
    for (const update of changes) {
      const at = this.#places.get(update) ?? this.next()
      this.#places.set(update, place(at))
      this.#buffer.changes.push({ ...at, update })
    }
    this.#others.clear()
  }

  get #isSomewhere(): boolean {
    return this.#options.isHere() || !isEmpty(this.#buffer)
  }

  #change(update: Uint8Array, isNew: boolean): void {
    this.#flushUncovered()
    const change: StoredUpdate = { ...this.next(), update }
    this.#places.set(update, place(change))
    if (isNew) this.#buffer.log.push(change)
    this.#buffer.changes.push(change)
    this.#options.onMore()
  }

  #settle(places: readonly Place[]): void {
    this.#forget(places)
    this.#buffer.settled.push(...places)
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
    for (const update of this.#uncovered.splice(0)) this.#buffer.log.push({ ...this.next(), update })
  }
}

function keyOf({ order, writer }: Place): string {
  return `${order} ${writer}`
}

/**
 * One document as this client holds it: the Y.Doc the editor writes into, who is present, what is not acknowledged
 * yet, and up to which position of the log it has everything.
 *
 * Every local change is in the outbox before the transaction that made it returns. It knows no channel and no timer.
 */
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { type Epoch, epoch, NONE, type Seq, ZERO } from '#shared/id.ts'
import { Elsewhere } from './elsewhere.ts'
import type { Outbox } from './outbox.ts'

/** Everything up to `seq` of that incarnation of the log has been applied. */
export interface Position {
  readonly epoch: Epoch
  readonly seq: Seq
  /** First 8 bytes of SHA-256 of the entry at `seq`; sixteen zeros when it is not known. */
  readonly hash: string
}

/** What keeps a document on the device hears of it. Every update it is told of has been integrated. */
export interface Recorder {
  /** A local change, which is in the outbox. */
  changed(update: Uint8Array): void
  /** Something new from the server. */
  received(update: Uint8Array): void
  /** Something new from another tab, which the store may not have. */
  shared(update: Uint8Array): void
  /** Everything up to there has been told. `isReset` where it went back. */
  moved(position: Position, isReset: boolean): void
}

/** What was kept on the device, in causal order. */
export interface Held {
  readonly updates: readonly Uint8Array[]
  readonly position: Position
  readonly isBound: boolean
}

export interface LocalDocumentOptions {
  readonly doc: Y.Doc
  readonly outbox: Outbox
  /** Default: a new one on `doc`. */
  readonly awareness?: Awareness
}

export class LocalDocument {
  readonly doc: Y.Doc
  readonly awareness: Awareness
  readonly outbox: Outbox
  /** What other tabs of this browser hold of it and the server does not. */
  readonly elsewhere = new Elsewhere()
  #position: Position = { epoch: epoch(''), seq: ZERO, hash: NONE }
  #isBound = false
  /**
   * True for a reader. Yjs tidies formatting marks after a remote change in a local transaction of its own; a reader
   * must not make one, since nobody would take it and its text would no longer be what everybody else has.
   */
  readOnly = false
  /** True from a failure to apply what the server sent until a full sync went well. */
  isDoubtful = false
  /** The origin of everything that came from the server. */
  readonly remote: object = { name: 'server' }
  /** The origin of what this device held already: the store, and other tabs. */
  readonly device: object = { name: 'device' }
  /** The origin of what another tab could not store. */
  readonly unstored: object = { name: 'another tab' }
  #recorder: Recorder | null = null
  #listeners = new Set<() => void>()

  constructor({ doc, outbox, awareness }: LocalDocumentOptions) {
    this.doc = doc
    this.outbox = outbox
    this.awareness = awareness ?? new Awareness(doc)
    doc.on('update', this.#record)
    doc.on('afterTransaction', this.#keepFormatting)
  }

  get position(): Position {
    return this.#position
  }

  set position(position: Position) {
    const isReset = position.seq < this.#position.seq
    this.#position = position
    if (position.seq > ZERO) this.#isBound = true
    this.#recorder?.moved(position, isReset)
  }

  /** True once it held something of an epoch, though its position may have been lost since: it is bound to that epoch. */
  get isBound(): boolean {
    return this.#isBound
  }

  /** Something of this epoch's log came from here: it is bound to it, though its position may not say so yet. */
  bind(): void {
    this.#isBound = true
  }

  /** Local changes that the server has not acknowledged: this tab's and those of other tabs of this browser. */
  get waiting(): number {
    return this.outbox.changes + this.elsewhere.count
  }

  /** From now on `recorder` is told of everything. One at a time. */
  keep(recorder: Recorder): void {
    this.#recorder = recorder
  }

  /**
   * Takes over what was kept on the device: before anybody else writes or a session begins. Says whether all of it
   * could be read; where not, the position is left unknown, so that the server brings the rest.
   */
  hold({ updates, position, isBound }: Held): boolean {
    // Whoever listens to updates has Yjs encode all of it once more.
    this.doc.off('update', this.#record)
    const whole = this.#integrate(updates)
    this.doc.on('update', this.#record)
    this.#isBound = isBound
    this.#position = whole ? position : { ...position, seq: ZERO, hash: NONE }
    return whole
  }

  /** Shows what another tab of this browser holds; `isKept` where the store has it. */
  share(updates: readonly Uint8Array[], isKept: boolean): void {
    this.#integrate(updates, isKept ? this.device : this.unstored)
  }

  /** Takes over changes whose tab is gone: they are sent from here. */
  adopt(updates: readonly Uint8Array[]): void {
    this.#integrate(updates)
    for (const update of updates) this.outbox.record(update)
    this.waitingChanged()
  }

  /** Tells whoever listens that `waiting` is another number. */
  waitingChanged(): void {
    for (const changed of this.#listeners) changed()
  }

  #integrate(updates: readonly Uint8Array[], origin = this.device): boolean {
    let whole = true
    Y.transact(
      this.doc,
      () => {
        for (const update of updates) {
          try {
            Y.applyUpdate(this.doc, update, origin)
          } catch {
            // Bytes that a damaged disk or another version of this page left: the rest is read all the same.
            whole = false
          }
        }
      },
      origin,
      false,
    )
    return whole
  }

  /** Calls `changed` after each local change, and when changes of other tabs come or go; returns its undo. */
  onLocalChange(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  /** Applies updates from the server as one transaction. Throws what an observer of the document throws. */
  apply(updates: readonly Uint8Array[]): void {
    Y.transact(
      this.doc,
      () => {
        for (const update of updates) if (!isEmpty(update)) Y.applyUpdate(this.doc, update, this.remote)
      },
      this.remote,
      false,
    )
  }

  stateVector(): Uint8Array {
    return Y.encodeStateVector(this.doc)
  }

  /** What a replica with this state vector lacks, deletions included. */
  since(stateVector: Uint8Array): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc, stateVector)
  }

  /** Whether something is here that neither this state vector nor an outbox of this browser holds. Throws for bytes that are none. */
  holdsMoreThan(stateVector: Uint8Array): boolean {
    const theirs = Y.decodeStateVector(stateVector)
    const lacking: Range[] = []
    for (const [client, to] of Y.decodeStateVector(this.stateVector())) {
      const from = theirs.get(client) ?? 0
      if (to > from) lacking.push({ client, from, to })
    }
    if (lacking.length === 0) return false
    const held = [...this.outbox.updates(), ...this.elsewhere.updates()].flatMap(ranges)
    return lacking.some((range) => !isCovered(range, held))
  }

  /** Stops collecting; the Y.Doc is whose it was. */
  close(): void {
    this.doc.off('update', this.#record)
    this.doc.off('afterTransaction', this.#keepFormatting)
    this.#listeners.clear()
  }

  readonly #record = (update: Uint8Array, origin: unknown): void => {
    if (origin === this.device) return
    if (origin === this.remote) {
      this.#recorder?.received(update)
      return
    }
    if (origin === this.unstored) {
      this.#recorder?.shared(update)
      return
    }
    this.outbox.record(update)
    this.#recorder?.changed(update)
    this.waitingChanged()
  }

  readonly #keepFormatting = (transaction: Y.Transaction): void => {
    const { origin } = transaction
    // What the device held was tidy when it was written; tidying it again would be a change nobody made.
    if (origin === this.device || origin === this.unstored || (this.readOnly && origin === this.remote))
      transaction._needFormattingCleanup = false
  }
}

/** Clocks `from` to before `to` of one client id. */
interface Range {
  readonly client: number
  readonly from: number
  readonly to: number
}

function ranges(update: Uint8Array): Range[] {
  const { from, to } = Y.parseUpdateMeta(update)
  return [...to].map(([client, end]) => ({ client, from: from.get(client) ?? 0, to: end }))
}

function isCovered({ client, from, to }: Range, held: readonly Range[]): boolean {
  let reached = from
  const own = held.filter((range) => range.client === client).sort((a, b) => a.from - b.from)
  for (const range of own) if (range.from <= reached) reached = Math.max(reached, range.to)
  return reached >= to
}

/** `00 00`: no structs, no deletions. An author's own edits come back so. */
function isEmpty(update: Uint8Array): boolean {
  return update.length === 2 && update[0] === 0 && update[1] === 0
}

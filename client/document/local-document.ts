/**
 * One document as this client holds it: the Y.Doc the editor writes into, who is present, what is not acknowledged
 * yet, and up to which position of the log it has everything.
 *
 * Every local change is in the outbox before the transaction that made it returns. It knows no channel and no timer.
 */
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { NONE } from '#shared/frame.ts'
import { type Epoch, epoch, type Seq, ZERO } from '#shared/id.ts'
import type { Outbox } from './outbox.ts'

/** Everything up to `seq` of that incarnation of the log has been applied. */
export interface Position {
  readonly epoch: Epoch
  readonly seq: Seq
  /** First 8 bytes of SHA-256 of the entry at `seq`; sixteen zeros when it is not known. */
  readonly hash: string
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
    this.#position = position
    if (position.seq > ZERO) this.#isBound = true
  }

  /** True once it held something of an epoch, though its position may have been lost since: it is bound to that epoch. */
  get isBound(): boolean {
    return this.#isBound
  }

  /** Calls `changed` after each local change; returns its undo. */
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

  /** Whether something is here that neither this state vector nor the outbox holds. Throws for bytes that are none. */
  holdsMoreThan(stateVector: Uint8Array): boolean {
    const theirs = Y.decodeStateVector(stateVector)
    const lacking: Range[] = []
    for (const [client, to] of Y.decodeStateVector(this.stateVector())) {
      const from = theirs.get(client) ?? 0
      if (to > from) lacking.push({ client, from, to })
    }
    if (lacking.length === 0) return false
    const held = this.outbox.updates().flatMap(ranges)
    return lacking.some((range) => !isCovered(range, held))
  }

  /** Stops collecting; the Y.Doc is whose it was. */
  close(): void {
    this.doc.off('update', this.#record)
    this.doc.off('afterTransaction', this.#keepFormatting)
    this.#listeners.clear()
  }

  readonly #record = (update: Uint8Array, origin: unknown): void => {
    if (origin === this.remote) return
    this.outbox.record(update)
    for (const changed of this.#listeners) changed()
  }

  readonly #keepFormatting = (transaction: Y.Transaction): void => {
    if (this.readOnly && transaction.origin === this.remote) transaction._needFormattingCleanup = false
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

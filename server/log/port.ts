/**
 * The log: the durable, ordered entries of each document, and the checkpoints that make opening one quick.
 *
 * A log never notifies: who appends learns the outcome, nobody else does. It knows no rooms, channels or clients.
 * Invariants, proved by tests/log/contract.ts over every adapter:
 * - what `commit` resolved with `committed` is on disk and is never lost, changed or given another position;
 * - positions of one document count from 1 without a gap;
 * - a group is committed whole or not at all.
 */

import type { Kind } from '#shared/frame.ts'
import type { DocumentId, Epoch, Seq, SessionId } from '#shared/id.ts'
import type { Past } from './past.ts'

export type { Merge, Milestone, Past, Sizes } from './past.ts'

/** What is to be appended. `update` is a canonical Yjs V1 update that the gate let through. */
export interface NewEntry {
  readonly update: Uint8Array
  /** The principal whose edit this is; `anonymous` for channels without identity. */
  readonly author: string
  /** The push this entry settles, for clients that number theirs; null for others. */
  readonly push: Push | null
}

/** A numbered push, and 16 hex digits (SHA-256, cut) of the bytes as the client sent them. */
export interface Push {
  readonly session: SessionId
  readonly number: number
  readonly digest: string
}

export interface Entry {
  /** First position this entry stands for; equals `seq` but where retention merged a range. */
  readonly from: Seq
  readonly seq: Seq
  readonly update: Uint8Array
  readonly author: string
  /** Wall-clock milliseconds at the commit. */
  readonly time: number
}

/** Entries of one document, in order, that were gated against the log's `head`. */
export interface Batch {
  readonly document: DocumentId
  readonly head: Seq
  /** Written when this batch creates the document (head 0); otherwise it must be the document's. */
  readonly epoch: Epoch
  /** The kind this batch fixes; `none` where it fixes none. Once fixed, a kind never changes. */
  readonly kind: Kind
  readonly entries: readonly NewEntry[]
}

export type BatchResult =
  | { readonly kind: 'committed'; readonly from: Seq; readonly to: Seq; readonly time: number }
  /** Somebody else appended, or made the document: nothing of this batch was stored. Read the tail, gate again. */
  | { readonly kind: 'moved'; readonly head: Seq; readonly epoch: Epoch }
  /** The document was deleted: nothing was stored, nothing ever will be. */
  | { readonly kind: 'deleted' }

/** A compacted prefix of a log: entries 1–seq as one update, and what the gate knows of them (knowledge.ts). */
export interface Checkpoint {
  readonly seq: Seq
  readonly state: Uint8Array
  readonly knowledge: Uint8Array
}

/** What is known of a document without reading its entries. A document never written to has head 0, epoch '', kind `none`. */
export interface Outline {
  readonly epoch: Epoch
  readonly head: Seq
  readonly kind: Kind
  readonly deleted: boolean
  /** Position and sizes of the newest checkpoint; seq 0 for none. */
  readonly checkpointSeq: Seq
  readonly checkpointBytes: number
  /** Bytes of all updates after that checkpoint. */
  readonly tailBytes: number
}

export interface ListedDocument {
  readonly document: DocumentId
  readonly head: Seq
  readonly kind: Kind
  /** Cached copy of the map `meta`'s title; '' while unknown. */
  readonly title: string
  readonly author: string
  /** Wall-clock milliseconds of the newest entry. */
  readonly time: number
  /** Grows with every commit of the whole log: lists are ordered by it, since wall clocks order nothing. */
  readonly changed: number
}

/** A position in a log that somebody named (`named`), or that the server kept by itself and may let go of (`kept`). */
export interface Snapshot {
  /** Sixteen hex digits; unique in its document. */
  readonly id: string
  readonly document: DocumentId
  readonly kind: 'named' | 'kept'
  /** Null for one without a name. */
  readonly name: string | null
  readonly seq: Seq
  /** The principal who made it; '' for the server. */
  readonly author: string
  /** Wall-clock milliseconds. */
  readonly time: number
}

export type SnapshotPlace = Pick<Snapshot, 'seq' | 'id'>

/** `there`: its id is taken, nothing changed. `gone`: no such document, or deleted. `full`: it has MAX_SNAPSHOTS. */
export type SnapshotAdded = 'added' | 'there' | 'gone' | 'full'

/** Of one document. */
export const MAX_SNAPSHOTS = 10_000

/** Snapshots are rows beside the log: making one costs the same whatever its document's size. */
export interface Snapshots {
  /** On disk when it resolves. Throws RangeError for a position beyond the end. Rejects with NotSaved. */
  add(snapshot: Snapshot): Promise<SnapshotAdded>

  /** Gives it another kind, name or position. False where there is none. Rejects with NotSaved. */
  change(
    document: DocumentId,
    id: string,
    changes: Partial<Pick<Snapshot, 'kind' | 'name' | 'seq'>>,
  ): Promise<boolean>

  /** False where there is none. Rejects with NotSaved. */
  remove(document: DocumentId, id: string): Promise<boolean>

  /** Null where this document has none of this id, or was deleted. */
  get(document: DocumentId, id: string): Promise<Snapshot | null>

  /** Newest position first (then by id, from its end), from behind `after` on. None of a deleted document. */
  list(document: DocumentId, limit: number, after?: SnapshotPlace | null): Promise<readonly Snapshot[]>
}

/** Where a page of a list ended: the next one goes on behind it. */
export type ListPlace = Pick<ListedDocument, 'changed' | 'document'>

/** The disk said no (full, I/O error on write): the group was rolled back whole, trying again may help. */
export class NotSaved extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NotSaved'
  }
}

/** The store cannot be opened: held by another process, newer than the program, damaged. Nothing was touched. */
export class CannotOpen extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CannotOpen'
  }
}

/** A stored row whose checksum does not match, or that cannot be read. That document alone is closed with 4503. */
export class Damaged extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Damaged'
  }
}

/** Consecutive entries of one author, without what is in them. */
export interface Stretch {
  readonly from: Seq
  readonly to: Seq
  readonly author: string
  /** Wall-clock milliseconds of the first and of the last entry. */
  readonly begin: number
  readonly end: number
}

export interface AskedStretches {
  readonly after: Seq
  /** Entries that are looked at. */
  readonly most: number
  /** Between two entries of a stretch never passes more. */
  readonly pauseMs: number
}

export interface AskedPushes {
  readonly session: SessionId
  readonly oldest: number
  readonly most: number
}

export interface Log {
  /**
   * Appends a group in one transaction, one fsync. Results come in the order of the batches. At most one batch a
   * document in a group, and one group at a time: the caller waits. Rejects with NotSaved, whole.
   * A failed fsync never comes back: the adapter reports it through `onFatal` and the process ends.
   */
  commit(group: readonly Batch[]): Promise<readonly BatchResult[]>

  outline(document: DocumentId): Promise<Outline>

  /** Entries after `after`, in order, at least one if there is any, stopping after the one that passes `maxBytes`. */
  read(document: DocumentId, after: Seq, maxBytes: number): Promise<readonly Entry[]>

  /** Who wrote when: the entries after `after`, in order. None where there are none. Updates are not decoded. */
  stretches(document: DocumentId, asked: AskedStretches): Promise<readonly Stretch[]>

  /** The newest checkpoint, or null. Its `knowledge` may be left out where only the state is wanted. */
  checkpoint(document: DocumentId): Promise<Checkpoint | null>

  /** Adds a checkpoint; older ones but the one before it may go. Entries stay: history needs them. */
  putCheckpoint(document: DocumentId, checkpoint: Checkpoint): Promise<void>

  /**
   * Which pushes of this session from `oldest` on the log holds, with the digests of their bytes: at most `most`, of a
   * session that counts upwards the lowest. No more of the log is read than that takes.
   */
  pushes(document: DocumentId, asked: AskedPushes): Promise<ReadonlyMap<number, string>>

  /** Documents that are not deleted, newest change first (then by name), from behind `after` on. */
  list(limit: number, after?: ListPlace | null): Promise<readonly ListedDocument[]>

  /** What lists say of one document; null for one that was never written to, or was deleted. */
  describe(document: DocumentId): Promise<ListedDocument | null>

  readonly snapshots: Snapshots

  readonly past: Past

  /** Caches a title for lists; the truth stays in the document. */
  putTitle(document: DocumentId, title: string): Promise<void>

  /**
   * Deletes a document for ever: a tombstone stays, and no commit makes it again. On disk when it resolves. False
   * where there is none, or it was deleted before. What it held stays until `erase`. Rejects with NotSaved.
   */
  delete(document: DocumentId): Promise<boolean>

  /** Documents deleted before `before` (wall-clock milliseconds) that still hold something. */
  erasable(before: number, limit: number): Promise<readonly DocumentId[]>

  /**
   * Erases a part of what a deleted document held (entries, states, snapshots, title), small enough that commits do not
   * wait for it; true while there is more. Throws RangeError for a document that is not deleted. Rejects with NotSaved.
   */
  erase(document: DocumentId): Promise<boolean>

  /** Resolves when everything handed over is on disk and every file is closed; may be called twice. */
  close(): Promise<void>
}

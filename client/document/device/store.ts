/**
 * What keeps documents on this device: a log of updates for each, and the changes the server has not acknowledged.
 * The port; adapters are indexed-db.ts for browsers and memory.ts for tests.
 *
 * Every write is one transaction and may come from any tab at any time: records have places no other tab uses, and
 * nothing is ever changed in place but the facts of a document.
 */
import type { Position } from '#client/document/local-document.ts'
import type { Role } from '#shared/frame.ts'
import { type DocumentId, epoch, NONE, type SessionId, ZERO } from '#shared/id.ts'

/** Where a record stands: `order` is above that of everything its writer knew, so that ascending order is causal. */
export interface Place {
  readonly order: number
  readonly writer: SessionId
}

export interface StoredUpdate extends Place {
  readonly update: Uint8Array
}

/** What the server finally said. */
export interface Ended {
  readonly code: number
  readonly reason: string
}

/** What is known of a document beside its content. */
export interface Facts {
  /** '' for none. */
  readonly title: string
  readonly kind: 'page' | 'any'
  /** What one may do here, as the server last said; null where it never did. */
  readonly role: Role | null
  /** The newest schema anybody wrote here with; 0 where nobody said. */
  readonly schemaVersion: number
  /** Wall-clock milliseconds, for people. */
  readonly openedAt: number
  readonly changedAt: number
  readonly ended: Ended | null
}

/** A place in the server's log, and whether what is here belongs to its epoch for good. */
export interface StoredPosition extends Position {
  readonly isBound: boolean
}

/** One document as it was at one moment. */
export interface StoredDocument {
  readonly facts: Facts
  readonly position: StoredPosition
  /** In causal order. */
  readonly log: readonly StoredUpdate[]
  /** Not acknowledged, of all tabs, in causal order. The log has them too. */
  readonly changes: readonly StoredUpdate[]
}

/** An update that came from the server as a part of its log; stored only where the stored position is below `seq`. */
export interface StoredEntry extends StoredUpdate {
  readonly seq: number
}

/** All of it or nothing. */
export interface Write {
  readonly document: DocumentId
  /** False for the first write of a document that was not here. */
  readonly expectsDocument: boolean
  readonly log: readonly StoredUpdate[]
  readonly entries: readonly StoredEntry[]
  readonly changes: readonly StoredUpdate[]
  /** Changes that are acknowledged: removed. */
  readonly settled: readonly Place[]
  /** Goes forward only within an epoch, unless `isReset`. Null to leave it. */
  readonly position: (StoredPosition & { readonly isReset: boolean }) | null
  readonly facts: Facts
  /** Whether it waits for the disk itself and not only for the operating system. */
  readonly isDurable: boolean
}

/** `absent` and `silent`: there is no store to be had, and there will be none for this tab. */
export type Failure = 'absent' | 'silent' | 'quota' | 'error'

/** Why a store could not be opened: nobody said no, nobody said yes. */
export class NoAnswer extends Error {}

export type Written =
  | { readonly kind: 'written' }
  /** The document is not there any more: somebody cleared or lost the store. Nothing was written. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly reason: Failure }

export interface ListedDocument extends Facts {
  readonly id: DocumentId
  readonly waiting: number
}

/** Methods but `write` reject when the store cannot be read. */
export interface Store {
  load(document: DocumentId): Promise<StoredDocument | null>
  /** Resolves when its transaction is complete, or failed. Never rejects. */
  write(write: Write): Promise<Written>
  /** The places of the log; where `without` is given, the records but for those. */
  readLog(document: DocumentId, without: readonly Place[]): Promise<readonly StoredUpdate[]>
  /** One record in the place of others that it contains. Nothing where the document is gone. */
  compact(document: DocumentId, state: StoredUpdate, contained: readonly Place[]): Promise<void>
  /** Changes of one writer that are not acknowledged. */
  changesOf(document: DocumentId, writer: SessionId): Promise<readonly StoredUpdate[]>
  list(): Promise<readonly ListedDocument[]>
  remove(document: DocumentId): Promise<void>
  /** Calls `lost` when what was stored is known to be gone; returns its undo. */
  onLost(lost: () => void): () => void
  close(): void
}

const NOWHERE: StoredPosition = { epoch: epoch(''), seq: ZERO, hash: NONE, isBound: false }

/** The position after a write. One epoch's only grows, whichever tab writes last; what is bound stays bound. */
export function nextPosition(before: StoredPosition | null, next: Write['position']): StoredPosition {
  if (next === null) return before ?? NOWHERE
  const { isReset, ...position } = next
  // What is bound to one epoch never passes for another's.
  if (before?.isBound && before.epoch !== position.epoch) return before
  if (before === null || isReset || before.epoch !== position.epoch || before.seq <= position.seq)
    return { ...position, isBound: position.isBound || (before?.isBound ?? false) }
  return before
}

/** Whether another tab has stored this entry already. */
export function isCovered(seq: number, before: StoredPosition | null, next: Write['position']): boolean {
  return next !== null && !next.isReset && before?.epoch === next.epoch && before.seq >= seq
}

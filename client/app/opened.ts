/** A document held open, as the page needs it. Made by open.ts; nothing here knows of sessions or carriers. */
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import type { Status } from '#client/sync/status.ts'
import type { DocumentId } from '#shared/id.ts'

export interface OpenedDocument {
  readonly doc: Y.Doc
  readonly awareness: Awareness
  readonly status: Status
  /** Whether it was synced once since this tab holds it. */
  readonly synced: boolean
  /** Calls `changed` after the status has; returns its undo. */
  subscribe(changed: () => void): () => void
  /** Leaves. May be called twice. */
  close(): void
}

export type OpenDocument = (id: DocumentId) => OpenedDocument

/** A document held open, as the page needs it. Made by editing.ts; nothing here knows of sessions, carriers or stores. */
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import type { DeviceStatus } from '#client/document/device/status.ts'
import type { Status } from '#client/sync/status.ts'
import type { Role } from '#shared/frame.ts'
import type { DocumentId } from '#shared/id.ts'

export interface OpenedDocument {
  readonly doc: Y.Doc
  readonly awareness: Awareness
  readonly status: Status
  /** Whether it was synced once since this tab holds it. */
  readonly synced: boolean
  readonly device: DeviceStatus
  /** The device was asked for it, and has answered or taken too long. No editor before. */
  readonly loaded: boolean
  /** The device held this document before, or it was made here: there is a text to show without a server. */
  readonly found: boolean
  /** Changes of this tab that are neither on the server nor on this device. */
  readonly atRisk: number
  /** As the server last said, now or at another time; null where it never did. */
  readonly kind: 'page' | 'any' | null
  readonly role: Role | null
  /** What the server finally said, now or when this device last asked; null when it had nothing against it. */
  readonly ended: Ended | null
  /** Makes the document here, whether there is a server or not. */
  create(): void
  /** Whether a transaction of this origin brought what others wrote. */
  isRemote(origin: unknown): boolean
  /** Calls `changed` after any of these has; returns its undo. */
  subscribe(changed: () => void): () => void
  /** Leaves. May be called twice. */
  close(): void
}

/** A final code (shared/codes.ts) and its reason. */
export interface Ended {
  readonly code: number
  readonly reason: string
}

export type OpenDocument = (id: DocumentId) => OpenedDocument

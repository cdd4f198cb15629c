/** Short words for what stores hold. Runs in pages, too. */
import type { Position } from '#client/document/local-document.ts'
import { type DocumentId, documentId, type Epoch, epoch, type SessionId, seq, sessionId } from '#shared/id.ts'

export type {
  Facts,
  Place,
  Store,
  StoredPosition,
  StoredUpdate,
  Write,
} from '#client/document/device/store.ts'

export function sessionOf(number: number): SessionId {
  return sessionId(number.toString(16).padStart(16, '0'))
}

export function epochOf(number: number): Epoch {
  return epoch(number.toString(16).padStart(16, '0'))
}

export function positionOf(epochNumber: number, at: number): Position {
  return { epoch: epochOf(epochNumber), seq: seq(at), hash: '00000000000000aa' }
}

export function documentOf(name: string): DocumentId {
  const id = documentId(name)
  if (id === null) throw new RangeError(`not an id: ${name}`)
  return id
}

/** Whether this client may go on after a hello. What it may not go on with, it must not merge. */
import type { Position } from '#client/document/local-document.ts'
import { codes } from '#shared/codes.ts'
import type { Hello } from '#shared/frame.ts'

export interface Objection {
  readonly code: number
  readonly reason: string
}

export interface Facts {
  readonly hello: Hello
  readonly position: Position
  /** Whether this client holds something of the epoch in `position`. */
  readonly isBound: boolean
  readonly schemaVersion: number
  /** The kind of document this client is for. */
  readonly kind: 'page' | 'any'
}

/** The reason of an objection to a document that another program made. It can be read by a session of kind `any`. */
export const MADE_ELSEWHERE = 'This document was made by another program and can only be read here.'

export function objectionTo({ hello, position, isBound, schemaVersion, kind }: Facts): Objection | null {
  if (isBound && position.epoch !== hello.epoch)
    return {
      code: codes.conflict.code,
      reason: 'The document on the server was made anew. Your text is kept here as a copy.',
    }
  if (hello.kind === 'any' && kind !== 'any') return { code: codes.conflict.code, reason: MADE_ELSEWHERE }
  if (hello.kind === 'page' && hello.schemaVersion > schemaVersion)
    return { code: codes.tooOld.code, reason: 'Reload to get the new version.' }
  return null
}

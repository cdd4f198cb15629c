/** Whether this client may go on after a hello. What it may not go on with, it must not merge. */
import type { Position } from '#client/document/local-document.ts'
import { codes } from '#shared/codes.ts'
import type { Hello } from '#shared/frame.ts'
import { ZERO } from '#shared/id.ts'

export interface Objection {
  readonly code: number
  readonly reason: string
}

export function objectionTo(hello: Hello, position: Position, schemaVersion: number): Objection | null {
  if (position.seq > ZERO && position.epoch !== '' && position.epoch !== hello.epoch)
    return {
      code: codes.conflict.code,
      reason: 'The document on the server was made anew. Your text is kept here as a copy.',
    }
  if (hello.kind === 'any')
    return {
      code: codes.conflict.code,
      reason: 'This document was made by another program and can only be read here.',
    }
  if (hello.kind === 'page' && hello.schemaVersion > schemaVersion)
    return { code: codes.tooOld.code, reason: 'Reload to get the new version.' }
  return null
}

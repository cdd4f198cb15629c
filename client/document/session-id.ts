/** Names for outboxes. */
import { NONE, type SessionId, sessionId } from '#shared/id.ts'
import type { Chance } from '#shared/time.ts'

/** A session id nobody else has. */
export function newSessionId(chance: Chance): SessionId {
  for (;;) {
    let hex = ''
    for (const byte of chance.bytes(8)) hex += byte.toString(16).padStart(2, '0')
    if (hex !== NONE) return sessionId(hex)
  }
}

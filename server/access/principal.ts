/** Who is behind a channel, as the door found out. */
import type { Role } from '#shared/frame.ts'

export interface Principal {
  /** What entries are attributed to, and what client ids belong to; `anonymous` is shared by all without identity. */
  readonly author: string
  readonly role: Role
}

/** Open mode: everybody may write, nobody is known. */
export const ANONYMOUS: Principal = { author: 'anonymous', role: 'writer' }

export function mayWrite(role: Role): boolean {
  // Until comments exist, a commenter is a reader.
  return role === 'writer' || role === 'owner'
}

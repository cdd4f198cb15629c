/** Who is behind a channel or a request, as the door found out, and what they may do there. */
import type { Role } from '#shared/frame.ts'

/** What others are told of somebody, out of what was verified. */
export interface Identity {
  /** 1 to 100 characters, none of them a control character. */
  readonly name: string
  /** `#rrggbb`, or null where none was given. */
  readonly colour: string | null
  /** Came by a link that was given out, and nobody knows who it is. */
  readonly isGuest: boolean
}

export interface Principal {
  /** What entries are attributed to, and what client ids belong to; `anonymous` is shared by all without identity. */
  readonly author: string
  /** In the document that was asked about. */
  readonly role: Role
  /** Left out where nobody is known (open mode): then presence says what its client says. */
  readonly identity?: Identity
  /** Guests this person was before signing in: what belongs to them belongs to this person, too. */
  readonly also?: readonly string[]
}

/** Open mode: everybody may write, nobody is known. */
export const ANONYMOUS: Principal = { author: 'anonymous', role: 'writer' }

/** A guest's author, from the random part of it. */
export function guestAuthor(random: string): string {
  return `guest:${random}`
}

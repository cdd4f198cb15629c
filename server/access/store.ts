/**
 * What access keeps: browser sessions with their grants, shares, what people are called, whose tokens were taken back,
 * and which guests turned out to be whom. Secrets and tokens never come here, only hashes of them.
 *
 * Everything rejects with StoreFailed where the disk does not do it.
 */
import type { Role } from '#shared/frame.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Pattern } from './pattern.ts'
import type { Share } from './share.ts'

/** One token or share that a browser session has taken up. */
export interface Grant {
  readonly doc: Pattern
  readonly role: Role
  /** Wall-clock milliseconds; null where it ends only with its share. */
  readonly expiresAtMs: number | null
  /** Of a token: who it was for, and by which key; null of a share. */
  readonly person: Person | null
  readonly issuer: string | null
  /** Of a token: when it was issued, in wall-clock milliseconds; left out where it does not say so. */
  readonly issuedAtMs?: number
  /** The id of the share; null of a token. */
  readonly share: string | null
}

export interface Person {
  readonly sub: string
  readonly name: string
  readonly colour: string | null
}

export interface StoredSession {
  /** SHA-256 of its secret, in hex. */
  readonly id: string
  /** Its author where nobody has signed in: `guest:` and sixteen hex digits. */
  readonly guest: string
  readonly usedAtMs: number
  /** Who signed in last; null where nobody has. */
  readonly person: Person | null
  readonly grants: readonly Grant[]
}

/** What somebody was called when they were seen last. */
export type Named = Pick<Person, 'sub' | 'name'>

export interface Joined {
  readonly sub: string
  readonly guest: string
}

/** All that was issued to this person until then counts no more. */
export interface TakenBack {
  readonly sub: string
  /** Wall-clock milliseconds. */
  readonly untilMs: number
}

export interface ShareRoom {
  readonly most: number
  readonly endedBeforeMs: number
}

export interface AccessStore {
  session(id: string): Promise<StoredSession | null>
  /** New, or in place of the one of this id. */
  putSession(session: StoredSession): Promise<void>
  removeSession(id: string): Promise<void>
  /**
   * Forgets sessions not used since `usedBeforeMs`, and of the others beyond `most` the longest unused, guests' first:
   * whoever has a link can make any number of them.
   */
  tidySessions(limits: { readonly usedBeforeMs: number; readonly most: number }): Promise<readonly string[]>
  share(id: string): Promise<Share | null>
  /** By SHA-256 of its token, in hex; revoked ones, too. */
  shareOf(tokenHash: string): Promise<Share | null>
  /** Newest first; revoked ones, too. */
  shares(document: DocumentId): Promise<readonly Share[]>
  /** A new one; false where its document has `most` that were not revoked, and did not end before `endedBeforeMs`. */
  addShare(share: Share, tokenHash: string, room?: ShareRoom): Promise<boolean>
  /** In place of the one of this id. */
  putShare(share: Share): Promise<void>
  /** Forgets those that were revoked, or ended by themselves, before. Their ids. */
  tidyShares(endedBeforeMs: number): Promise<readonly string[]>
  /** Guests who turned out to be somebody. */
  joined(): Promise<readonly Joined[]>
  join(joined: Joined): Promise<void>
  /** What these people are called, those of them whose name is known. */
  named(subs: readonly string[]): Promise<readonly Named[]>
  /** New, or in place of the one of this `sub`. */
  putName(named: Named): Promise<void>
  takenBack(): Promise<readonly TakenBack[]>
  /** New, or in place of the one of this `sub`. */
  takeBack(one: TakenBack): Promise<void>
  /** Nothing may be asked afterwards. */
  close(): Promise<void>
}

/** The disk did not do it; nothing of it was done. */
export class StoreFailed extends Error {}

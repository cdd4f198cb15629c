/** A share: a link to one document that was given out with a role, and can be taken back. */
import type { Role } from '#shared/frame.ts'
import type { DocumentId } from '#shared/id.ts'

export interface Share {
  /** Sixteen hex digits; no secret. */
  readonly id: string
  readonly document: DocumentId
  readonly role: Role
  /** What its owner calls it; '' without a name. */
  readonly name: string
  /** The author who made it. */
  readonly by: string
  readonly createdAtMs: number
  /** Null where it does not end by itself. */
  readonly expiresAtMs: number | null
  readonly revokedAtMs: number | null
}

export interface NewShare {
  readonly document: DocumentId
  readonly role: Role
  readonly name: string
  readonly by: string
  readonly expiresAtMs: number | null
}

/** A document has as many shares as there is room for. */
export class TooManyShares extends Error {}

export interface Shares {
  /** `token` is told this once; only its hash is kept. Rejects with TooManyShares. */
  make(share: NewShare): Promise<{ readonly share: Share; readonly token: string }>
  /** All of a document that are not revoked, newest first; those that ended by themselves for 30 days more. */
  of(document: DocumentId): Promise<readonly Share[]>
  /** Changes what it allows, for everybody who came by it, at once. Null where there is none, or it was revoked. */
  change(
    share: { readonly document: DocumentId; readonly id: string },
    to: { readonly role: Role; readonly by: string },
  ): Promise<Share | null>
  /** Takes it back: who came by it is put out within seconds. False where there is none, or it was revoked before. */
  revoke(share: { readonly document: DocumentId; readonly id: string; readonly by: string }): Promise<boolean>
}

const SHARE_TOKEN = /^vs_[A-Za-z0-9_-]{43}$/

/** Whether this text has the form of a share's token. */
export function isShareToken(text: string): boolean {
  return SHARE_TOKEN.test(text)
}

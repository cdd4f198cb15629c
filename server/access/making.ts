/** Makes what people who run a server need to let others in: a secret, and tokens signed with it. */
import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Role } from '#shared/frame.ts'

/** As many random bytes as AUTH_SECRET has to have, at least. */
export const SECRET_BYTES = 32

export interface TokenFor {
  /** AUTH_SECRET as it is set. */
  readonly secret: string
  /** Who it is for; edits carry it. */
  readonly sub: string
  /** What others see; `sub` without it. */
  readonly name?: string | undefined
  /** `#rrggbb`. */
  readonly colour?: string | undefined
  /** A document's id, or a beginning of ids and `*`. */
  readonly doc: string
  readonly role: Role
  readonly expiresInSeconds: number
  /** Seconds since 1970; now without it. */
  readonly issuedAtSeconds?: number | undefined
  /** Who may take it, where the server's AUTH_AUDIENCE says so. */
  readonly audience?: string | undefined
}

/** A value for AUTH_SECRET: 43 letters, digits, `-` and `_`. */
export function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

/** A token (JWT, HS256) that a server with this secret takes. */
export async function makeToken(token: TokenFor): Promise<string> {
  const { secret, sub, name, colour, doc, role, expiresInSeconds, audience } = token
  const nowSeconds = token.issuedAtSeconds ?? Math.floor(Date.now() / 1_000)
  const jwt = new SignJWT({ name: name ?? sub, ...(colour !== undefined && { colour }), doc, role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + expiresInSeconds)
  if (audience !== undefined) jwt.setAudience(audience)
  return jwt.sign(new TextEncoder().encode(secret))
}

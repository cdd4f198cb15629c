/**
 * Tokens: JWTs signed with AUTH_SECRET (HS256), or with a key of AUTH_JWKS_URL. Which key may have signed a token is
 * decided by its `alg` alone, and each key takes only its own: nothing is ever checked with another one's key.
 */
import { hash } from 'node:crypto'
import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { limits, type Role, roles } from '#shared/frame.ts'
import type { KeySet } from './key-set.ts'
import { type Pattern, pattern } from './pattern.ts'
import type { Identity } from './principal.ts'

/** What a token says, once it was found to be one. */
export interface Claims {
  readonly sub: string
  readonly identity: Identity
  readonly doc: Pattern
  readonly role: Role
  /** Wall-clock milliseconds. */
  readonly expiresAtMs: number
  /** Wall-clock milliseconds, whole seconds as a rule; left out where it does not say. */
  readonly issuedAtMs?: number
  /** By which of our keys: text that changes with AUTH_SECRET, and with AUTH_JWKS_URL. */
  readonly issuer: string
}

export type TokenVerdict =
  | { readonly kind: 'valid'; readonly claims: Claims }
  /** `reason` is for a person. */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** The keys cannot be had at the moment. */
  | { readonly kind: 'unsure' }

export interface TokensOptions {
  readonly secret: string | null
  readonly keySet: KeySet | null
  /** What `aud` has to name; null where a token must have none. */
  readonly audience: string | null
  /** Wall-clock milliseconds. */
  readonly wall: () => number
}

/** Clocks of those who make tokens may be off by so much. */
export const SKEW_MS = 30_000
/** A token that was found valid is not looked at anew for so long, while its key counts. */
const KNOWN_MS = 60_000
const MAX_KNOWN = 10_000
const ASYMMETRIC = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
const NO_TOKEN = 'this is not a token that this server takes'
const EXPIRED = 'this token has expired'
/** Authors that no token may name: nobody becomes somebody else by it. */
const RESERVED = /^(anonymous$|guest:)/

export class Tokens {
  readonly #options: TokensOptions
  readonly #secret: Uint8Array | null
  readonly #secretIssuer: string
  /** By hash, so that no token lies in memory; oldest first. */
  readonly #known = new Map<string, { readonly claims: Claims; readonly at: number }>()

  constructor(options: TokensOptions) {
    this.#options = options
    this.#secret = options.secret === null ? null : new TextEncoder().encode(options.secret)
    this.#secretIssuer = `secret ${hash('sha256', `vellum issuer ${options.secret ?? ''}`).slice(0, 16)}`
  }

  /** Whether what a token of this issuer allowed still counts: with another AUTH_SECRET it does not. */
  takes(issuer: string): boolean {
    if (this.#secret !== null && issuer === this.#secretIssuer) return true
    const { keySet } = this.#options
    if (keySet === null || !issuer.startsWith(keySet.issuer)) return false
    const kid = issuer.slice(keySet.issuer.length)
    return kid === '' || (kid.startsWith(' ') && keySet.has(kid.slice(1)))
  }

  /** At once where this very token was found valid a moment ago. Never rejects. */
  verify(token: string): TokenVerdict | Promise<TokenVerdict> {
    const name = hash('sha256', token)
    const now = this.#options.wall()
    const known = this.#known.get(name)
    const isKnown = known !== undefined && now - known.at < KNOWN_MS && now >= known.at
    if (isKnown && this.takes(known.claims.issuer))
      return known.claims.expiresAtMs + SKEW_MS > now
        ? { kind: 'valid', claims: known.claims }
        : { kind: 'invalid', reason: EXPIRED }
    return this.#verify(token).then((verdict) => {
      if (verdict.kind === 'valid') this.#remember(name, verdict.claims, now)
      return verdict
    })
  }

  #remember(name: string, claims: Claims, at: number): void {
    this.#known.delete(name)
    this.#known.set(name, { claims, at })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }

  async #verify(token: string): Promise<TokenVerdict> {
    if (token.length > limits.tokenBytes) return { kind: 'invalid', reason: NO_TOKEN }
    const { audience, keySet, wall } = this.#options
    const options: JWTVerifyOptions = {
      requiredClaims: ['exp', 'sub'],
      clockTolerance: SKEW_MS / 1_000,
      currentDate: new Date(wall()),
      ...(audience !== null && { audience }),
    }
    try {
      const { alg } = decodeProtectedHeader(token)
      if (alg === 'HS256' && this.#secret !== null) {
        const { payload } = await jwtVerify(token, this.#secret, { ...options, algorithms: ['HS256'] })
        return this.#read(payload, this.#secretIssuer)
      }
      if (keySet !== null && alg !== undefined && ASYMMETRIC.includes(alg)) {
        const found = await jwtVerify(token, keySet.key, { ...options, algorithms: ASYMMETRIC })
        const { kid } = found.protectedHeader
        return this.#read(found.payload, kid === undefined ? keySet.issuer : `${keySet.issuer} ${kid}`)
      }
    } catch (error) {
      if (keySet?.isOutage(error)) return { kind: 'unsure' }
      if (error instanceof errors.JWTExpired) return { kind: 'invalid', reason: EXPIRED }
      // Whatever else is thrown says that this is no token of ours; which part is wrong is not told.
      return { kind: 'invalid', reason: NO_TOKEN }
    }
    return { kind: 'invalid', reason: NO_TOKEN }
  }

  #read(payload: JWTPayload, issuer: string): TokenVerdict {
    const { sub, aud, exp, iat } = payload
    const { name, doc, role } = payload
    // A token for somebody else's service is none for this one, though the same keys signed it.
    if (aud !== undefined && this.#options.audience === null) return { kind: 'invalid', reason: NO_TOKEN }
    if (sub === undefined || !isName(sub, 255) || RESERVED.test(sub))
      return { kind: 'invalid', reason: 'this token does not say whose it is' }
    const covered = typeof doc === 'string' ? pattern(doc) : null
    if (covered === null) return { kind: 'invalid', reason: 'this token names no document' }
    const allowed = roles.find((one) => one === role)
    if (allowed === undefined) return { kind: 'invalid', reason: 'this token names no role' }
    if (exp === undefined || !Number.isSafeInteger(Math.ceil(exp * 1_000)))
      return { kind: 'invalid', reason: NO_TOKEN }
    const colour = payload['colour'] ?? payload['color']
    const identity: Identity = {
      name: typeof name === 'string' && isName(name.trim(), 100) ? name.trim() : sub.slice(0, 100),
      colour: typeof colour === 'string' && /^#[0-9a-fA-F]{6}$/.test(colour) ? colour.toLowerCase() : null,
      isGuest: false,
    }
    const expiresAtMs = Math.ceil(exp * 1_000)
    const issued = typeof iat !== 'number' ? {} : { issuedAtMs: Math.floor(iat * 1_000) }
    const claims: Claims = { sub, identity, doc: covered, role: allowed, expiresAtMs, issuer, ...issued }
    return { kind: 'valid', claims }
  }
}

function isName(text: string, most: number): boolean {
  return text.length > 0 && text.length <= most && text.isWellFormed() && !/\p{Cc}/u.test(text)
}

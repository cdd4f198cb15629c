/**
 * The keys at AUTH_JWKS_URL: kept, fetched anew when they are old or a token names one that is not among them, and
 * still used when their server cannot be reached.
 */
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'

export interface KeySet {
  readonly issuer: string
  readonly key: JWTVerifyGetKey
  /** Whether a key of this id is among them, as far as is known; all are while none could be fetched yet. */
  has(kid: string): boolean
  /** Fetches them where they are old. Never rejects: where they cannot be had, those there were go on. */
  refresh(): Promise<void>
  /** Whether this error says that keys could not be had, rather than that a token is wrong. */
  isOutage(error: unknown): boolean
}

export interface KeySetOptions {
  readonly url: string
  /** Wall-clock milliseconds. */
  readonly wall: () => number
  /** How long after a fetch a key that is not known is not asked for. */
  readonly pauseMs?: number
  /** How long they are used without being fetched anew. */
  readonly freshMs?: number
  /** How long a fetch may take. */
  readonly withinMs?: number
}

/** Nobody who sends tokens with made-up key ids makes us ask more often than this. */
const PAUSE_MS = 30_000
/** After a fetch that failed, how long the next waits. */
const FAILED_PAUSE_MS = 2_000
const FRESH_MS = 10 * 60_000
const WITHIN_MS = 5_000
/** Of an answer; a set of a hundred keys takes a tenth of it. */
const MAX_BYTES = 1 << 20

class Outage extends Error {}

export function remoteKeySet(options: KeySetOptions): KeySet {
  const { url, wall, pauseMs = PAUSE_MS, freshMs = FRESH_MS, withinMs = WITHIN_MS } = options
  let failedAt = Number.NEGATIVE_INFINITY
  const remote = createRemoteJWKSet(new URL(url), {
    cooldownDuration: pauseMs,
    cacheMaxAge: freshMs,
    timeoutDuration: withinMs,
    [customFetch]: async (address, options) => {
      if (wall() - failedAt < FAILED_PAUSE_MS) throw new Outage('the keys could not be fetched just now')
      try {
        const response = await fetch(address, options)
        // A redirect is not followed: whoever answers there may be anybody's, or of the inside of this network.
        if (response.status === 200) return await bounded(response)
        await response.body?.cancel()
        throw new Outage(`the keys were answered with ${response.status}`)
      } catch (error) {
        failedAt = wall()
        throw error instanceof Outage ? error : new Outage('the keys cannot be fetched', { cause: error })
      }
    },
  })
  const has = (kid: string) => remote.jwks()?.keys.some((key) => key.kid === kid) ?? true
  const refresh = async (): Promise<void> => {
    if (remote.fresh) return
    await remote.reload().catch(() => {
      // Those there were still count; the next who comes tries again.
    })
  }
  return {
    issuer: `keys ${url}`,
    has,
    refresh,
    isOutage: (error) => error instanceof Outage || error instanceof errors.JWKSInvalid,
    key: async (header, token) => {
      const kept = remote.jwks()
      // Nobody whose key is known waits for a server that may not answer.
      if (kept !== undefined && !remote.fresh && header?.kid !== undefined && has(header.kid)) {
        void refresh()
        return createLocalJWKSet(kept)(header, token)
      }
      try {
        return await remote(header, token)
      } catch (error) {
        // Told apart by what is thrown: a key that is missing is the token's fault, keys that do not come are not.
        const isTokens = error instanceof errors.JOSEError && !isUnreadable(error)
        if (isTokens) throw error
        const last = remote.jwks()
        if (last === undefined) throw new Outage('there are no keys yet', { cause: error })
        try {
          return await createLocalJWKSet(last)(header, token)
        } catch (missing) {
          // It may be a new one.
          throw new Outage('this key may be new', { cause: missing })
        }
      }
    },
  }
}

/** An answer that is no set of keys. */
function isUnreadable(error: errors.JOSEError): boolean {
  return (
    error instanceof errors.JWKSInvalid ||
    error instanceof errors.JWKSTimeout ||
    error.code === 'ERR_JOSE_GENERIC'
  )
}

/** The answer, or Outage where it is larger than any set of keys. */
async function bounded(response: Response): Promise<Response> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new Outage('the keys are too large')
    chunks.push(chunk)
  }
  return new Response(Buffer.concat(chunks), { headers: response.headers })
}

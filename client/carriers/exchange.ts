/**
 * The HTTP requests of one channel, and what their answers mean. Ours is only what carries the server's marks: anything
 * else on the way (a captive portal's page, a proxy's error, a redirect) says nothing about this document.
 */
import type { Cancel, Clock } from '#shared/time.ts'
import type { Join } from './port.ts'

export interface ExchangeOptions {
  /** `http:` or `https:`, the document's channel; asked anew for each request. */
  readonly url: () => string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly clock: Clock
  /** Further headers, asked anew for each request: `Authorization`. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>>
}

export type Outcome =
  /** The server's own answer. */
  | { readonly kind: 'ours'; readonly response: Response; readonly offset: string }
  /** The server's own word: final, or a time to come back. */
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string; readonly afterMs?: number }
  /** No answer, or somebody else's. `status` where there was one. */
  | { readonly kind: 'lost'; readonly reason: string; readonly status?: number }

export interface Asked {
  /** Added to what names this client. */
  readonly query: Readonly<Record<string, string>>
  readonly limit: Limit
  readonly accept: string
  readonly body?: Uint8Array<ArrayBuffer>
  readonly keepalive?: boolean
}

/** Ends a request that makes no progress. */
export class Limit {
  readonly #clock: Clock
  readonly #controller = new AbortController()
  #ms: number
  #cancel: Cancel

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
    this.#cancel = clock.after(ms, () => this.abort())
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Something came; from now on there may be `ms` milliseconds between any two signs. */
  progress(ms = this.#ms): void {
    this.#ms = ms
    this.#cancel()
    if (!this.signal.aborted) this.#cancel = this.#clock.after(this.#ms, () => this.abort())
  }

  abort(): void {
    this.#cancel()
    this.#controller.abort()
  }

  /** The request is over. */
  done(): void {
    this.#cancel()
  }
}

const NEXT_OFFSET = 'Stream-Next-Offset'
/** A problem document longer than this is not ours. */
const PROBLEM_CHARACTERS = 64 << 10

export class Exchange {
  readonly #options: ExchangeOptions
  readonly #join: Join
  /** The server hears a request of this channel at least so often, and may call the person gone where it does not. */
  beatMs: number | null = null

  constructor(options: ExchangeOptions, join: Join) {
    this.#options = options
    this.#join = join
  }

  get clock(): Clock {
    return this.#options.clock
  }

  get(asked: Asked): Promise<Outcome> {
    return this.#ask('GET', asked)
  }

  post(asked: Asked): Promise<Outcome> {
    return this.#ask('POST', asked)
  }

  async #ask(method: 'GET' | 'POST', { query, limit, accept, body, keepalive }: Asked): Promise<Outcome> {
    const { fetch, headers } = this.#options
    try {
      const response = await fetch(this.#url(query), {
        method,
        headers: {
          Accept: accept,
          ...(body === undefined ? {} : { 'Content-Type': 'application/octet-stream' }),
          ...headers?.(),
        },
        ...(body === undefined ? {} : { body }),
        ...(keepalive === true ? { keepalive } : {}),
        cache: 'no-store',
        credentials: 'same-origin',
        // A captive portal sends its guests elsewhere; the server never does.
        redirect: 'error',
        signal: limit.signal,
      })
      limit.progress()
      return response.ok ? judge(response, accept) : await judgeError(response)
    } catch (error) {
      // The platform throws for a connection that failed and for one that was ended here.
      return { kind: 'lost', reason: String(error) }
    }
  }

  #url(query: Readonly<Record<string, string>>): string {
    const url = new URL(this.#options.url())
    const { session, kind, schemaVersion } = this.#join
    const beat = this.beatMs === null ? {} : { beat: String(this.beatMs) }
    const own = { session, kind, schema: String(schemaVersion), ...beat }
    for (const [name, value] of Object.entries({ ...own, ...query })) url.searchParams.set(name, value)
    return url.href
  }
}

function judge(response: Response, accept: string): Outcome {
  const { status, headers } = response
  const offset = headers.get(NEXT_OFFSET)
  const isKnown = status === 204 || (headers.get('Content-Type') ?? '').startsWith(accept)
  if (offset !== null && isKnown) return { kind: 'ours', response, offset }
  discard(response)
  return { kind: 'lost', reason: 'an answer of somebody else', status }
}

/** Only a problem document with one of our codes is the server's. */
async function judgeError(response: Response): Promise<Outcome> {
  const { status, headers } = response
  const lost: Outcome = { kind: 'lost', reason: `status ${status}`, status }
  if (!(headers.get('Content-Type') ?? '').startsWith('application/problem+json')) {
    discard(response)
    return lost
  }
  const text = await response.text()
  if (text.length > PROBLEM_CHARACTERS) return lost
  let problem: unknown
  try {
    problem = JSON.parse(text)
  } catch {
    // Cut on the way: it may have been anything.
    return lost
  }
  if (typeof problem !== 'object' || problem === null || !('code' in problem)) return lost
  const { code } = problem
  if (typeof code !== 'number' || !Number.isInteger(code) || code < 4400 || code > 4599) return lost
  const reason = 'detail' in problem && typeof problem.detail === 'string' ? problem.detail : ''
  const seconds = Number(headers.get('Retry-After') ?? Number.NaN)
  if (!Number.isFinite(seconds) || seconds < 0) return { kind: 'refused', code, reason }
  return { kind: 'refused', code, reason, afterMs: seconds * 1_000 }
}

/** True when all of it came, false when the connection broke or was ended here. Throws what `onPiece` throws. */
export async function readBody(
  body: ReadableStream<Uint8Array>,
  onPiece: (bytes: Uint8Array) => void,
): Promise<boolean> {
  for (const reader = body.getReader(); ; ) {
    const piece = await reader.read().catch(() => null)
    if (piece === null || piece.done) return piece !== null
    onPiece(piece.value)
  }
}

/** What is not read would keep its connection. */
function discard(response: Response): void {
  response.body?.cancel().catch(() => {
    // It has ended by itself: just as well.
  })
}

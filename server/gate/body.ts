/** The body of a request, whole and bounded, or why there is none. */
import type { IncomingMessage } from 'node:http'
import { type Code, codes } from '#shared/codes.ts'
import type { Clock } from '#shared/time.ts'

/** Bytes of bodies and answers that may be in memory at once, for everybody together. */
export class Store {
  readonly #max: number
  #used = 0

  constructor(max: number) {
    this.#max = max
  }

  get used(): number {
    return this.#used
  }

  /** False, and nothing taken, where there is no room for them. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#max) return false
    this.#used += bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#used -= bytes
  }
}

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  /** Nothing of it is kept, nor read any more: why, by a code of the wire; null where its sender is gone. */
  | { readonly kind: 'none'; readonly code: Code | null; readonly reason: string }

const TOO_BIG: Body = { kind: 'none', code: codes.tooBig.code, reason: 'the body is too big' }
const TOO_SLOW: Body = { kind: 'none', code: codes.tooSlow.code, reason: 'the body took too long to come' }
const NO_ROOM: Body = { kind: 'none', code: codes.restarting.code, reason: 'too much is under way' }
const GONE: Body = { kind: 'none', code: null, reason: 'its sender is gone' }

export interface Reading {
  readonly maxBytes: number
  /** It must have come by then. */
  readonly withinMs: number
  readonly store: Store
  readonly clock: Clock
}

/** What it took from the store is the caller's to give back, once it has a whole body. */
export function readBody(
  request: IncomingMessage,
  { maxBytes, withinMs, store, clock }: Reading,
): Promise<Body> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > maxBytes) return Promise.resolve(TOO_BIG)
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let bytes = 0
    let isOver = false
    const end = (body: Body): void => {
      if (isOver) return
      isOver = true
      cancel()
      request.pause()
      request.off('data', take)
      if (body.kind !== 'whole') store.giveBack(bytes)
      resolve(body)
    }
    const cancel = clock.after(withinMs, () => end(TOO_SLOW))
    const take = (part: Buffer): void => {
      if (bytes + part.length > maxBytes) end(TOO_BIG)
      else if (!store.take(part.length)) end(NO_ROOM)
      else {
        bytes += part.length
        parts.push(part)
      }
    }
    request.on('data', take)
    request.once('end', () =>
      end({ kind: 'whole', bytes: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts) }),
    )
    request.once('close', () => end(GONE))
    request.once('error', () => end(GONE))
  })
}

/** Which limit a body came to that ended with this code; null for none. */
export function limitOf(code: number | null): 'bodyBytes' | 'postedBytes' | null {
  if (code === codes.tooBig.code) return 'bodyBytes'
  return code === codes.restarting.code ? 'postedBytes' : null
}

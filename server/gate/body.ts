/** The body of a request, whole and bounded, or why there is none. */
import type { IncomingMessage } from 'node:http'
import { type Code, codes } from '#shared/codes.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import type { Payer, Store } from './store.ts'

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
  readonly payer: Payer
  readonly clock: Clock
}

/** What holds more than this must get on: so many bytes must come in so many milliseconds. */
const HELD_BYTES = 64 << 10
const PROGRESS_BYTES = 1_024
const PROGRESS_MS = 10_000

/** What it took from the store is the caller's to give back, once it has a whole body. */
export function readBody(
  request: IncomingMessage,
  { maxBytes, withinMs, store, payer, clock }: Reading,
): Promise<Body> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > maxBytes) return Promise.resolve(TOO_BIG)
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let bytes = 0
    let isOver = false
    let cancelLook: Cancel = () => {}
    const own = {
      payer,
      get bytes() {
        return bytes
      },
      end: () => end(NO_ROOM),
    }
    const finished = store.begin(own)
    const end = (body: Body): void => {
      if (isOver) return
      isOver = true
      cancel()
      cancelLook()
      finished()
      request.pause()
      request.off('data', take)
      if (body.kind !== 'whole') store.giveBack(bytes, payer)
      resolve(body)
    }
    const cancel = clock.after(withinMs, () => end(TOO_SLOW))
    const look = (before: number): void => {
      cancelLook = clock.after(PROGRESS_MS, () => {
        if (bytes > HELD_BYTES && bytes - before < PROGRESS_BYTES) end(TOO_SLOW)
        else look(bytes)
      })
    }
    look(0)
    const take = (part: Buffer): void => {
      if (bytes + part.length > maxBytes) end(TOO_BIG)
      else if (!store.take(part.length, payer, own)) end(NO_ROOM)
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

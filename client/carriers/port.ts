/**
 * A carrier makes channels: ordered, two-way flows of frames. It does not know what a document is.
 * Nothing is called back before `open` has returned, after `closed`, or after `close()`.
 */
import type { SessionId } from '#shared/id.ts'

export type CarrierName = 'websocket' | 'event-stream' | 'long-poll'

/** How long the ways down over HTTP are silent at most between two signs of life, in milliseconds. */
export const QUIET_MS = {
  /** The server lets no 15 s pass without a comment, the session asks before; a glance comes after 18 s at the latest. */
  'event-stream': 11_000,
  /** A held poll ends within 25 s, a glance comes after 18 s at the latest. */
  'long-poll': 16_000,
} as const

export interface Carrier {
  readonly name: CarrierName
  /** How the server learns what this client holds: by a `resume` frame after the hello, or by `Join.offset`. */
  readonly joinsBy: 'resume' | 'offset'
  /** At most so many milliseconds pass without a sign of life; null for what the hello says. */
  readonly quietMs: number | null
  open(events: ChannelEvents, join: Join): Channel
}

/** Who comes, and with what. A carrier that joins by `resume` needs none of it but `after`. */
export interface Join {
  readonly session: SessionId
  /** The kind of document this client makes. */
  readonly kind: 'page' | 'any'
  readonly schemaVersion: number
  /** What this client holds (shared/offset.ts); null for nothing. */
  readonly offset: string | null
  /** The other carrier that this session tried or used just before; null where there was none. */
  readonly after: CarrierName | null
}

export interface Channel {
  /** Hands over one frame. After the end it does nothing: the outbox keeps what was not acknowledged. */
  send(frame: Uint8Array): void
  /** Asks for a sign of life over the way down; false where only a frame (`ping`) can ask. */
  probe(): boolean
  /** A new token counts from now on: what is held is taken up again by it. Absent where only a frame can say so. */
  renew?(): void
  /** The page may be gone in a moment: what was handed over goes out in a way that outlives it, and says farewell. */
  leave(): void
  /** Ends it; `closed` is not called. May be called twice. */
  close(): void
}

export interface ChannelEvents {
  opened(): void
  frame(bytes: Uint8Array): void
  /** A frame that came as the answer to one that was sent: no sign of life of the way down. */
  answer(bytes: Uint8Array): void
  /** A sign of life that is no frame. */
  heard(): void
  /** `code` as in shared/codes.ts, or 1006 where the carrier learned none. `afterMs`: the server named a time. */
  closed(code: number, reason: string, afterMs?: number): void
}

/** Where a carrier has the token from that it shows. */
export interface Bearer {
  /** Null where there is none yet, or the last one was refused. */
  readonly current: string | null
  /** The one that counts, or a new one. Rejects where none is to be had now. */
  get(): Promise<string>
  /** Calls `renewed` with each new one that is there before the one before has ended; returns the undo. */
  watch(renewed: (token: string) => void): () => void
}

/** What worked last for this origin. Where nothing is kept, everything begins at the top. */
export interface Memory {
  recall(): CarrierName | null
  keep(name: CarrierName): void
}

/** A code of the platform: the channel ended without a word. */
export const WITHOUT_A_WORD = 1006

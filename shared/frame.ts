/**
 * Every frame: its type, what it says, and how much of it. How it is written in bytes is in wire.ts.
 *
 * Types 0–3 are y-websocket's wire. Types from 100 up are Vellum's and go only to a channel that offered them.
 * History of VERSION: 1 first format.
 */
import type { Epoch, Seq, SessionId } from './id.ts'

export const VERSION = 1

/** Byte limits that belong to the format itself, not to a deployment's settings. */
export const limits = {
  /** A state vector: about 100,000 clients at most. */
  stateVectorBytes: 1 << 20,
  /** One presence frame. */
  presenceBytes: 64 << 10,
  /** A reason in words. */
  reasonBytes: 1 << 10,
  /** A token. */
  tokenBytes: 8 << 10,
  /** Sessions one `resume` may name. */
  sessions: 64,
  /** Updates in one `entries` frame. */
  updates: 65_536,
} as const

export const types = {
  sync: 0,
  presence: 1,
  denied: 2,
  presenceQuery: 3,
  hello: 100,
  resume: 101,
  // 102 belongs to another client of this wire (an echo with a version in it); never ours.
  push: 103,
  ack: 104,
  gap: 105,
  entries: 106,
  refused: 107,
  saving: 108,
  later: 109,
  ping: 110,
  pong: 111,
  resumed: 112,
  renew: 113,
} as const

/** By their number on the wire; each may what those before it may. */
export const roles = ['reader', 'commenter', 'writer', 'owner'] as const
export type Role = (typeof roles)[number]

/** By their number on the wire. */
export const kinds = ['none', 'page', 'any'] as const
/** What a document may hold; `none` until its first update with content. */
export type Kind = (typeof kinds)[number]

/** One push number or a run of them; `to` is included. */
export interface PushRange {
  readonly session: SessionId
  readonly from: number
  readonly to: number
}

export interface Hello {
  readonly type: 'hello'
  readonly version: number
  /** '' while the document has no log yet. */
  readonly epoch: Epoch
  readonly head: Seq
  readonly role: Role
  readonly kind: Kind
  readonly schemaVersion: number
  /** False while the server cannot commit. */
  readonly saving: boolean
  readonly maxFrameBytes: number
  /** The server lets no more than this many milliseconds pass without a frame. */
  readonly heartbeatMs: number
}

export interface Resume {
  readonly type: 'resume'
  readonly version: number
  /** The position this client holds; seq 0 and epoch '' for none. */
  readonly epoch: Epoch
  readonly seq: Seq
  /** First 8 bytes of SHA-256 of the entry at `seq`; sixteen zeros for none. */
  readonly hash: string
  /** The kind of document this client makes. */
  readonly kind: Kind
  readonly schemaVersion: number
  /** Each outbox this client holds, and the oldest push in it that was not acknowledged. */
  readonly sessions: readonly { readonly session: SessionId; readonly oldest: number }[]
  readonly stateVector: Uint8Array
}

export interface Entries {
  readonly type: 'entries'
  readonly from: Seq
  readonly to: Seq
  /** First 8 bytes of SHA-256 of the stored entry at `to`; sixteen zeros when it is not known. */
  readonly hash: string
  readonly updates: readonly Uint8Array[]
}

export interface Refused {
  readonly type: 'refused'
  readonly code: number
  /** The push that was refused, if it was one; number 0 otherwise. */
  readonly session: SessionId
  readonly number: number
  readonly reason: string
}

export type Frame =
  | { readonly type: 'step1'; readonly stateVector: Uint8Array }
  | { readonly type: 'step2'; readonly update: Uint8Array }
  | { readonly type: 'update'; readonly update: Uint8Array }
  | { readonly type: 'presence'; readonly presence: Uint8Array }
  | { readonly type: 'denied'; readonly reason: string }
  | { readonly type: 'presenceQuery' }
  | Hello
  | Resume
  | { readonly type: 'resumed'; readonly seq: Seq }
  | {
      readonly type: 'push'
      readonly session: SessionId
      readonly number: number
      readonly update: Uint8Array
    }
  | ({ readonly type: 'ack' } & PushRange)
  | { readonly type: 'gap'; readonly session: SessionId; readonly number: number }
  | Entries
  | Refused
  | { readonly type: 'saving'; readonly saving: boolean }
  | { readonly type: 'later'; readonly code: number; readonly afterMs: number }
  | { readonly type: 'ping'; readonly nonce: number }
  | { readonly type: 'pong'; readonly nonce: number }
  /** A channel goes on with a new token of the same person. */
  | { readonly type: 'renew'; readonly token: string }

/** A frame whose type this version does not know: ignored, so that later versions may add some. */
export interface Unknown {
  readonly type: 'unknown'
  readonly number: number
}

/** Bytes that are not a frame. The channel they came over is closed with 4400 (4413 when too big). */
export class FrameError extends Error {
  readonly tooBig: boolean
  constructor(message: string, tooBig = false) {
    super(message)
    this.name = 'FrameError'
    this.tooBig = tooBig
  }
}

/**
 * Every frame, encoder beside decoder. Both sides import this file and nothing else knows the bytes.
 *
 * Types 0–3 are y-websocket's wire. Types from 100 up are Vellum's and go only to a channel that offered them.
 * Numbers are lib0 varUints, `buf` is a varUint length and that many bytes, `8` is eight raw bytes as 16 hex digits.
 * History of VERSION: 1 first format.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { type Epoch, epoch, NONE, type Seq, type SessionId, seq, sessionId } from './id.ts'

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

const kinds = ['none', 'page', 'any'] as const
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

const SYNC = ['step1', 'step2', 'update'] as const

export function encodeFrame(frame: Frame): Uint8Array {
  if (frame.type === 'update') return sync(2, frame.update)
  if (frame.type === 'step2') return sync(1, frame.update)
  if (frame.type === 'step1') return sync(0, frame.stateVector)
  const out = encoding.createEncoder()
  switch (frame.type) {
    case 'presence':
      encoding.writeVarUint(out, types.presence)
      encoding.writeVarUint8Array(out, frame.presence)
      break
    case 'denied':
      encoding.writeVarUint(out, types.denied)
      encoding.writeVarUint(out, 0)
      encoding.writeVarString(out, frame.reason)
      break
    case 'presenceQuery':
      encoding.writeVarUint(out, types.presenceQuery)
      break
    case 'hello':
      encoding.writeVarUint(out, types.hello)
      encoding.writeVarUint(out, frame.version)
      writeHex8(out, frame.epoch === '' ? NONE : frame.epoch)
      encoding.writeVarUint(out, frame.head)
      encoding.writeVarUint(out, roles.indexOf(frame.role))
      encoding.writeVarUint(out, kinds.indexOf(frame.kind))
      encoding.writeVarUint(out, frame.schemaVersion)
      encoding.writeVarUint(out, frame.saving ? 1 : 0)
      encoding.writeVarUint(out, frame.maxFrameBytes)
      encoding.writeVarUint(out, frame.heartbeatMs)
      break
    case 'resume':
      encoding.writeVarUint(out, types.resume)
      encoding.writeVarUint(out, frame.version)
      writeHex8(out, frame.epoch === '' ? NONE : frame.epoch)
      encoding.writeVarUint(out, frame.seq)
      writeHex8(out, frame.hash)
      encoding.writeVarUint(out, kinds.indexOf(frame.kind))
      encoding.writeVarUint(out, frame.schemaVersion)
      encoding.writeVarUint(out, frame.sessions.length)
      for (const { session, oldest } of frame.sessions) {
        writeHex8(out, session)
        encoding.writeVarUint(out, oldest)
      }
      encoding.writeVarUint8Array(out, frame.stateVector)
      break
    case 'resumed':
      encoding.writeVarUint(out, types.resumed)
      encoding.writeVarUint(out, frame.seq)
      break
    case 'push':
      encoding.writeVarUint(out, types.push)
      writeHex8(out, frame.session)
      encoding.writeVarUint(out, frame.number)
      encoding.writeVarUint8Array(out, frame.update)
      break
    case 'ack':
      encoding.writeVarUint(out, types.ack)
      writeHex8(out, frame.session)
      encoding.writeVarUint(out, frame.from)
      encoding.writeVarUint(out, frame.to)
      break
    case 'gap':
      encoding.writeVarUint(out, types.gap)
      writeHex8(out, frame.session)
      encoding.writeVarUint(out, frame.number)
      break
    case 'entries':
      encoding.writeVarUint(out, types.entries)
      encoding.writeVarUint(out, frame.from)
      encoding.writeVarUint(out, frame.to)
      writeHex8(out, frame.hash)
      encoding.writeVarUint(out, frame.updates.length)
      for (const update of frame.updates) encoding.writeVarUint8Array(out, update)
      break
    case 'refused':
      encoding.writeVarUint(out, types.refused)
      encoding.writeVarUint(out, frame.code)
      writeHex8(out, frame.session)
      encoding.writeVarUint(out, frame.number)
      encoding.writeVarString(out, frame.reason)
      break
    case 'saving':
      encoding.writeVarUint(out, types.saving)
      encoding.writeVarUint(out, frame.saving ? 1 : 0)
      break
    case 'later':
      encoding.writeVarUint(out, types.later)
      encoding.writeVarUint(out, frame.code)
      encoding.writeVarUint(out, frame.afterMs)
      break
    case 'ping':
    case 'pong':
      encoding.writeVarUint(out, types[frame.type])
      encoding.writeVarUint(out, frame.nonce)
      break
    case 'renew':
      encoding.writeVarUint(out, types.renew)
      encoding.writeVarString(out, frame.token)
      break
  }
  return encoding.toUint8Array(out)
}

/**
 * The frame these bytes are. Byte fields are copies, never views of `bytes`.
 * Throws FrameError for anything that is not exactly one frame.
 */
export function decodeFrame(bytes: Uint8Array): Frame | Unknown {
  const input = decoding.createDecoder(bytes)
  let frame: Frame | Unknown
  try {
    frame = read(input)
  } catch (error) {
    if (error instanceof FrameError) throw error
    // lib0 throws plain errors for bytes that end early or numbers out of range, id.ts RangeErrors.
    throw new FrameError('not a frame')
  }
  if (frame.type !== 'unknown' && decoding.hasContent(input)) throw new FrameError('bytes after the frame')
  return frame
}

function read(input: decoding.Decoder): Frame | Unknown {
  const number = decoding.readVarUint(input)
  switch (number) {
    case types.sync: {
      const type = SYNC[decoding.readVarUint(input)]
      if (type === undefined) throw new FrameError('unknown sync step')
      if (type === 'step1') return { type, stateVector: readBuf(input, limits.stateVectorBytes) }
      return { type, update: readBuf(input) }
    }
    case types.presence:
      return { type: 'presence', presence: readBuf(input, limits.presenceBytes) }
    case types.denied:
      if (decoding.readVarUint(input) !== 0) throw new FrameError('unknown denial')
      return { type: 'denied', reason: readText(input) }
    case types.presenceQuery:
      return { type: 'presenceQuery' }
    case types.hello:
      return {
        type: 'hello',
        version: decoding.readVarUint(input),
        epoch: readEpoch(input),
        head: seq(decoding.readVarUint(input)),
        role: pick(roles, input),
        kind: pick(kinds, input),
        schemaVersion: decoding.readVarUint(input),
        saving: readFlag(input),
        maxFrameBytes: decoding.readVarUint(input),
        heartbeatMs: decoding.readVarUint(input),
      }
    case types.resume:
      return {
        type: 'resume',
        version: decoding.readVarUint(input),
        epoch: readEpoch(input),
        seq: seq(decoding.readVarUint(input)),
        hash: readHex8(input),
        kind: pick(kinds, input),
        schemaVersion: decoding.readVarUint(input),
        sessions: readMany(input, limits.sessions, () => ({
          session: sessionId(readHex8(input)),
          oldest: decoding.readVarUint(input),
        })),
        stateVector: readBuf(input, limits.stateVectorBytes),
      }
    case types.resumed:
      return { type: 'resumed', seq: seq(decoding.readVarUint(input)) }
    case types.push: {
      const session = sessionId(readHex8(input))
      const push = decoding.readVarUint(input)
      if (push === 0) throw new FrameError('push numbers begin at 1')
      return { type: 'push', session, number: push, update: readBuf(input) }
    }
    case types.ack: {
      const session = sessionId(readHex8(input))
      const from = decoding.readVarUint(input)
      const to = decoding.readVarUint(input)
      if (from === 0 || to < from) throw new FrameError('not a range of pushes')
      return { type: 'ack', session, from, to }
    }
    case types.gap:
      return { type: 'gap', session: sessionId(readHex8(input)), number: decoding.readVarUint(input) }
    case types.entries: {
      const from = seq(decoding.readVarUint(input))
      const to = seq(decoding.readVarUint(input))
      if (from === 0 || to < from) throw new FrameError('not a range of positions')
      const hash = readHex8(input)
      return {
        type: 'entries',
        from,
        to,
        hash,
        updates: readMany(input, limits.updates, () => readBuf(input)),
      }
    }
    case types.refused:
      return {
        type: 'refused',
        code: decoding.readVarUint(input),
        session: sessionId(readHex8(input)),
        number: decoding.readVarUint(input),
        reason: readText(input),
      }
    case types.saving:
      return { type: 'saving', saving: readFlag(input) }
    case types.later:
      return { type: 'later', code: decoding.readVarUint(input), afterMs: decoding.readVarUint(input) }
    case types.ping:
      return { type: 'ping', nonce: decoding.readVarUint(input) }
    case types.pong:
      return { type: 'pong', nonce: decoding.readVarUint(input) }
    case types.renew:
      return { type: 'renew', token: readText(input, limits.tokenBytes) }
    default:
      return { type: 'unknown', number }
  }
}

/** On the way of every edit, so it is laid out in one allocation. */
function sync(step: number, body: Uint8Array): Uint8Array {
  let lengthBytes = 1
  for (let rest = body.length; rest > 127; rest = Math.floor(rest / 128)) lengthBytes += 1
  const bytes = new Uint8Array(2 + lengthBytes + body.length)
  bytes[0] = types.sync
  bytes[1] = step
  let at = 2
  let rest = body.length
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = 128 | (rest & 127)
  bytes[at++] = rest
  bytes.set(body, at)
  return bytes
}

/** A copy: a view would keep a whole network buffer alive, and an over-read could never leave the frame. */
function readBuf(input: decoding.Decoder, max = Number.POSITIVE_INFINITY): Uint8Array {
  const length = decoding.readVarUint(input)
  if (length > max) throw new FrameError('a field is too big', true)
  return decoding.readUint8Array(input, length).slice()
}

function readText(input: decoding.Decoder, max: number = limits.reasonBytes): string {
  const start = input.pos
  const length = decoding.readVarUint(input)
  if (length > max) throw new FrameError('a text is too long', true)
  input.pos = start
  return decoding.readVarString(input)
}

function readMany<T>(input: decoding.Decoder, max: number, one: () => T): T[] {
  const count = decoding.readVarUint(input)
  if (count > max) throw new FrameError('too many items', true)
  const items: T[] = []
  for (let i = 0; i < count; i++) items.push(one())
  return items
}

function readFlag(input: decoding.Decoder): boolean {
  const value = decoding.readVarUint(input)
  if (value > 1) throw new FrameError('not a flag')
  return value === 1
}

function pick<const T extends readonly string[]>(names: T, input: decoding.Decoder): T[number] {
  const name = names[decoding.readVarUint(input)]
  if (name === undefined) throw new FrameError('unknown name')
  return name
}

function readEpoch(input: decoding.Decoder): Epoch {
  const hex = readHex8(input)
  return epoch(hex === NONE ? '' : hex)
}

function writeHex8(out: encoding.Encoder, hex: string): void {
  for (let i = 0; i < 16; i += 2) encoding.write(out, Number.parseInt(hex.slice(i, i + 2), 16))
}

function readHex8(input: decoding.Decoder): string {
  let hex = ''
  for (const byte of decoding.readUint8Array(input, 8)) hex += byte.toString(16).padStart(2, '0')
  return hex
}

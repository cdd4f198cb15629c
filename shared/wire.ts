/**
 * The bytes of every frame, encoder beside decoder. Both sides import this file and nothing else knows the bytes.
 * What the fields in it look like is in field.ts.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import {
  pick,
  readBytes,
  readEpoch,
  readFlag,
  readHex8,
  readMany,
  readText,
  writeEpoch,
  writeHex8,
} from './field.ts'
import { type Frame, FrameError, kinds, limits, roles, types, type Unknown } from './frame.ts'
import { seq, sessionId } from './id.ts'

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
      writeEpoch(out, frame.epoch)
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
      writeEpoch(out, frame.epoch)
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
      if (type === 'step1') return { type, stateVector: readBytes(input, limits.stateVectorBytes) }
      return { type, update: readBytes(input) }
    }
    case types.presence:
      return { type: 'presence', presence: readBytes(input, limits.presenceBytes) }
    case types.denied:
      if (decoding.readVarUint(input) !== 0) throw new FrameError('unknown denial')
      return { type: 'denied', reason: readText(input, limits.reasonBytes) }
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
        stateVector: readBytes(input, limits.stateVectorBytes),
      }
    case types.resumed:
      return { type: 'resumed', seq: seq(decoding.readVarUint(input)) }
    case types.push: {
      const session = sessionId(readHex8(input))
      const push = decoding.readVarUint(input)
      if (push === 0) throw new FrameError('push numbers begin at 1')
      return { type: 'push', session, number: push, update: readBytes(input) }
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
        updates: readMany(input, limits.updates, () => readBytes(input)),
      }
    }
    case types.refused:
      return {
        type: 'refused',
        code: decoding.readVarUint(input),
        session: sessionId(readHex8(input)),
        number: decoding.readVarUint(input),
        reason: readText(input, limits.reasonBytes),
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

/** Any frame, for properties: one arbitrary per type, total by type, so that a new frame cannot be forgotten. */

import fc from 'fast-check'
import { type Frame, limits } from '#shared/frame.ts'
import { type Epoch, epoch, NONE, type Seq, type SessionId, seq, sessionId } from '#shared/id.ts'

type FrameOf<T extends Frame['type']> = Extract<Frame, { readonly type: T }>

const number = fc.oneof(fc.nat(), fc.maxSafeNat())
const bytes = fc.uint8Array({ maxLength: 300 })
const reason = fc.string({ unit: 'binary', maxLength: 100 }).filter((text) => text.isWellFormed())
const hex8 = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((raw) => Buffer.from(raw).toString('hex'))
const session: fc.Arbitrary<SessionId> = hex8.map(sessionId)
const position: fc.Arbitrary<Seq> = number.map(seq)
const anyEpoch: fc.Arbitrary<Epoch> = hex8.map((hex) => epoch(hex === NONE ? '' : hex))
const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const range = fc.tuple(positive, positive).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
const kind = fc.constantFrom('none' as const, 'page' as const, 'any' as const)
const saving = fc.boolean()

export const frames: { readonly [T in Frame['type']]: fc.Arbitrary<FrameOf<T>> } = {
  step1: fc.record({ type: fc.constant('step1'), stateVector: bytes }),
  step2: fc.record({ type: fc.constant('step2'), update: bytes }),
  update: fc.record({ type: fc.constant('update'), update: bytes }),
  presence: fc.record({ type: fc.constant('presence'), presence: bytes }),
  denied: fc.record({ type: fc.constant('denied'), reason }),
  presenceQuery: fc.record({ type: fc.constant('presenceQuery') }),
  hello: fc.record({
    type: fc.constant('hello'),
    version: number,
    epoch: anyEpoch,
    head: position,
    role: fc.constantFrom('reader', 'commenter', 'writer', 'owner'),
    kind,
    schemaVersion: number,
    saving,
    maxFrameBytes: number,
    heartbeatMs: number,
  }),
  resume: fc.record({
    type: fc.constant('resume'),
    version: number,
    epoch: anyEpoch,
    seq: position,
    hash: hex8,
    kind,
    schemaVersion: number,
    sessions: fc.array(fc.record({ session, oldest: number }), { maxLength: limits.sessions }),
    stateVector: bytes,
  }),
  resumed: fc.record({ type: fc.constant('resumed'), seq: position }),
  push: fc.record({ type: fc.constant('push'), session, number: positive, update: bytes }),
  ack: fc.tuple(session, range).map(([of, { from, to }]) => ({ type: 'ack', session: of, from, to })),
  gap: fc.record({ type: fc.constant('gap'), session, number }),
  entries: fc.tuple(range, hex8, fc.array(bytes, { maxLength: 5 })).map(([{ from, to }, hash, updates]) => ({
    type: 'entries',
    from: seq(from),
    to: seq(to),
    hash,
    updates,
  })),
  refused: fc.record({ type: fc.constant('refused'), code: number, session, number, reason }),
  saving: fc.record({ type: fc.constant('saving'), saving }),
  later: fc.record({ type: fc.constant('later'), code: number, afterMs: number }),
  ping: fc.record({ type: fc.constant('ping'), nonce: number }),
  pong: fc.record({ type: fc.constant('pong'), nonce: number }),
  renew: fc.record({ type: fc.constant('renew'), token: reason }),
}

export const anyFrame: fc.Arbitrary<Frame> = fc.oneof(...Object.values(frames))

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import { type Frame, FrameError, limits, types, VERSION } from '#shared/frame.ts'
import { epoch, NONE, seq, sessionId } from '#shared/id.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import { anyFrame, frames } from './frames.ts'

/** What comes of these bytes: a frame, or the error; anything else that is thrown fails the test. */
function outcome(bytes: Uint8Array): Frame['type'] | 'unknown' | 'malformed' | 'too big' {
  try {
    return decodeFrame(bytes).type
  } catch (error) {
    if (!(error instanceof FrameError)) throw error
    return error.tooBig ? 'too big' : 'malformed'
  }
}

function raw(...parts: (number | Uint8Array)[]): Uint8Array {
  const out = encoding.createEncoder()
  for (const part of parts)
    if (typeof part === 'number') encoding.writeVarUint(out, part)
    else encoding.writeUint8Array(out, part)
  return encoding.toUint8Array(out)
}

const eight = new Uint8Array(8).fill(7)

describe('frames that are well formed', () => {
  test.each(Object.entries(frames))('W1 a %s frame comes back as it was sent', (_type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<Frame>, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame)
      }),
      { numRuns: 200 },
    )
  })

  test("W2 types 0 to 3 are y-websocket's, byte for byte", () => {
    const update = Uint8Array.of(9, 8)
    expect([...encodeFrame({ type: 'step1', stateVector: update })]).toEqual([0, 0, 2, 9, 8])
    expect([...encodeFrame({ type: 'step2', update })]).toEqual([0, 1, 2, 9, 8])
    expect([...encodeFrame({ type: 'update', update })]).toEqual([0, 2, 2, 9, 8])
    expect([...encodeFrame({ type: 'presence', presence: update })]).toEqual([1, 2, 9, 8])
    expect([...encodeFrame({ type: 'denied', reason: 'no' })]).toEqual([2, 0, 2, 110, 111])
    expect([...encodeFrame({ type: 'presenceQuery' })]).toEqual([3])
  })

  test('W2 the other types begin at 100, and 102 is left to those who use it', () => {
    const numbers = Object.values(types)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers.filter((number) => number > 3 && number < 100)).toEqual([])
    expect(numbers).not.toContain(102)
  })

  test('W3 a type this version does not know is unknown, whatever follows it', () => {
    const known = new Set<number>(Object.values(types))
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.uint8Array({ maxLength: 50 }), (number, rest) => {
        fc.pre(!known.has(number))
        expect(decodeFrame(raw(number, rest))).toEqual({ type: 'unknown', number })
      }),
    )
  })

  test('W7 what a decoded frame holds are copies: the bytes it came in may be written over', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bytes = encodeFrame(frame)
        const decoded = decodeFrame(bytes)
        bytes.fill(0xff)
        expect(decoded).toEqual(frame)
      }),
    )
  })
})

describe('bytes that are no frame', () => {
  test('W4 any bytes are a frame, unknown, or refused with a FrameError; nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void outcome(bytes)),
      { numRuns: 3000 },
    )
  })

  test('W4 a frame with one to three bytes changed is a frame, unknown, or refused', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(anyFrame, changes, (frame, edits) => {
        const bytes = encodeFrame(frame)
        for (const [at, value] of edits) bytes[at % bytes.length] = value
        outcome(bytes)
      }),
      { numRuns: 3000 },
    )
  })

  test('W4 a frame that ends early is refused, wherever it is cut', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const bytes = encodeFrame(frame)
        for (let end = 0; end < bytes.length; end++) expect(outcome(bytes.slice(0, end))).toBe('malformed')
      }),
    )
  })

  test('W5 a frame with bytes after it is refused', () => {
    fc.assert(
      fc.property(anyFrame, fc.uint8Array({ minLength: 1, maxLength: 9 }), (frame, rest) => {
        expect(outcome(Uint8Array.of(...encodeFrame(frame), ...rest))).toBe('malformed')
      }),
    )
  })

  test.each([
    ['no bytes', raw()],
    ['a sync step that does not exist', raw(0, 3, 0)],
    ['a denial that does not exist', raw(2, 1, 0)],
    ['a length that claims more than is there', raw(0, 2, 1_000_000)],
    ['a length above 2^53', Uint8Array.of(0, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1)],
    ['a number that never ends', new Uint8Array(40).fill(255)],
    ['push number 0', raw(103, eight, 0, 0)],
    ['an acknowledgement from 0', raw(104, eight, 0, 1)],
    ['an acknowledgement that runs backwards', raw(104, eight, 5, 4)],
    ['positions from 0', raw(106, 0, 1, eight, 0)],
    ['positions that run backwards', raw(106, 5, 4, eight, 0)],
    ['a flag of 2', raw(108, 2)],
    ['a role that does not exist', raw(100, 1, eight, 0, 4, 0, 1, 1, 1, 1)],
    ['a kind that does not exist', raw(100, 1, eight, 0, 0, 3, 1, 1, 1, 1)],
    ['a session id of 7 bytes', raw(105, eight.slice(1))],
    ['a reason that is not UTF-8', raw(2, 0, 2, Uint8Array.of(0xc3, 0x28))],
  ])('W4 %s is refused', (_what, bytes) => {
    expect(outcome(bytes)).toBe('malformed')
  })

  test('W4 a number written longer than it has to be is no other frame', () => {
    // 0x80 0x00 is 0 in two bytes: either it reads as what it says, or it is refused; it never reads as more.
    const long = Uint8Array.of(0x80, 0x00, 0x80, 0x00, 0x81, 0x00, 42)
    const result = outcome(long)
    expect(['step1', 'malformed']).toContain(result)
    if (result === 'step1')
      expect(decodeFrame(long)).toEqual({ type: 'step1', stateVector: Uint8Array.of(42) })
  })

  test.each([
    ['a state vector', raw(0, 0, limits.stateVectorBytes + 1)],
    ['presence', raw(1, limits.presenceBytes + 1)],
    ['a reason', raw(2, 0, limits.reasonBytes + 1)],
    ['a token', raw(113, limits.tokenBytes + 1)],
    ['a list of sessions', raw(101, 1, eight, 0, eight, 0, 1, limits.sessions + 1)],
    ['a list of updates', raw(106, 1, 1, eight, limits.updates + 1)],
  ])('W6 %s above its limit is too big, and nothing is made of it', (_what, bytes) => {
    expect(outcome(bytes)).toBe('too big')
  })
})

describe('the format', () => {
  const session = sessionId('0123456789abcdef')
  const update = Uint8Array.of(1, 2, 3)
  const samples: { readonly [T in Frame['type']]: Frame } = {
    step1: { type: 'step1', stateVector: update },
    step2: { type: 'step2', update },
    update: { type: 'update', update },
    presence: { type: 'presence', presence: update },
    denied: { type: 'denied', reason: 'né' },
    presenceQuery: { type: 'presenceQuery' },
    hello: {
      type: 'hello',
      version: 1,
      epoch: epoch('fedcba9876543210'),
      head: seq(300),
      role: 'writer',
      kind: 'page',
      schemaVersion: 2,
      saving: true,
      maxFrameBytes: 1 << 24,
      heartbeatMs: 20_000,
    },
    resume: {
      type: 'resume',
      version: 1,
      epoch: epoch(''),
      seq: seq(0),
      hash: NONE,
      kind: 'any',
      schemaVersion: 1,
      sessions: [{ session, oldest: 129 }],
      stateVector: update,
    },
    resumed: { type: 'resumed', seq: seq(128) },
    push: { type: 'push', session, number: 127, update },
    ack: { type: 'ack', session, from: 1, to: 128 },
    gap: { type: 'gap', session, number: 5 },
    entries: {
      type: 'entries',
      from: seq(1),
      to: seq(2),
      hash: 'ffeeddccbbaa9988',
      updates: [update, update],
    },
    refused: { type: 'refused', code: 4409, session, number: 3, reason: 'conflict' },
    saving: { type: 'saving', saving: false },
    later: { type: 'later', code: 4503, afterMs: 1000 },
    ping: { type: 'ping', nonce: 7 },
    pong: { type: 'pong', nonce: 7 },
    renew: { type: 'renew', token: 'a.b.c' },
  }

  test('W8 the bytes of every frame are those of this version: whoever changes them counts VERSION up', () => {
    const hash = createHash('sha256').update(`version ${VERSION}\n`)
    for (const [type, frame] of Object.entries(samples))
      hash.update(`${type} ${Buffer.from(encodeFrame(frame)).toString('hex')}\n`)
    expect(hash.digest('hex')).toBe('d65e3ee70affbf9bb8cfc70181eaa6831c8172a7f005ad7207a92af5eae3622e')
  })

  test('W8 every sample of the fingerprint differs from the others and reads back', () => {
    const all = Object.values(samples)
    const encoded = all.map((frame) => Buffer.from(encodeFrame(frame)).toString('hex'))
    expect(new Set(encoded).size).toBe(all.length)
    for (const frame of all) expect(decodeFrame(encodeFrame(frame))).toEqual(frame)
    for (const frame of all) {
      const type = decoding.readVarUint(decoding.createDecoder(encodeFrame(frame)))
      expect(Object.values(types)).toContain(type)
    }
  })
})

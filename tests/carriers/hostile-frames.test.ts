/** Frames that nobody honest sends, over every carrier, while two people write in another document. */
import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Frame } from '#shared/frame.ts'
import { encodeFrame } from '#shared/wire.ts'
import { typed } from '#tests/gate/make.ts'
import { clientFrame, RawSocket, upgradeRequest } from '#tests/process/raw-socket.ts'
import { Attacked, carriers } from './attacked.ts'
import { freshSession } from './end.ts'
import { here, presenceOf, states } from './writing.ts'

const FRAME_BYTES = 6 << 20
const DOCUMENT_BYTES = 256 << 10
const FULL = 250_000
const NEW_CLIENTS = 600
const PATIENCE = { timeout: 30_000 }
const SEED = 20_261_122
const NOTHING = Uint8Array.of(0)

let attacked: Attacked

beforeAll(async () => {
  attacked = await Attacked.open({
    env: {
      MAX_FRAME_BYTES: String(FRAME_BYTES),
      MAX_DOCUMENT_BYTES: String(DOCUMENT_BYTES),
      MAX_NEW_CLIENTS_PER_MINUTE: String(NEW_CLIENTS),
      MAX_SIGNALS_PER_SECOND: '200000',
    },
  })
})

beforeEach(() => attacked.begin())
afterEach(() => attacked.noticedByNobody())
afterAll(() => attacked?.close())

describe.each(carriers)('over %s', (carrier) => {
  const say = (...frames: (Frame | Uint8Array)[]) => attacked.outcome(carrier, 'attacked', frames)

  test('W4 what is not exactly a frame: 4400', async () => {
    const broken = [
      ['nothing at all', Uint8Array.of()],
      ['more claimed than is there', Uint8Array.of(0, 2, 0xff, 0xff, 0x7f, 1)],
      ['2^53 bytes claimed', Uint8Array.of(0, 2, 255, 255, 255, 255, 255, 255, 255, 15)],
      ['an early end', Uint8Array.of(103, 0, 0)],
      ['a number without end', new Uint8Array(1_000).fill(0x80)],
      ['bytes behind it', Uint8Array.of(...encodeFrame({ type: 'ping', nonce: 7 }), 1)],
      ['a sync of a kind that is none', Uint8Array.of(0, 9, 0)],
    ] as const
    const outcomes = await Promise.all(broken.map(async ([what, bytes]) => [what, await say(bytes)]))
    expect(outcomes).toEqual(broken.map(([what]) => [what, 4400]))
  })

  test('W4 random bytes: 4400 or 4413, or a frame of a type nobody knows', async () => {
    const samples = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 65_536 }), { seed: SEED, numRuns: 60 })
    const outcomes = await Promise.all(samples.map((bytes) => say(bytes)))
    for (const outcome of outcomes) expect([4400, 4413, 'stays']).toContain(outcome)
    expect(outcomes).toContain(4400)
  })

  test('W3 types nobody knows, and frames that only a server sends, change nothing', async () => {
    const session = freshSession()
    expect(
      await say(
        ...[4, 99, 102, 120].map((type) => Uint8Array.of(type, 1, 2, 3)),
        { type: 'ack', session, from: 1, to: 9 },
        { type: 'saving', saving: false },
        { type: 'later', code: 4503, afterMs: 1 },
        { type: 'denied', reason: 'no' },
      ),
    ).toBe('stays')
  })

  test('C2 a frame above MAX_FRAME_BYTES: 4413', async () => {
    expect(await say(new Uint8Array(FRAME_BYTES + 1))).toBe(4413)
  })

  test('W6 a state vector of a million clients: 4413; one that is none: 4400', async () => {
    expect(await say({ type: 'step1', stateVector: stateVector(1_000_000, 1) })).toBe(4413)
    expect(await say({ type: 'step1', stateVector: Uint8Array.of(5, 1) })).toBe(4400)
  })

  test('R9 a state vector that claims more than there is, of 200,000 clients or far ahead, is answered; nothing waits for it', async () => {
    const document = `ahead-${carrier}`
    await attacked.write(document, typed(1, 'hello world'))
    for (const claimed of [stateVector(200_000, 1), stateVector(1, 2 ** 40)])
      expect(await attacked.outcome(carrier, document, [{ type: 'step1', stateVector: claimed }])).toBe(
        'stays',
      )
    expect((await attacked.read(document)).getText('t').toString()).toBe('hello world')
  })

  test('P2 a thousand questions for the whole document: answered by what its reader takes, or refused; memory stays', async () => {
    const document = `asked-${carrier}`
    await attacked.write(document, typed(1, 'x'.repeat(20_000)))
    const questions = Array.from({ length: 1_000 }, () => ({ type: 'step1', stateVector: NOTHING }) as const)
    // An answer to a post has an end.
    const expected = carrier === 'websocket' ? 'stays' : 4413
    expect(await attacked.outcome(carrier, document, questions)).toBe(expected)
  })

  test('I6 a new client id with every edit: that channel is slowed, a sync may bring as many at once, and others write on', async () => {
    const document = `ids-${carrier}`
    const count = 2 * NEW_CLIENTS
    const sync = { type: 'step2', update: letters(10_000, count) } as const
    expect(await attacked.outcome(carrier, document, [sync])).toBe('stays')
    const stored = async () => (await attacked.read(document)).getText('t').length
    await expect.poll(stored, PATIENCE).toBe(count)
    const slowed = await attacked.metric('vellum_slowed_total')
    const end = attacked.end(carrier, document)
    await end.next('step2')
    const live = (at: number) => ({ type: 'update', update: letters(20_000 + at, 1) }) as const
    end.send(...Array.from({ length: count }, (_, at) => live(at)))
    await expect.poll(() => attacked.metric('vellum_slowed_total'), PATIENCE).toBeGreaterThan(slowed)
    await attacked.write(document, letters(30_000, 1))
    expect((await attacked.read(document)).getText('t').length).toBeLessThan(2 * count)
    expect(end.code).toBeNull()
    end.cut()
  })

  test('I6 a document that is full takes no more: 4413, it can be read, and what deletes makes room', async () => {
    const document = `full-${carrier}`
    const session = freshSession()
    const doc = new Y.Doc()
    const end = attacked.end(carrier, document, { sessions: [session] })
    await end.next('step2')
    const push = (number: number, update: Uint8Array) => end.send({ type: 'push', session, number, update })
    doc.getText('t').insert(0, 'x'.repeat(FULL))
    push(1, Y.encodeStateAsUpdate(doc))
    await end.next('ack')
    push(2, typed(9, 'y'.repeat(50_000)))
    expect(await end.next('refused')).toMatchObject({ code: 4413, session, number: 2 })
    for (const other of carriers)
      expect((await attacked.read(document, other)).getText('t').length).toBe(FULL)
    const before = Y.encodeStateVector(doc)
    doc.getText('t').delete(0, FULL)
    push(3, Y.encodeStateAsUpdate(doc, before))
    await end.until(() => end.of('ack').at(-1)?.to === 3, 'an ack')
    expect(end.code).toBeNull()
    end.cut()
  })

  test('R13 presence that is no object, no JSON, a list, too large or too deep is dropped, and the third ends the channel with 4400', async () => {
    const states = ['42', '{"a":', '[]', JSON.stringify({ a: 'x'.repeat(5_000) }), deep(10_000), deep(10)]
    for (const [count, expected] of [
      [2, 'stays'],
      [3, 4400],
    ] as const) {
      const outcomes = await Promise.all(
        states.map((json) => {
          const bad = { type: 'presence', presence: presenceOf(5, 1, json) } as const
          return attacked.outcome(carrier, `seen-${carrier}`, new Array(count).fill(bad))
        }),
      )
      expect(outcomes).toEqual(states.map(() => expected))
    }
  })

  test('R13 R12 a name that sets a prototype, absurd clocks and endings of others change nothing anybody is shown', async () => {
    const document = `clocks-${carrier}`
    const watcher = attacked.end('websocket', document)
    await watcher.next('step2')
    const end = attacked.end(carrier, document)
    await end.next('step2')
    const presence = (client: number, clock: number, json: string) =>
      ({ type: 'presence', presence: presenceOf(client, clock, json) }) as const
    end.send(presence(70, Number.MAX_SAFE_INTEGER, '{"a":1}'), presence(71, 1, 'null'))
    end.send(presence(72, 1, '{"a":1,"__proto__":{"admin":true}}'))
    end.send(presence(72, Number.MAX_SAFE_INTEGER, '{"a":2}'), presence(72, 3, '{"a":3}'))
    await watcher.until(() => states(watcher).get(72) === '{"a":3}', 'the last state')
    expect([...here(watcher)]).toEqual([72])
    expect(
      JSON.stringify(watcher.of('presence').map(({ presence: bytes }) => Buffer.from(bytes).toString())),
    ).not.toMatch(/__proto__|admin/)
    for (const one of [watcher, end]) one.cut()
  })

  test('R12 R13 presence without end reaches others thinned out, and a channel has eight ids of twenty thousand', async () => {
    const document = `flood-${carrier}`
    const watcher = attacked.end('websocket', document)
    await watcher.next('step2')
    const end = attacked.end(carrier, document)
    await end.next('step2')
    const flood = Array.from({ length: 3_000 }, (_, clock) => presenceOf(1, clock + 1, `{"caret":${clock}}`))
    const ids = Array.from({ length: 20_000 }, (_, id) => presenceOf(id + 2, 1, '{}'))
    end.send(...[...flood, ...ids].map((presence) => encodeFrame({ type: 'presence', presence })))
    end.send({ type: 'ping', nonce: 7 })
    await end.next('pong')
    await watcher.until(() => states(watcher).get(1) === '{"caret":2999}', 'the last caret')
    expect(watcher.of('presence').length).toBeLessThan(1_000)
    const late = attacked.end('long-poll', document)
    await late.next('step2')
    expect(here(late).size).toBeLessThanOrEqual(8)
    for (const one of [watcher, end, late]) one.cut()
  })
})

test('R11 frames together with the upgrade wait until the document is open: a bound of them, in order, none is lost', async () => {
  const raw = await RawSocket.connect(attacked.server.port)
  const frames = Array.from({ length: 4_000 }, () =>
    clientFrame({ first: 0x82, payload: new Uint8Array(1_000).fill(0x7f) }),
  )
  const ping = clientFrame({ first: 0x82, payload: Uint8Array.of(110, 9) })
  const upgrade = Buffer.from(upgradeRequest('/sync/attacked-early', ['Sec-WebSocket-Protocol: vellum']))
  raw.say(Buffer.concat([upgrade, ...frames, ping]))
  await raw.until((text) => text.includes('\x6f\x09'))
  expect(raw.status).toBe(101)
  raw.reset()
})

/** So many clients from this one on, each with one letter in the root `t`. */
function letters(first: number, count: number): Uint8Array {
  const out = encoding.createEncoder()
  encoding.writeVarUint(out, count)
  for (let client = first + count - 1; client >= first; client--) {
    for (const number of [1, client, 0, 4, 1]) encoding.writeVarUint(out, number)
    encoding.writeVarString(out, 't')
    encoding.writeVarString(out, 'x')
  }
  encoding.writeVarUint(out, 0)
  return encoding.toUint8Array(out)
}

/** An object in an object, so many times. */
function deep(count: number): string {
  return `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`
}

/** As many clients, all at this clock. */
function stateVector(clients: number, clock: number): Uint8Array {
  const out = encoding.createEncoder()
  encoding.writeVarUint(out, clients)
  for (let client = 1; client <= clients; client++) {
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, clock)
  }
  return encoding.toUint8Array(out)
}

/** Hostile input over a WebSocket that keeps to its protocol: frames and updates. */

import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { codes } from '#shared/codes.ts'
import { encodeFrame, type Frame, limits } from '#shared/frame.ts'
import { sessionId } from '#shared/id.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Bystanders, metric } from './bystanders.ts'
import { RawChannel } from './raw-channel.ts'

const FRAME_BYTES = 2 << 20
const RSS_BYTES = 96 << 20
const session = sessionId('00000000000000aa')

let server: ServerProcess
let bystanders: Bystanders
let entries: number
let memory: number

beforeAll(async () => {
  server = await startServer({ env: { MAX_FRAME_BYTES: String(FRAME_BYTES), MAX_CHANNELS_PER_ADDRESS: '0' } })
  bystanders = new Bystanders(server)
  await bystanders.noticeNothing()
})

beforeEach(async () => {
  entries = await metric(server, 'vellum_entries_total')
  memory = await metric(server, 'process_resident_memory_bytes')
})

/** After every attack: nothing of it is in the log, memory is bounded, nobody else noticed. */
afterEach(async () => {
  expect(await metric(server, 'vellum_entries_total')).toBe(entries)
  expect((await metric(server, 'process_resident_memory_bytes')) - memory).toBeLessThan(RSS_BYTES)
  await bystanders.noticeNothing()
})

afterAll(async () => {
  bystanders.leave()
  await server.kill('SIGTERM')
  // One line without content for what was refused; never what was in it.
  expect(server.stderr).not.toMatch(/"level":"fatal"|Unhandled|attacked/)
  await server[Symbol.asyncDispose]()
})

function attack(protocols: readonly string[] = ['vellum']): Promise<RawChannel> {
  return RawChannel.open(server.syncUrl, 'attacked', protocols)
}

/** The code the channel was ended with, or 'stays' when it still answers. */
async function outcome(channel: RawChannel): Promise<number | 'stays'> {
  channel.send({ type: 'ping', nonce: 7 })
  const answer = channel.next('pong').then(
    () => 'stays' as const,
    () => channel.closed.then(({ code }) => code),
  )
  const result = await answer
  channel.close()
  return result
}

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

describe('frames', () => {
  test('a text frame ends its channel with 4400', async () => {
    const channel = await attack()
    channel.socket.send('..`')
    expect(await outcome(channel)).toBe(4400)
  })

  test('an empty frame ends its channel with 4400', async () => {
    const channel = await attack()
    channel.send(new Uint8Array())
    expect(await outcome(channel)).toBe(4400)
  })

  test('random bytes end their channel with 4400 or 4413, or are a frame of a type nobody knows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (bytes) => {
        // Sync frames (0) and presence (1) of empty content are legal and change nothing.
        const channel = await attack()
        channel.send(bytes)
        expect([4400, 4413, 'stays']).toContain(await outcome(channel))
      }),
      { numRuns: 150 },
    )
  })

  test('W3 types nobody knows are ignored', async () => {
    const channel = await attack()
    for (const type of [4, 99, 102, 199, 5000]) channel.send(Uint8Array.of(...varUint(type), 1, 2, 3))
    expect(await outcome(channel)).toBe('stays')
  })

  test('frames that only a server sends change nothing', async () => {
    const channel = await attack()
    await channel.join()
    const senseless: Frame[] = [
      { type: 'ack', session, from: 1, to: 9 },
      { type: 'saving', saving: false },
      { type: 'later', code: 4503, afterMs: 1 },
      { type: 'denied', reason: 'no' },
    ]
    for (const frame of senseless) channel.send(frame)
    expect(await outcome(channel)).toBe('stays')
  })

  test('a frame above MAX_FRAME_BYTES ends its channel: too big', async () => {
    const channel = await attack()
    channel.send(new Uint8Array(FRAME_BYTES + 1))
    expect((await channel.closed).code).toBe(4413)
  })

  test('a frame that claims more than is there ends its channel with 4400', async () => {
    const channel = await attack()
    channel.send(Uint8Array.of(0, 2, 0xff, 0xff, 0x7f, 1))
    expect(await outcome(channel)).toBe(4400)
  })

  test('a thousand SyncStep1 in a row are answered or slowed down, never a danger', async () => {
    const channel = await attack([])
    for (let i = 0; i < 1000; i++) channel.send({ type: 'step1', stateVector: Uint8Array.of(0) })
    await channel.next('step2')
    channel.close()
  })

  test('a state vector above its limit ends its channel with 4413', async () => {
    const channel = await attack()
    channel.send({ type: 'step1', stateVector: new Uint8Array(limits.stateVectorBytes + 1).fill(1) })
    expect(await outcome(channel)).toBe(4413)
  })
})

describe('updates that are none', () => {
  test('forty thousand root names are refused', async () => {
    const channel = await (await attack()).join()
    channel.send({ type: 'update', update: manyRoots(40_000) })
    expect([4400, 4413]).toContain(await outcome(channel))
  })

  test('elements nested ten thousand deep are refused', async () => {
    const doc = new Y.Doc()
    doc.transact(() => {
      let parent: Y.XmlFragment = doc.getXmlFragment('prosemirror')
      for (let i = 0; i < 10_000; i++) {
        const child = new Y.XmlElement('p')
        parent.insert(0, [child])
        parent = child
      }
    })
    const channel = await (await attack()).join()
    channel.send({ type: 'update', update: Y.encodeStateAsUpdate(doc) })
    expect([4400, 4413]).toContain(await outcome(channel))
  })

  test('a gap is asked about, not stored, and the channel stays', async () => {
    const doc = new Y.Doc()
    doc.getText('text').insert(0, 'never sent')
    const before = Y.encodeStateVector(doc)
    doc.getText('text').insert(3, 'x')
    const channel = await (await attack([])).syncedByHand()
    const asked = channel.frames.filter(({ type }) => type === 'step1').length
    for (let i = 0; i < 100; i++) channel.send({ type: 'update', update: Y.encodeStateAsUpdate(doc, before) })
    await channel.next('step1')
    channel.send({ type: 'step1', stateVector: Uint8Array.of(0) })
    await channel.next('step2')
    expect(channel.frames.filter(({ type }) => type === 'step1').length - asked).toBeLessThan(50)
    channel.close()
  })

  test('deleting what nobody has written yet stores nothing', async () => {
    const channel = await (await attack([])).syncedByHand()
    channel.send({ type: 'update', update: hex('0001010100ffffffff0f') })
    channel.send({ type: 'step1', stateVector: Uint8Array.of(0) })
    await channel.next('step2').catch(() => undefined)
    channel.close()
  })
})

describe('presence', () => {
  test('presence that is not an object, too large or too deep is dropped; the third ends the channel', async () => {
    const channel = await (await attack()).join()
    for (let i = 0; i < 3; i++) channel.send({ type: 'presence', presence: presenceOf(5, '42') })
    expect(await outcome(channel)).toBe(4400)
    const large = await (await attack()).join()
    large.send({ type: 'presence', presence: presenceOf(5, JSON.stringify({ a: 'x'.repeat(10_000) })) })
    expect(await outcome(large)).toBe('stays')
  })

  test('a flood of presence reaches others thinned out, and a bystander keeps writing meanwhile', async () => {
    const watcher = await (await attack()).join()
    const flooder = await (await attack()).join()
    const before = watcher.frames.length
    for (let clock = 1; clock <= 3000; clock++)
      flooder.send({ type: 'presence', presence: presenceOf(77, JSON.stringify({ caret: clock }), clock) })
    await bystanders.noticeNothing()
    entries = await metric(server, 'vellum_entries_total')
    await watcher.next('presence')
    watcher.send({ type: 'ping', nonce: 1 })
    await watcher.next('pong')
    expect(watcher.frames.length - before).toBeLessThan(1500)
    watcher.close()
    flooder.close()
  })
})

test('what was refused and what was ended is counted by code', async () => {
  expect(await metric(server, 'vellum_closed_total{code="4400"}')).toBeGreaterThan(10)
  expect(await metric(server, 'vellum_refused_total{code="4400"}')).toBeGreaterThan(10)
})

test('the codes above are those of the table', () => {
  expect(codes.malformed.code).toBe(4400)
  expect(codes.tooBig.code).toBe(4413)
  expect(encodeFrame({ type: 'ping', nonce: 7 })[0]).toBe(110)
})

function varUint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest & 127) | 128)
    rest >>= 7
  }
  return [...bytes, rest]
}

/** One key in each of many roots, written by hand: Yjs itself takes minutes to make this. */
function manyRoots(count: number): Uint8Array {
  const out = encoding.createEncoder()
  for (const number of [1, count, 1, 0]) encoding.writeVarUint(out, number)
  for (let i = 0; i < count; i++) {
    // An item with a key (0x20) and any content (8), in a root that is named.
    encoding.writeUint8(out, 0x28)
    encoding.writeVarUint(out, 1)
    encoding.writeVarString(out, `root${i}`)
    encoding.writeVarString(out, 'a')
    encoding.writeVarUint(out, 1)
    encoding.writeAny(out, 1)
  }
  encoding.writeVarUint(out, 0)
  return encoding.toUint8Array(out)
}

function presenceOf(client: number, json: string, clock = 1): Uint8Array {
  const state = new TextEncoder().encode(json)
  return Uint8Array.of(1, ...varUint(client), ...varUint(clock), ...varUint(state.length), ...state)
}

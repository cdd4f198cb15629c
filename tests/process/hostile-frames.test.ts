/** Hostile input over a WebSocket alone: text, and what older clients of this wire can send. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { codes } from '#shared/codes.ts'
import { encodeFrame } from '#shared/wire.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Bystanders, metric } from './bystanders.ts'
import { RawChannel } from './raw-channel.ts'

const FRAME_BYTES = 2 << 20
const RSS_BYTES = 96 << 20

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

  test('a thousand SyncStep1 in a row are answered or slowed down, never a danger', async () => {
    const channel = await attack([])
    for (let i = 0; i < 1000; i++) channel.send({ type: 'step1', stateVector: Uint8Array.of(0) })
    await channel.next('step2')
    channel.close()
  })
})

describe('updates that are none', () => {
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

test('what was refused and what was ended is counted by code', async () => {
  for (let times = 0; times < 3; times++) {
    const channel = await attack()
    channel.send(Uint8Array.of(0, 2, 0xff, 0xff, 0x7f, 1))
    expect(await outcome(channel)).toBe(4400)
  }
  expect(await metric(server, 'vellum_closed_total{code="4400"}')).toBeGreaterThanOrEqual(5)
  expect(await metric(server, 'vellum_refused_total{code="4400"}')).toBeGreaterThanOrEqual(3)
})

test('the codes above are those of the table', () => {
  expect(codes.malformed.code).toBe(4400)
  expect(codes.tooBig.code).toBe(4413)
  expect(encodeFrame({ type: 'ping', nonce: 7 })[0]).toBe(110)
})

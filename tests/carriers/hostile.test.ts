/** Hostile requests to the carriers over HTTP: bounded memory, an answer with a code, and nobody else notices. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { layBufs } from '#server/gate/bufs.ts'
import type { Frame } from '#shared/frame.ts'
import { encodeFrame } from '#shared/wire.ts'
import { Bystanders, metric } from '#tests/process/bystanders.ts'
import { RawSocket } from '#tests/process/raw-socket.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { EventStreamEnd, freshSession, WebSocketEnd } from './end.ts'
import { Author, shown } from './writing.ts'

const FRAME_BYTES = 2 << 20
const MOST_HELD = 200
const RSS_BYTES = 128 << 20
const PATIENCE = { timeout: 30_000 }

let server: ServerProcess
let bystanders: Bystanders
let memory: number
/** How much more memory an attack may take. */
let most = RSS_BYTES

beforeAll(async () => {
  server = await startServer({
    env: {
      MAX_FRAME_BYTES: String(FRAME_BYTES),
      MAX_CHANNELS_PER_ADDRESS: String(MOST_HELD),
      MAX_POSTED_BYTES: String(32 << 20),
    },
  })
  bystanders = new Bystanders(server)
  await bystanders.noticeNothing()
})

beforeEach(async () => {
  most = RSS_BYTES
  memory = await metric(server, 'process_resident_memory_bytes')
})

afterEach(async () => {
  expect((await metric(server, 'process_resident_memory_bytes')) - memory).toBeLessThan(most)
  await bystanders.noticeNothing()
  // Whoever attacked has gone, and nothing of it is left.
  const left = () => metric(server, 'vellum_carrier_channels{carrier="long-poll"}')
  await expect.poll(left, PATIENCE).toBe(0)
})

afterAll(async () => {
  bystanders.leave()
  await server.kill('SIGTERM')
  expect(server.stderr).not.toMatch(/"level":"(error|fatal)"|Unhandled|attacked/)
  await server[Symbol.asyncDispose]()
})

function request(method: string, query: string, headers: readonly string[] = [], body = ''): string {
  return [`${method} /sync/attacked${query} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', body].join('\r\n')
}

function bodyOf(frames: readonly Frame[]): Buffer {
  return Buffer.from(layBufs(frames.map(encodeFrame)))
}

/** How often this status was answered. */
function count(raw: RawSocket, status: number): number {
  return raw.received.toString('latin1').split(`HTTP/1.1 ${status} `).length - 1
}

describe('held requests', () => {
  test('N8 ten thousand from one address: as many as it may have are held, all others are answered with 429', async () => {
    const { offset, told } = await standing()
    const poll = request('GET', `?live=long-poll&offset=${offset}&told=${told}`)
    const held = () => metric(server, 'vellum_carrier_channels{carrier="long-poll"}')
    const holders = await Promise.all(Array.from({ length: MOST_HELD }, () => RawSocket.connect(server.port)))
    for (const raw of holders) raw.say(poll)
    // Two of the address are the bystanders'.
    await expect.poll(held, PATIENCE).toBe(MOST_HELD - 2)
    const others = await Promise.all(Array.from({ length: 10 }, () => RawSocket.connect(server.port)))
    for (const raw of others) raw.say(poll.repeat(980))
    await Promise.all(others.map((raw) => raw.until(() => count(raw, 429) === 980)))
    expect(others.map((raw) => count(raw, 429))).toEqual(others.map(() => 980))
    expect(await held()).toBe(MOST_HELD - 2)
    await bystanders.noticeNothing()
    for (const raw of [...holders, ...others]) raw.reset()
  })
})

describe('bodies', () => {
  const cut = bodyOf([{ type: 'update', update: new Author().write('never') }])

  test.each([
    ['declared, and then gone', request('POST', '', [`Content-Length: ${cut.length + 1}`]), cut],
    [
      'in chunks, and then gone',
      request('POST', '', ['Transfer-Encoding: chunked']),
      Buffer.from('ff\r\nabc'),
    ],
    ['promised only', request('POST', '', ['Content-Length: 100000']), Buffer.alloc(0)],
  ])('N6 %s: nothing of it is stored', async (_what, head, body) => {
    const entries = await metric(server, 'vellum_entries_total')
    const raw = await RawSocket.connect(server.port)
    raw.say(head)
    raw.say(body)
    const posts = await fetch(`${server.url}/sync/attacked`, { method: 'POST' })
    expect(posts.status).toBe(200)
    raw.reset()
    await raw.ended
    expect(await metric(server, 'vellum_entries_total')).toBe(entries)
  })

  test.each([
    ['a length that is cut', Buffer.of(0x80)],
    ['a frame that is cut', Buffer.of(5, 0, 0)],
    ['a length of 2^53', Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ['a length without end', Buffer.alloc(1_000, 0x80)],
    ['a frame of nothing', Buffer.of(0)],
    ['what is no frame', Buffer.of(3, 103, 1, 2)],
  ])('N6 with %s: 400', async (_what, body) => {
    const response = await fetch(`${server.url}/sync/attacked`, {
      method: 'POST',
      body: new Uint8Array(body),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 4400 })
  })

  test('N8 a hundred megabytes: 413, and they are not read', async () => {
    const read = await metric(server, 'vellum_carrier_bytes_in_total{carrier="long-poll"}')
    const raw = await RawSocket.connect(server.port)
    raw.say(request('POST', '', [`Content-Length: ${100 << 20}`]))
    raw.say(Buffer.alloc(4 << 20))
    await raw.until((text) => text.includes('"code":4413'))
    expect(raw.status).toBe(413)
    await raw.ended
    expect(await metric(server, 'vellum_carrier_bytes_in_total{carrier="long-poll"}')).toBe(read)
  })
})

describe('who does not read', () => {
  test('N12 a client that posts questions and reads no answer: memory is bounded', async () => {
    const writer = new WebSocketEnd({ url: server.url, document: 'attacked' })
    await writer.next('step2')
    writer.send({ type: 'update', update: new Author().write('x'.repeat(1 << 20)) })
    await writer.next('entries')
    const question = bodyOf([{ type: 'step1', stateVector: Uint8Array.of(0) }])
    const raw = await RawSocket.connect(server.port)
    raw.socket.pause()
    for (let i = 0; i < 60; i++) {
      raw.say(request('POST', '', [`Content-Length: ${question.length}`]))
      raw.say(question)
    }
    await bystanders.noticeNothing()
    expect((await metric(server, 'process_resident_memory_bytes')) - memory).toBeLessThan(RSS_BYTES)
    raw.reset()
    writer.cut()
  })

  test('N12 a stream that is not read lags, and is caught up when it is read again', async () => {
    // A document of six megabytes, which is read twice.
    most = 2 * RSS_BYTES
    const session = freshSession()
    const author = new Author()
    const writer = new WebSocketEnd({ url: server.url, document: 'attacked-lag', sessions: [session] })
    await writer.next('step2')
    const stream = await fetch(`${server.url}/sync/attacked-lag?live=sse`)
    const events = stream.body?.getReader()
    await events?.read()
    // More than the system itself keeps for a connection.
    for (let number = 1; number <= 120; number++) {
      writer.send({ type: 'push', session, number, update: author.write(`${number % 10}`.repeat(50_000)) })
      if (number % 40 === 0) await writer.until(() => writer.of('ack').at(-1)?.to === number)
    }
    expect(await metric(server, 'vellum_lagging_channels')).toBe(1)
    await bystanders.noticeNothing()
    let newest = ''
    while (!/^id: [0-9a-f]+\.120\./m.test(newest)) {
      const part = Buffer.from((await events?.read())?.value ?? new Uint8Array()).toString('latin1')
      newest = (newest + part).slice(-part.length - 100)
    }
    expect(await metric(server, 'vellum_lagging_channels')).toBe(0)
    await events?.cancel()
    const late = new EventStreamEnd({ url: server.url, document: 'attacked-lag' })
    await late.next('step2')
    expect(shown(late) === author.text).toBe(true)
    late.cut()
    writer.cut()
  }, 120_000)
})

/** Where somebody stands who was told everything. */
async function standing(): Promise<{ offset: string; told: string }> {
  const { headers } = await fetch(`${server.url}/sync/attacked?join=1`)
  return { offset: headers.get('stream-next-offset') ?? '', told: headers.get('stream-told') ?? '' }
}

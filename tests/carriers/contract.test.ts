/** What a channel does, whatever carries it: the same sentences for each carrier, against the real server. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { metric } from '#tests/process/bystanders.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { type End, ends, freshSession, WebSocketEnd } from './end.ts'
import { Author, here, presenceOf, shown } from './writing.ts'

let server: ServerProcess
const opened: End[] = []

beforeAll(async () => {
  server = await startServer()
})

afterAll(async () => {
  for (const end of opened) end.cut()
  await server[Symbol.asyncDispose]()
})

function somewhere(): string {
  return `contract-${randomBytes(6).toString('hex')}`
}

describe.each(Object.entries(ends))('a channel over %s', (name, Carrier) => {
  function open(
    document: string,
    options: { offset?: string; sessions?: ReturnType<typeof freshSession>[] } = {},
  ): End {
    const end = new Carrier({ url: server.url, document, ...options })
    opened.push(end)
    return end
  }

  function bystander(document: string): End {
    const end = new WebSocketEnd({ url: server.url, document })
    opened.push(end)
    return end
  }

  test('N1 begins with hello, says where it goes on from, and ends its beginning with SyncStep2', async () => {
    const end = open(somewhere())
    await end.next('step2')
    const types = end.frames.map(({ type }) => type)
    expect(types[0]).toBe('hello')
    expect(types.indexOf('resumed')).toBeGreaterThan(0)
    expect(types).toContain('step1')
    expect(types.at(-1)).toBe('step2')
    expect(end.of('resumed')).toEqual([{ type: 'resumed', seq: 0 }])
  })

  test('N2 carries the frames of a document byte for byte as a WebSocket does', async () => {
    const document = somewhere()
    const session = freshSession()
    const author = new Author()
    const writer = new WebSocketEnd({ url: server.url, document, sessions: [session] })
    opened.push(writer)
    await writer.next('step2')
    const live = open(document)
    const beside = bystander(document)
    await Promise.all([live.next('step2'), beside.next('step2')])
    for (let number = 1; number <= 20; number++) {
      writer.send({ type: 'push', session, number, update: author.write(`word ${number}, `) })
      // One at a time: entries that come together are one frame to who reads them together.
      await Promise.all([live, beside].map((end) => end.until(() => lastOf(end) === number)))
    }
    const entries = (end: End): string[] =>
      end.bytes
        .filter((_, index) => end.frames[index]?.type === 'entries')
        .map((bytes) => Buffer.from(bytes).toString('hex'))
    expect(entries(live)).toEqual(entries(beside))
    const late = open(document)
    const lateBeside = bystander(document)
    await Promise.all([late.next('step2'), lateBeside.next('step2')])
    expect(entries(late)).toEqual(entries(lateBeside))
  })

  test('I3 acknowledges a push once the log holds it, and a repeat of it without storing it again', async () => {
    const document = somewhere()
    const session = freshSession()
    const author = new Author()
    const end = open(document, { sessions: [session] })
    await end.next('step2')
    const push = { type: 'push', session, number: 1, update: author.write('once') } as const
    end.send(push)
    expect(await end.next('ack')).toEqual({ type: 'ack', session, from: 1, to: 1 })
    end.send(push)
    expect(await end.next('ack')).toEqual({ type: 'ack', session, from: 1, to: 1 })
    const reader = bystander(document)
    await reader.next('step2')
    expect(lastOf(reader)).toBe(1)
    expect(shown(reader)).toBe('once')
  })

  test('P1 tells what others write in the order of the log, each entry once', async () => {
    const document = somewhere()
    const session = freshSession()
    const author = new Author()
    const end = open(document)
    const writer = new WebSocketEnd({ url: server.url, document, sessions: [session] })
    opened.push(writer)
    await Promise.all([end.next('step2'), writer.next('step2')])
    for (let number = 1; number <= 200; number++)
      writer.send({ type: 'push', session, number, update: author.write(`${number} `) })
    await end.until(() => lastOf(end) === 200)
    let at = 0
    for (const { from, to } of end.of('entries')) {
      expect(from).toBe(at + 1)
      at = to
    }
    expect(shown(end)).toBe(author.text)
  })

  test('N1 goes on from the position it names, with what came since and nothing else', async () => {
    const document = somewhere()
    const session = freshSession()
    const author = new Author()
    const first = open(document, { sessions: [session] })
    await first.next('step2')
    first.send({ type: 'push', session, number: 1, update: author.write('before ') })
    await first.next('ack')
    await first.until(() => lastOf(first) === 1)
    const { offset } = first
    first.send({ type: 'push', session, number: 2, update: author.write('after') })
    await first.next('ack')
    const second = open(document, { offset })
    await second.next('step2')
    expect(second.of('resumed')).toEqual([{ type: 'resumed', seq: 1 }])
    expect(second.of('entries').map(({ from, to }) => [from, to])).toEqual([[2, 2]])
  })

  test('N1 begins from the start where the log does not hold the position it names', async () => {
    const document = somewhere()
    const session = freshSession()
    const author = new Author()
    const first = open(document, { sessions: [session] })
    await first.next('step2')
    first.send({ type: 'push', session, number: 1, update: author.write('all of it') })
    await first.next('ack')
    await first.until(() => lastOf(first) === 1)
    const [epoch = '', at = '', hash = ''] = first.offset.split('.')
    const wrong = [`${epoch}.1.${'ab'.repeat(8)}`, `${epoch}.9.${hash}`]
    // A WebSocket's `resume` refuses another epoch instead, since its client may hold edits of it.
    if (name !== 'websocket') wrong.push(`${'12'.repeat(8)}.${at}.${hash}`)
    for (const offset of wrong) {
      const end = open(document, { offset })
      await end.next('step2')
      expect(end.of('resumed')).toEqual([{ type: 'resumed', seq: 0 }])
      expect(shown(end)).toBe('all of it')
      end.cut()
    }
  })

  test('I4 answers an edit that depends on what the log lacks with gap and SyncStep1', async () => {
    const document = somewhere()
    const session = freshSession()
    const author = new Author()
    author.write('never sent ')
    const end = open(document, { sessions: [session] })
    await end.next('step2')
    const asked = end.of('step1').length
    end.send({ type: 'push', session, number: 1, update: author.write('depends on it') })
    expect(await end.next('gap')).toEqual({ type: 'gap', session, number: 1 })
    await end.until(() => end.of('step1').length > asked)
  })

  test('W4 bytes that are no frame end it with 4400, and nobody else notices', async () => {
    const document = somewhere()
    const session = freshSession()
    const author = new Author()
    const other = bystander(document)
    const end = open(document, { sessions: [session] })
    await Promise.all([end.next('step2'), other.next('step2')])
    end.send(Uint8Array.of(103, 1, 2))
    expect(await end.ended).toBe(4400)
    const writer = open(document, { sessions: [session] })
    await writer.next('step2')
    writer.send({ type: 'push', session, number: 1, update: author.write('undisturbed') })
    await other.until(() => shown(other) === 'undisturbed')
  })

  test('R12 presence comes to others, goes with a polite leave, and its owner is not told of it', async () => {
    const document = somewhere()
    const end = open(document)
    const other = bystander(document)
    await Promise.all([end.next('step2'), other.next('step2')])
    end.send({ type: 'presence', presence: presenceOf(77, 1, '{"name":"Ada"}') })
    await other.until(() => here(other).has(77))
    other.send({ type: 'presence', presence: presenceOf(88, 1, '{"name":"Bob"}') })
    await end.until(() => here(end).has(88))
    await end.leave()
    await other.until(() => !here(other).has(77))
  })

  test('a document of several megabytes arrives whole', async () => {
    const document = somewhere()
    const session = freshSession()
    const author = new Author()
    const writer = open(document, { sessions: [session] })
    await writer.next('step2')
    for (let number = 1; number <= 5; number++) {
      writer.send({ type: 'push', session, number, update: author.write(`${number}`.repeat(900_000)) })
      await writer.next('ack')
    }
    const reader = open(document)
    await reader.next('step2')
    expect(lastOf(reader)).toBe(5)
    expect(shown(reader) === author.text).toBe(true)
  })
})

describe('N13 what is counted by carrier', () => {
  test('says who fell back, who came up again, and who was greeted', async () => {
    const before = await counts()
    const at = `${server.url}/sync/${somewhere()}`
    await (await fetch(`${at}?live=sse&after=websocket`)).body?.cancel()
    await fetch(`${at}?join=1&after=event-stream`)
    await fetch(`${at}?join=1&after=long-poll`)
    await fetch(`${at}?join=1&after=pigeon`)
    const socket = new WebSocket(`${at.replace('http', 'ws')}?after=long-poll`, ['vellum'])
    await once(socket, 'message')
    socket.close()
    const after = await counts()
    const more = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)])
    expect(Object.fromEntries(more)).toEqual({
      'hellos websocket': 1,
      'hellos event-stream': 1,
      'hellos long-poll': 3,
      'fallbacks websocket': 0,
      'fallbacks event-stream': 1,
      'fallbacks long-poll': 1,
      'upgrades websocket': 1,
      'upgrades event-stream': 0,
      'upgrades long-poll': 0,
    })
  })

  async function counts(): Promise<Record<string, number>> {
    const all: Record<string, number> = {}
    for (const name of ['hellos', 'fallbacks', 'upgrades'])
      for (const carrier of Object.keys(ends))
        all[`${name} ${carrier}`] = await metric(server, `vellum_carrier_${name}_total{carrier="${carrier}"}`)
    return all
  }
})

describe('channels over every carrier at once', () => {
  /** One over each carrier, each with a word acknowledged. */
  async function written(url: string): Promise<readonly End[]> {
    const all = Object.entries(ends).map(async ([name, Carrier]) => {
      const session = freshSession()
      const end = new Carrier({ url, document: 'everybody', sessions: [session] })
      opened.push(end)
      await end.next('step2')
      end.send({ type: 'push', session, number: 1, update: new Author().write(`${name} `) })
      await end.next('ack')
      return end
    })
    return await Promise.all(all)
  }

  test('I2 what was acknowledged is there after a SIGKILL', async () => {
    const own = await startServer()
    const channels = await written(own.url)
    await using again = await own.restart()
    expect(await Promise.all(channels.map(({ ended }) => ended))).toEqual([1006, 1006, 1006])
    const reader = new WebSocketEnd({ url: again.url, document: 'everybody' })
    opened.push(reader)
    await reader.next('step2')
    expect(shown(reader).trim().split(' ').sort()).toEqual(Object.keys(ends).sort())
  })

  test('R16 a server that drains tells them to come back', async () => {
    await using own = await startServer()
    const channels = await written(own.url)
    await Promise.all(channels.map((end) => end.until(() => lastOf(end) === channels.length)))
    // Between two polls there is nobody to tell.
    const held = () => metric(own, 'vellum_carrier_channels{carrier="long-poll"}')
    await expect.poll(held, { timeout: 20_000 }).toBe(1)
    const [exit, ...codes] = await Promise.all([own.kill('SIGTERM'), ...channels.map(({ ended }) => ended)])
    expect(exit).toEqual({ code: 0, signal: null })
    expect(codes).toEqual([4503, 4503, 4503])
  })
})

/** The position of the newest entry that came. */
function lastOf(end: End): number {
  return end.of('entries').at(-1)?.to ?? 0
}

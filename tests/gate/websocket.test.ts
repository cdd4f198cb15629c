/** The WebSocket carrier over real sockets, with time that passes when told to. What a whole process does: tests/process. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openAccess } from '#server/access/open.ts'
import { readConfig } from '#server/config.ts'
import { Door } from '#server/gate/admission.ts'
import { WebSocketCarrier } from '#server/gate/websocket.ts'
import { Metrics } from '#server/ops/metrics.ts'
import type { Channel } from '#server/room/channel.ts'
import { Packet } from '#server/room/packet.ts'
import { clientFrame, RawSocket } from '#tests/process/raw-socket.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'

const MAX_FRAME_BYTES = 1 << 20
const MAX_PARTIAL_BYTES = 1 << 20

/** The server's side of one channel, as whoever joined it sees it. */
class Joined {
  readonly document: string
  readonly channel: Channel
  readonly frames: Uint8Array[] = []
  drains = 0
  silences = 0
  isClosed = false
  #look: (() => void) | null = null

  constructor(document: string, channel: Channel) {
    this.document = document
    this.channel = channel
  }

  readonly events = {
    frame: (bytes: Uint8Array) => this.#changed(() => this.frames.push(bytes)),
    drained: () => this.#changed(() => (this.drains += 1)),
    silent: () => this.#changed(() => (this.silences += 1)),
    closed: () => this.#changed(() => (this.isClosed = true)),
  }

  until(holds: (joined: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (!holds(this)) return
        this.#look = null
        resolve()
      }
      this.#look()
    })
  }

  #changed(change: () => unknown): void {
    change()
    this.#look?.()
  }
}

/** Longer than any other test here is silent. */
const FIRST_FRAME_MS = 900_000

let server: Server
let clock: VirtualClock
let carrier: WebSocketCarrier
let metrics: Metrics
let port: number
let joins: Joined[]
let sockets: WebSocket[]

beforeEach(async () => {
  const read = readConfig({}, [])
  if (read.kind !== 'config') throw new Error('the settings were refused')
  server = createServer()
  server.on('connection', (socket) => socket.on('error', () => socket.destroy()))
  clock = new VirtualClock()
  metrics = new Metrics()
  joins = []
  sockets = []
  carrier = new WebSocketCarrier({
    server,
    access: openAccess(),
    door: new Door(read.config, { clock, metrics }),
    clock,
    metrics,
    maxFrameBytes: MAX_FRAME_BYTES,
    maxPartialBytes: MAX_PARTIAL_BYTES,
    firstFrameMs: FIRST_FRAME_MS,
    join: ({ document, channel }) => {
      const joined = new Joined(document, channel)
      joins.push(joined)
      server.emit('joined')
      return joined.events
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})

afterEach(async () => {
  for (const socket of sockets) socket.terminate()
  carrier.close()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

async function join(
  protocols: readonly string[] = [],
  options = {},
): Promise<{ client: WebSocket; joined: Joined }> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/sync/plan`, [...protocols], options)
  sockets.push(client)
  client.on('error', () => {})
  await once(client, 'open')
  const joined = joins.at(-1)
  if (joined === undefined) throw new Error('nobody joined')
  return { client, joined }
}

async function joinRaw(): Promise<{ raw: RawSocket; joined: Joined }> {
  const raw = await RawSocket.upgrade(port, '/sync/plan')
  const joined = joins.at(-1)
  if (joined === undefined) throw new Error('nobody joined')
  return { raw, joined }
}

/** Lets so many pings be due; what the sockets have to say to each is heard before the next. */
async function pings(count: number, heard: () => Promise<unknown> = () => turn()): Promise<void> {
  for (let at = 0; at < count; at++) {
    await clock.pass(4_500)
    await heard()
  }
}

/** One round trip over another socket of the same loop: what was sent before has arrived by then. */
async function turn(): Promise<void> {
  const probe = await RawSocket.connect(port)
  probe.say('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  server.once('request', (_, response) => response.end())
  await probe.ended
}

describe('C1 the handshake', () => {
  test.each([
    [[], '', 'yjs'],
    [['vellum'], 'vellum', 'vellum'],
    [['something', 'vellum'], 'vellum', 'vellum'],
    [['something', 'else'], 'something', 'yjs'],
  ] as const)('offered %j, it answers %j and speaks %s', async (offered, answered, dialect) => {
    const { client, joined } = await join(offered)
    expect(client.protocol).toBe(answered)
    expect(joined.channel.dialect).toBe(dialect)
  })

  test('the rest of the path, decoded once, is the document', async () => {
    for (const [path, document] of [
      ['team%2Fplan', 'team/plan'],
      ['team/plan', 'team/plan'],
      ['%2525', '%25'],
      ['plan?a=b', 'plan'],
    ] as const) {
      await RawSocket.upgrade(port, `/sync/${path}`)
      expect(joins.at(-1)?.document).toBe(document)
    }
  })
})

describe('C2 a channel', () => {
  test('frames arrive whole and in order, both ways, whatever their length', async () => {
    const { client, joined } = await join()
    const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]
    const received: Buffer[] = []
    client.on('message', (data: Buffer) => received.push(data))
    for (const [at, length] of lengths.entries()) client.send(new Uint8Array(length).fill(at))
    await joined.until(({ frames }) => frames.length === lengths.length)
    expect(joined.frames.map(({ length }) => length)).toEqual(lengths)
    joined.channel.send(new Packet(lengths.map((length, at) => new Uint8Array(length).fill(at))))
    while (received.length < lengths.length) await once(client, 'message')
    expect(received.map(({ length }) => length)).toEqual(lengths)
    expect(received.every((bytes, at) => bytes.every((byte) => byte === at))).toBe(true)
    expect(metrics.counts.framesOut).toBe(lengths.length)
  })

  test('a text frame ends it with 4400', async () => {
    const { client, joined } = await join()
    client.send('hello')
    const [code] = await once(client, 'close')
    expect(code).toBe(4400)
    expect(joined.isClosed).toBe(true)
    expect(joined.frames).toEqual([])
  })

  test('a frame above the limit ends it with 4413, one in too many pieces with 1008, broken ones with 1002', async () => {
    const { client } = await join()
    client.send(new Uint8Array(MAX_FRAME_BYTES + 1))
    expect((await once(client, 'close'))[0]).toBe(4413)
    expect(metrics.closed.tooBig).toBe(1)
    const declared = await joinRaw()
    declared.raw.say(clientFrame({ first: 0x82, declaredLength: 2n ** 63n - 1n }))
    await declared.raw.until((text) => text.includes('\x11\x3d'))
    declared.raw.reset()
    const pieces = await joinRaw()
    for (let at = 0; at < 300; at++)
      pieces.raw.say(clientFrame({ first: at === 0 ? 0x02 : 0x00, payload: Uint8Array.of(1) }))
    expect(await pieces.raw.closeCode()).toBe(1008)
    const unmasked = await joinRaw()
    unmasked.raw.say(clientFrame({ first: 0x82, payload: Uint8Array.of(1), isMasked: false }))
    expect(await unmasked.raw.closeCode()).toBe(1002)
    expect(joins.flatMap(({ frames }) => frames)).toEqual([])
    for (const joined of joins) await joined.until(({ isClosed }) => isClosed)
  })

  test('C5 pings without end: some are answered, then the channel is not read until the next of ours', async () => {
    const { raw, joined } = await joinRaw()
    raw.say(
      Buffer.concat(
        Array.from({ length: 5_000 }, () => clientFrame({ first: 0x89, payload: new Uint8Array(100) })),
      ),
    )
    raw.say(clientFrame({ first: 0x82, payload: Uint8Array.of(7) }))
    while (metrics.counts.slowed === 0) await turn()
    expect(joined.frames).toEqual([])
    while (joined.frames.length === 0 && !joined.isClosed) {
      const { slowed } = metrics.counts
      await clock.pass(4_500)
      while (metrics.counts.slowed === slowed && joined.frames.length === 0 && !joined.isClosed) await turn()
    }
    expect(joined.isClosed).toBe(false)
  })

  test('C4 a length, and then silence, ends it with 4508 after ten seconds', async () => {
    const { raw, joined } = await joinRaw()
    raw.say(clientFrame({ first: 0x82, declaredLength: 1_000n, payload: new Uint8Array(10) }))
    await turn()
    expect(metrics.levels.partialBytes).toBe(10)
    await clock.pass(12_000)
    await clock.pass(1_000)
    expect(await raw.closeCode()).toBe(4508)
    await joined.until(({ isClosed }) => isClosed)
    expect(metrics.levels.partialBytes).toBe(0)
    expect(metrics.closed.tooSlow).toBe(1)
  })

  test('C4 what channels begin and do not finish is bounded; who finishes is heard', async () => {
    const begun = clientFrame({ first: 0x82, declaredLength: 900_000n, payload: new Uint8Array(400_000) })
    const crowd = await Promise.all([1, 2, 3, 4].map(() => joinRaw()))
    for (const { raw } of crowd) raw.say(begun)
    const { client, joined } = await join()
    client.send(new Uint8Array(100_000))
    await joined.until(({ frames }) => frames.length === 1)
    await clock.pass(6_000)
    await clock.pass(1_000)
    expect(metrics.closed.tooSlow).toBeGreaterThan(0)
    client.send(new Uint8Array(100_000))
    await joined.until(({ frames }) => frames.length === 2)
    expect(metrics.levels.partialBytes).toBeLessThan(1.5 * MAX_PARTIAL_BYTES)
  })

  test('the server’s code and reason reach the client; nothing comes after', async () => {
    const { client, joined } = await join()
    joined.channel.close(4409, 'another epoch')
    joined.channel.close(4503, 'not this one')
    joined.channel.send(new Packet([Uint8Array.of(1)]))
    let messages = 0
    client.on('message', () => (messages += 1))
    client.send(Uint8Array.of(1))
    const [code, reason] = await once(client, 'close')
    expect([code, String(reason)]).toEqual([4409, 'another epoch'])
    expect(messages).toBe(0)
    expect(joined.frames).toEqual([])
  })

  test('a client that goes is known to be gone, politely or not', async () => {
    const polite = await join()
    polite.client.close()
    await polite.joined.until(({ isClosed }) => isClosed)
    const rude = await joinRaw()
    rude.raw.reset()
    await rude.joined.until(({ isClosed }) => isClosed)
  })

  test('paused, nothing more is read; resumed, all of it comes', async () => {
    const { client, joined } = await join()
    client.send(Uint8Array.of(1))
    await joined.until(({ frames }) => frames.length === 1)
    joined.channel.pause()
    for (let at = 0; at < 50; at++) client.send(new Uint8Array(100_000))
    await turn()
    await turn()
    expect(joined.frames.length).toBeLessThan(10)
    joined.channel.resume()
    await joined.until(({ frames }) => frames.length === 51)
  })

  test('a client that does not read: what is queued is known, and said when it was taken', async () => {
    const { client, joined } = await join()
    client.pause()
    const packet = new Packet([new Uint8Array(1 << 20)])
    let sent = 0
    while (joined.channel.queuedBytes < 2 << 20 && sent < 100) {
      joined.channel.send(packet)
      sent += 1
      await turn()
    }
    expect(sent).toBeLessThan(100)
    expect(joined.drains).toBe(0)
    let received = 0
    client.on('message', () => (received += 1))
    client.resume()
    await joined.until(({ drains }) => drains === 1)
    expect(joined.channel.queuedBytes).toBe(0)
    while (received < sent) await once(client, 'message')
  })
})

describe('C3 signs of life are bytes', () => {
  test('a client that answers pings stays, however long it says nothing', async () => {
    const { client, joined } = await join()
    await pings(30, () => turn())
    expect(client.readyState).toBe(WebSocket.OPEN)
    expect([joined.isClosed, joined.silences]).toEqual([false, 0])
  })

  test('one that answers nothing is off the screens within 15 s, and cut later', async () => {
    const { client, joined } = await join([], { autoPong: false })
    // It answers one ping, and dies in that moment: the longest it can go unnoticed.
    const answered = once(client, 'ping').then(() => client.pong())
    let isAnswered = false
    void answered.then(() => {
      isAnswered = true
    })
    while (!isAnswered) {
      await clock.pass(500)
      await turn()
    }
    const before = clock.now()
    while (joined.silences === 0 && clock.now() - before < 60_000) {
      await clock.pass(500)
      await turn()
    }
    expect(clock.now() - before).toBeLessThanOrEqual(14_800)
    expect(joined.isClosed).toBe(false)
    await pings(8)
    await joined.until(({ isClosed }) => isClosed)
    expect(joined.silences).toBe(1)
    expect(client.readyState).not.toBe(WebSocket.OPEN)
  })

  test('one that is in the middle of a long frame is alive as long as bytes of it come', async () => {
    const { raw, joined } = await joinRaw()
    const whole = clientFrame({ first: 0x82, payload: new Uint8Array(20_000).fill(7) })
    for (let at = 0; at < 20; at++) {
      const { socket } = raw
      socket.write(whole.subarray(at * 1_000, at * 1_000 + 1_000))
      await pings(1)
    }
    expect([joined.isClosed, joined.silences]).toEqual([false, 0])
    raw.say(whole.subarray(20_000))
    await joined.until(({ frames }) => frames.length === 1)
  })

  test('one that never says anything is told so, one that once said something is not', async () => {
    const [mute, heard] = [await join(), await join()]
    heard.client.send(Uint8Array.of(3))
    await heard.joined.until(({ frames }) => frames.length === 1)
    await pings(FIRST_FRAME_MS / 4_500 - 1)
    expect(mute.joined.isClosed).toBe(false)
    const ended = once(mute.client, 'close')
    await pings(2)
    expect((await ended)[0]).toBe(4508)
    expect(heard.joined.isClosed).toBe(false)
    expect(metrics.limited.firstFrame).toBe(1)
  })

  test('one that the server does not read is not called dead for it', async () => {
    const { client, joined } = await join()
    joined.channel.pause()
    await pings(40)
    expect([joined.isClosed, joined.silences]).toEqual([false, 0])
    joined.channel.resume()
    await pings(10)
    expect([joined.isClosed, joined.silences]).toEqual([false, 0])
    expect(client.readyState).toBe(WebSocket.OPEN)
  })
})

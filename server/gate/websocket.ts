/**
 * The WebSocket carrier. It owns the server's `upgrade` event, lets `ws` shake hands and read, and writes ready frames
 * straight to the socket: what a group committed is framed once and written once to each channel.
 */
import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import type { Principal } from '#server/access/principal.ts'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Channel, ChannelEvents, Dialect } from '#server/room/channel.ts'
import type { Packet } from '#server/room/packet.ts'
import { codes } from '#shared/codes.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import type { Door } from './admission.ts'
import { queryOf } from './asked.ts'
import { Meter } from './meter.ts'
import { type Holder, Partials } from './partials.ts'

const SUBPROTOCOL = 'vellum'
/** Pings are answered by the browser itself, even in a hidden tab: they tell live channels from half-open ones. */
const PING_MS = 4_500
/** Pings in a row without a byte back: whoever is there is not seen any more on other screens. */
const SILENT_PINGS = 2
/** Pings in a row without a byte back before the channel is cut; longer where it may be that its client only reads slowly. */
const DEAD_PINGS = 6
const DEAD_PINGS_QUEUED = 26
/** Pings of a client that are answered between two of ours; who sends more is not read until the next. */
const MAX_PINGS = 1_000
const PONG_QUEUE_BYTES = 64 << 10
/** A frame in more pieces than this is not sent by anybody honest. */
const MAX_FRAGMENTS = 256
/** How long a closed channel's client may take to say goodbye. */
const CLOSE_MS = 5_000
/** And one that was too slow to finish what it began: what came of it is held that long. */
const CLOSE_SLOW_MS = 1_000
/** What `ws` ends a channel with that sends more than it may. Of no use to a client that comes back after any such code. */
const WS_TOO_BIG = 1009

export interface WebSocketCarrierOptions {
  readonly server: Server
  readonly door: Door
  readonly clock: Clock
  readonly metrics: Metrics
  readonly maxFrameBytes: number
  /** Bytes of unfinished messages, of all channels together. */
  readonly maxPartialBytes: number
  join(document: DocumentId, channel: Channel, principal: Principal): ChannelEvents
}

export class WebSocketCarrier {
  readonly #options: WebSocketCarrierOptions
  readonly #shaker: WebSocketServer
  readonly #partials: Partials
  readonly #channels = new Set<WebSocketChannel>()
  #cancelPing: Cancel

  constructor(options: WebSocketCarrierOptions) {
    this.#options = options
    // Two options of `ws` that its published types do not know yet.
    const newer = { maxFragments: MAX_FRAGMENTS, closeTimeout: CLOSE_MS }
    const settings: ServerOptions = {
      ...newer,
      WebSocket: CodedSocket,
      noServer: true,
      autoPong: false,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxFrameBytes,
      // Old clients offer nothing; a browser fails when it offered something and gets nothing back.
      handleProtocols: (offered) =>
        offered.has(SUBPROTOCOL) ? SUBPROTOCOL : (offered.values().next().value ?? false),
    }
    this.#shaker = new WebSocketServer(settings)
    this.#partials = new Partials({
      clock: options.clock,
      metrics: options.metrics,
      maxBytes: options.maxPartialBytes,
    })
    options.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#cancelPing = options.clock.after(PING_MS, () => this.#ping())
  }

  /** No more pings, and what is still open is cut. */
  close(): void {
    this.#cancelPing()
    this.#partials.close()
    for (const channel of this.#channels) channel.cut()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      deny(socket, 400, 'Only WebSocket is spoken here.')
      return
    }
    const { door } = this.#options
    const remoteAddress = request.socket.remoteAddress ?? ''
    const verdict = door.ask({ url: request.url ?? '', headers: request.headers, remoteAddress })
    if (verdict.kind === 'refused') {
      deny(socket, verdict.status, verdict.reason)
      return
    }
    this.#shaker.handleUpgrade(request, socket, head, (client) => {
      const leave = door.enter(verdict.address)
      const { metrics, clock } = this.#options
      const channel = new WebSocketChannel(client, socket, { metrics, clock, partials: this.#partials })
      this.#channels.add(channel)
      const left = metrics.carriers.websocket.opened('websocket', queryOf(request.url).get('after'))
      client.once('close', () => {
        this.#channels.delete(channel)
        left()
        leave()
      })
      channel.attach(this.#options.join(verdict.document, channel, verdict.principal))
    })
  }

  #ping(): void {
    this.#cancelPing = this.#options.clock.after(PING_MS, () => this.#ping())
    for (const channel of this.#channels) channel.ping()
  }
}

/** `ws` ends by itself what breaks the protocol: with codes of its own, after which most clients come back at once. */
class CodedSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code === WS_TOO_BIG ? codes.tooBig.code : code, reason)
  }
}

interface ChannelSurroundings {
  readonly metrics: Metrics
  readonly clock: Clock
  readonly partials: Partials
}

class WebSocketChannel implements Channel, Holder {
  readonly dialect: Dialect
  readonly #client: WebSocket
  readonly #socket: Duplex
  readonly #metrics: Metrics
  readonly #around: ChannelSurroundings
  readonly #meter = new Meter()
  #isGreeted = false
  #isOver = false
  #isPaused = false
  /** Not read since all unfinished messages together are too much. */
  #isHeld = false
  #isUnfinished = false
  /** Pings that came since ours. */
  #pings = 0
  #unanswered = 0
  /** How many bytes had come at the last ping. */
  #bytesRead = 0
  #silent: () => void = () => {}

  constructor(client: WebSocket, socket: Duplex, around: ChannelSurroundings) {
    this.#client = client
    this.#socket = socket
    this.#around = around
    this.#metrics = around.metrics
    this.dialect = client.protocol === SUBPROTOCOL ? 'vellum' : 'yjs'
  }

  attach(events: ChannelEvents): void {
    this.#client.on('ping', (data: Buffer) => this.#pinged(data))
    this.#client.on('message', (data: Buffer, isBinary: boolean) => {
      this.#metrics.carriers.websocket.bytesIn += data.length
      if (this.#isOver) return
      if (isBinary) events.frame(data)
      else this.#endHere(events, codes.malformed.code, 'frames are binary')
    })
    this.#silent = () => events.silent()
    // After `ws`, which has made messages of what is whole by then.
    this.#socket.on('data', (chunk: Buffer) => this.#came(chunk))
    // `ws` closes with the right code for each broken frame; the close event follows.
    this.#client.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.#metrics.closedWith(codes.tooBig.code)
      this.#isOver = true
      this.#around.partials.note(this, null)
    })
    this.#client.once('close', () => {
      this.#isOver = true
      this.#around.partials.note(this, null)
      events.closed()
    })
    this.#socket.on('drain', () => {
      if (!this.#isOver) events.drained()
    })
  }

  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  send(packet: Packet): void {
    if (this.#isOver) return
    const bytes = packet.as(frameAll)
    this.#metrics.counts.framesOut += packet.frames.length
    this.#metrics.counts.bytesOut += bytes.length
    this.#metrics.carriers.websocket.sent(bytes.length, !this.#isGreeted)
    this.#isGreeted = true
    this.#socket.write(bytes)
  }

  pause(): void {
    this.#isPaused = true
    this.#client.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#unanswered = 0
    this.#read()
  }

  get isRead(): boolean {
    return !this.#isPaused && this.#pings < MAX_PINGS
  }

  hold(): void {
    this.#isHeld = true
    this.#client.pause()
  }

  release(): void {
    this.#isHeld = false
    this.#unanswered = 0
    this.#read()
  }

  tooSlow(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#metrics.closedWith(codes.tooSlow.code)
    this.#client.close(codes.tooSlow.code, 'what was begun was not finished')
    // It is not read for its goodbye: that would bring more of the same.
    this.#client.pause()
    this.#around.clock.after(CLOSE_SLOW_MS, () => this.#client.terminate())
  }

  close(code: number, reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#around.partials.note(this, null)
    // A paused socket would never read the client's goodbye.
    this.#client.resume()
    this.#metrics.closedWith(code)
    this.#client.close(code, reason)
  }

  cut(): void {
    this.#isOver = true
    this.#client.terminate()
  }

  ping(): void {
    // Any byte is a sign of life: who is in the middle of a long frame cannot answer. Who is not read cannot either.
    const bytesRead = this.#socket instanceof Socket ? this.#socket.bytesRead : 0
    if (bytesRead !== this.#bytesRead || !this.#isReading) this.#unanswered = 0
    const pings = this.#pings
    this.#pings = 0
    if (pings >= MAX_PINGS) this.#read()
    this.#bytesRead = bytesRead
    if (this.#unanswered >= (this.queuedBytes > 0 ? DEAD_PINGS_QUEUED : DEAD_PINGS)) {
      this.#client.terminate()
      return
    }
    if (this.#unanswered === SILENT_PINGS) this.#silent()
    this.#unanswered += 1
    if (!this.#isOver) this.#client.ping()
  }

  get #isReading(): boolean {
    return this.isRead && !this.#isHeld
  }

  #read(): void {
    if (this.#isReading) this.#client.resume()
  }

  /** Answered as far as the queue goes: who asks without reading the answers has no use for them. */
  #pinged(data: Buffer): void {
    this.#pings += 1
    if (this.#pings >= MAX_PINGS) {
      this.#metrics.counts.slowed += 1
      this.#client.pause()
    }
    if (!this.#isOver && this.queuedBytes < PONG_QUEUE_BYTES) this.#client.pong(data)
  }

  #came(chunk: Buffer): void {
    this.#meter.take(chunk)
    const { isUnfinished, held } = this.#meter
    if (!isUnfinished && !this.#isUnfinished) return
    this.#isUnfinished = isUnfinished
    if (!this.#isOver) this.#around.partials.note(this, isUnfinished ? held : null)
  }

  #endHere(events: ChannelEvents, code: number, reason: string): void {
    this.close(code, reason)
    events.closed()
  }
}

/** Ready frames as the protocol lays them out (RFC 6455, 5.2: final, binary, unmasked), end to end in one buffer. */
function frameAll(frames: readonly Uint8Array[]): Uint8Array {
  let total = 0
  for (const { length } of frames) total += length + (length < 126 ? 2 : length < 65_536 ? 4 : 10)
  const bytes = Buffer.allocUnsafe(total)
  let at = 0
  for (const frame of frames) {
    const { length } = frame
    bytes[at] = 0x82
    if (length < 126) bytes[at + 1] = length
    else if (length < 65_536) {
      bytes[at + 1] = 126
      bytes.writeUInt16BE(length, at + 2)
    } else {
      bytes[at + 1] = 127
      bytes.writeBigUInt64BE(BigInt(length), at + 2)
    }
    at += length < 126 ? 2 : length < 65_536 ? 4 : 10
    bytes.set(frame, at)
    at += length
  }
  return bytes
}

function deny(socket: Duplex, status: number, reason: string): void {
  const body = JSON.stringify({ title: 'Refused', status, detail: reason })
  const head =
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  if (socket instanceof Socket) socket.setTimeout(CLOSE_MS, () => socket.destroy())
  socket.end(head + body, () => socket.destroy())
}

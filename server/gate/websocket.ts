/**
 * The WebSocket carrier. It owns the server's `upgrade` event, lets `ws` shake hands and read, and writes ready frames
 * straight to the socket: what a group committed is framed once and written once to each channel.
 */
import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import type { Principal } from '#server/access/principal.ts'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Channel, ChannelEvents, Dialect } from '#server/room/channel.ts'
import type { Packet } from '#server/room/packet.ts'
import { codes } from '#shared/codes.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import type { Door } from './admission.ts'

const SUBPROTOCOL = 'vellum'
/** Pings are answered by the browser itself, even in a hidden tab: they tell live channels from half-open ones. */
const PING_MS = 4_500
/** Pings in a row without a byte back: whoever is there is not seen any more on other screens. */
const SILENT_PINGS = 2
/** Pings in a row without a byte back before the channel is cut; longer where it may be that its client only reads slowly. */
const DEAD_PINGS = 6
const DEAD_PINGS_QUEUED = 26
/** A frame in more pieces than this is not sent by anybody honest. */
const MAX_FRAGMENTS = 256
/** How long a closed channel's client may take to say goodbye. */
const CLOSE_MS = 5_000

export interface WebSocketCarrierOptions {
  readonly server: Server
  readonly door: Door
  readonly clock: Clock
  readonly metrics: Metrics
  readonly maxFrameBytes: number
  join(document: DocumentId, channel: Channel, principal: Principal): ChannelEvents
}

export class WebSocketCarrier {
  readonly #options: WebSocketCarrierOptions
  readonly #shaker: WebSocketServer
  readonly #channels = new Set<WebSocketChannel>()
  #cancelPing: Cancel

  constructor(options: WebSocketCarrierOptions) {
    this.#options = options
    // Two options of `ws` that its published types do not know yet.
    const newer = { maxFragments: MAX_FRAGMENTS, closeTimeout: CLOSE_MS }
    const settings: ServerOptions = {
      ...newer,
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxFrameBytes,
      // Old clients offer nothing; a browser fails when it offered something and gets nothing back.
      handleProtocols: (offered) =>
        offered.has(SUBPROTOCOL) ? SUBPROTOCOL : (offered.values().next().value ?? false),
    }
    this.#shaker = new WebSocketServer(settings)
    options.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#cancelPing = options.clock.after(PING_MS, () => this.#ping())
  }

  /** No more pings, and what is still open is cut. */
  close(): void {
    this.#cancelPing()
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
      const channel = new WebSocketChannel(client, socket, this.#options.metrics)
      this.#channels.add(channel)
      client.once('close', () => {
        this.#channels.delete(channel)
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

class WebSocketChannel implements Channel {
  readonly dialect: Dialect
  readonly #client: WebSocket
  readonly #socket: Duplex
  readonly #metrics: Metrics
  #isOver = false
  #isPaused = false
  #unanswered = 0
  /** How many bytes had come at the last ping. */
  #bytesRead = 0
  #silent: () => void = () => {}

  constructor(client: WebSocket, socket: Duplex, metrics: Metrics) {
    this.#client = client
    this.#socket = socket
    this.#metrics = metrics
    this.dialect = client.protocol === SUBPROTOCOL ? 'vellum' : 'yjs'
  }

  attach(events: ChannelEvents): void {
    this.#client.on('message', (data: Buffer, isBinary: boolean) => {
      if (this.#isOver) return
      if (isBinary) events.frame(data)
      else this.#endHere(events, codes.malformed.code, 'frames are binary')
    })
    this.#silent = () => events.silent()
    // `ws` closes with the right code for each broken frame; the close event follows.
    this.#client.on('error', () => {
      this.#isOver = true
    })
    this.#client.once('close', () => {
      this.#isOver = true
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
    this.#socket.write(bytes)
  }

  pause(): void {
    this.#isPaused = true
    this.#client.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#unanswered = 0
    this.#client.resume()
  }

  close(code: number, reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
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
    if (bytesRead !== this.#bytesRead || this.#isPaused) this.#unanswered = 0
    this.#bytesRead = bytesRead
    if (this.#unanswered >= (this.queuedBytes > 0 ? DEAD_PINGS_QUEUED : DEAD_PINGS)) {
      this.#client.terminate()
      return
    }
    if (this.#unanswered === SILENT_PINGS) this.#silent()
    this.#unanswered += 1
    if (!this.#isOver) this.#client.ping()
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

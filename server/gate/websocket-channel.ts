/** One WebSocket, as a channel: what comes of it, how much of it lies unfinished, and whether anybody is there. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Channel, ChannelEvents, Dialect } from '#server/room/channel.ts'
import type { Packet } from '#server/room/packet.ts'
import { codes } from '#shared/codes.ts'
import type { Clock } from '#shared/time.ts'
import { Meter } from './meter.ts'
import type { Holder, Partials } from './partials.ts'
import { layMessages } from './websocket-frames.ts'

/** Who offers it gets frames from 100 up. */
export const SUBPROTOCOL = 'vellum'
/** Pings in a row without a byte back: whoever is there is not seen any more on other screens. */
const SILENT_PINGS = 2
/** Pings in a row without a byte back before the channel is cut; longer where it may be that its client only reads slowly. */
const DEAD_PINGS = 6
const DEAD_PINGS_QUEUED = 26
/** Pings of a client that are answered between two of ours; who sends more is not read until the next. */
const MAX_PINGS = 1_000
const PONG_QUEUE_BYTES = 64 << 10
/** How long what came of a channel is held that was too slow to finish what it began. */
const CLOSE_SLOW_MS = 1_000

interface ChannelSurroundings {
  readonly metrics: Metrics
  readonly clock: Clock
  readonly partials: Partials
  /** By when its client must have said something. */
  readonly firstFrameMs: number
  /** It sent what no honest client sends; once. */
  onMalformed(): void
}

export class WebSocketChannel implements Channel, Holder {
  readonly dialect: Dialect
  readonly #client: WebSocket
  readonly #socket: Duplex
  readonly #metrics: Metrics
  readonly #around: ChannelSurroundings
  readonly #meter = new Meter()
  #isGreeted = false
  #isHeard = false
  readonly #openedAt: number
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
    this.#openedAt = around.clock.now()
    this.dialect = client.protocol === SUBPROTOCOL ? 'vellum' : 'yjs'
  }

  attach(events: ChannelEvents): void {
    this.#client.on('ping', (data: Buffer) => this.#pinged(data))
    this.#client.on('message', (data: Buffer, isBinary: boolean) => {
      this.#metrics.carriers.websocket.bytesIn += data.length
      this.#isHeard = true
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
      else if (error.code?.startsWith('WS_ERR_')) this.#around.onMalformed()
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
    const bytes = packet.as(layMessages)
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
    if (code === codes.malformed.code) this.#around.onMalformed()
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
    if (this.#isMute) {
      this.#metrics.limited.firstFrame += 1
      this.tooSlow()
      return
    }
    if (this.#unanswered === SILENT_PINGS) this.#silent()
    this.#unanswered += 1
    if (!this.#isOver) this.#client.ping()
  }

  /** It had time to say something, and did not even begin. */
  get #isMute(): boolean {
    if (this.#isHeard || this.#isOver || !this.#isReading || this.#isUnfinished) return false
    return this.#around.clock.now() - this.#openedAt >= this.#around.firstFrameMs
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

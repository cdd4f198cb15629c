/**
 * The event-stream carrier, downwards: the frames of one channel as server-sent events, each with the offset that
 * whoever has taken it holds. What its client says comes in requests of its own (post.ts).
 */
import type { ServerResponse } from 'node:http'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Channel, ChannelEvents } from '#server/room/channel.ts'
import type { Packet } from '#server/room/packet.ts'
import { types } from '#shared/frame.ts'
import { NONE, sessionId } from '#shared/id.ts'
import { encodeOffset, type Offset } from '#shared/offset.ts'
import { encodeFrame } from '#shared/wire.ts'
import { PLAIN, refusalOf, refuse } from './answer.ts'
import type { Exchange } from './exchange.ts'

const NO_SESSION = sessionId(NONE)
const BEAT = Buffer.from(':\n\n')

export class EventStream implements Channel {
  readonly dialect = 'vellum'
  readonly #exchange: Exchange
  readonly #response: ServerResponse
  readonly #metrics: Metrics
  /** What the events before the next known position carry. */
  #offset = ''
  #isOver = false

  constructor(exchange: Exchange, metrics: Metrics) {
    this.#exchange = exchange
    this.#response = exchange.response
    this.#metrics = metrics
  }

  attach(events: ChannelEvents): void {
    this.#response.on('drain', () => events.drained())
    this.#exchange.whenOver(() => {
      this.#isOver = true
      events.closed()
    })
  }

  get queuedBytes(): number {
    return this.#response.writableLength
  }

  send(packet: Packet): void {
    if (this.#isOver) return
    const { position, frames } = packet
    if (!this.#response.headersSent) this.#begin(position)
    const isKnown = position !== null && (position.hash !== NONE || position.seq === 0)
    const bytes = isKnown ? packet.as(layEvents) : packet.asFrom(this.#offset, layLines)
    if (isKnown) this.#offset = encodeOffset(position)
    this.#metrics.counts.framesOut += frames.length
    this.#write(bytes)
  }

  /** Nothing is read over this channel. */
  pause(): void {}
  resume(): void {}

  beat(): void {
    if (!this.#isOver && this.#response.headersSent) this.#write(BEAT)
  }

  close(code: number, reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#metrics.closedWith(code)
    if (!this.#response.headersSent) {
      refuse(this.#response, refusalOf(code, reason))
      return
    }
    if (code < 4500) {
      const refused = encodeFrame({ type: 'refused', code, session: NO_SESSION, number: 0, reason })
      this.#write(layLines([refused], this.#offset))
    }
    this.#response.end()
  }

  #begin(position: Offset | null): void {
    this.#metrics.carriers['event-stream'].hellos += 1
    this.#response.writeHead(200, {
      ...PLAIN,
      'Content-Type': 'text/event-stream',
      // Else nginx, as installed, would keep the events until it has a buffer full of them.
      'X-Accel-Buffering': 'no',
      ...(position !== null && { 'Stream-Next-Offset': encodeOffset(position) }),
    })
  }

  #write(bytes: Uint8Array): void {
    this.#metrics.counts.bytesOut += bytes.length
    this.#metrics.carriers['event-stream'].bytesOut += bytes.length
    this.#response.write(bytes)
  }
}

/** Of a packet whose position is known. Before its last entries frame a reader does not stand there yet. */
function layEvents(frames: readonly Uint8Array[], position: Offset | null): Uint8Array {
  const lastEntries = frames.findLastIndex(([type]) => type === types.entries)
  return layLines(frames, position === null ? '' : encodeOffset(position), Math.max(lastEntries, 0))
}

/** Frames from `first` on carry the offset; an event without one leaves the reader's as it was. */
function layLines(frames: readonly Uint8Array[], offset: string, first = 0): Uint8Array {
  let text = ''
  for (const [index, frame] of frames.entries()) {
    const event = frame[0] === types.hello ? 'hello' : 'frame'
    const id = index >= first && offset !== '' ? `id: ${offset}\n` : ''
    const data = Buffer.from(frame.buffer, frame.byteOffset, frame.length).toString('base64')
    text += `event: ${event}\n${id}data: ${data}\n\n`
  }
  return Buffer.from(text, 'latin1')
}

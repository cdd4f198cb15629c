/**
 * What a client says over HTTP: the frames in the body of a request. The answer is the frames that answer them, and it
 * comes once every update among them is stored.
 */
import type { ServerResponse } from 'node:http'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Channel, DeliveryEvents } from '#server/room/channel.ts'
import type { Packet } from '#server/room/packet.ts'
import { codes } from '#shared/codes.ts'
import { encodeOffset, type Offset } from '#shared/offset.ts'
import type { Clock } from '#shared/time.ts'
import { PLAIN, refusalOf, refuse } from './answer.ts'
import { CutBody, framesIn, layBufs } from './bufs.ts'
import type { Exchange } from './exchange.ts'
import type { Payer, Store } from './store.ts'

/** What is not stored by then is answered with "come back later". */
const STORED_WITHIN_MS = 25_000
/** An answer may hold a document; a larger one is read piece by piece. */
const ANSWER_BYTES = 16 << 20
/** How much is handed on in one turn: others have theirs in between. */
const TURN_FRAMES = 1_024
const TURN_BYTES = 256 << 10

export interface Delivering {
  readonly exchange: Exchange
  readonly body: Uint8Array
  readonly maxFrameBytes: number
  readonly clock: Clock
  readonly metrics: Metrics
  readonly store: Store
  /** Whose bytes its answer is. */
  readonly payer: Payer
  join(channel: Channel): DeliveryEvents
}

interface Ending {
  readonly code: number
  readonly reason: string
}

/** The channel that a delivery is, for as long as its request. */
class Delivery implements Channel {
  readonly dialect = 'vellum'
  readonly queuedBytes = 0
  readonly packets: Packet[] = []
  bytes = 0
  readonly #take: (bytes: number) => boolean
  readonly #ended: (ending: Ending) => void
  #ending: Ending | null = null
  #isPaused = false
  #whenResumed: (() => void)[] = []

  constructor(take: (bytes: number) => boolean, ended: (ending: Ending) => void) {
    this.#take = take
    this.#ended = ended
  }

  get isOver(): boolean {
    return this.#ending !== null
  }

  send(packet: Packet): void {
    if (this.isOver) return
    let bytes = 0
    for (const { length } of packet.frames) bytes += length + 5
    if (this.bytes + bytes > ANSWER_BYTES) this.close(codes.tooBig.code, 'the answer is too big: read it')
    else if (!this.#take(bytes)) this.close(codes.restarting.code, 'too much is under way')
    else {
      this.bytes += bytes
      this.packets.push(packet)
    }
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    for (const go of this.#whenResumed.splice(0)) go()
  }

  /** Undefined when it may go on now. */
  resumed(): Promise<void> | undefined {
    if (!this.#isPaused || this.isOver) return undefined
    return new Promise((resolve) => this.#whenResumed.push(resolve))
  }

  beat(): void {}

  close(code: number, reason: string): void {
    if (this.isOver) return
    this.#ending = { code, reason }
    for (const go of this.#whenResumed.splice(0)) go()
    this.#ended(this.#ending)
  }
}

/** Resolves once it is answered. Never rejects. */
export async function deliver(options: Delivering): Promise<void> {
  const { exchange, clock, metrics, store, payer } = options
  const { response } = exchange
  const refused = Promise.withResolvers<Ending>()
  const delivery = new Delivery((bytes) => store.take(bytes, payer), refused.resolve)
  const cancel = clock.after(STORED_WITHIN_MS, () =>
    delivery.close(codes.restarting.code, 'this is not stored yet: send it again'),
  )
  const events = options.join(delivery)
  const handed = hand(options, delivery, events)
  const outcome = (await Promise.race([handed, refused.promise])) ?? (await refused.promise)
  cancel()
  events.closed()
  if ('code' in outcome) {
    metrics.closedWith(outcome.code)
    refuse(response, refusalOf(outcome.code, outcome.reason))
  } else answer(response, delivery.packets, outcome, metrics)
  // Who does not read the answer keeps its bytes here.
  exchange.whenOver(() => store.giveBack(delivery.bytes, payer))
}

/** Hands the frames on, in order; resolves with the position of the last of them, or null where it was ended. */
async function hand(
  { body, maxFrameBytes, clock }: Delivering,
  delivery: Delivery,
  events: DeliveryEvents,
): Promise<Offset | null> {
  let frames = 0
  let bytes = 0
  try {
    for (const frame of framesIn(body)) {
      const resumed = delivery.resumed()
      if (resumed !== undefined) await resumed
      if (delivery.isOver) return null
      if (frame.length > maxFrameBytes) {
        delivery.close(codes.tooBig.code, 'a frame is too big')
        return null
      }
      events.frame(frame)
      frames += 1
      bytes += frame.length
      if (frames < TURN_FRAMES && bytes < TURN_BYTES) continue
      frames = 0
      bytes = 0
      await new Promise<void>((resolve) => void clock.after(0, resolve))
    }
  } catch (error) {
    if (!(error instanceof CutBody)) throw error
    delivery.close(codes.malformed.code, error.message)
  }
  return delivery.isOver ? null : events.said()
}

function answer(
  response: ServerResponse,
  packets: readonly Packet[],
  position: Offset,
  metrics: Metrics,
): void {
  if (response.destroyed) return
  const body = Buffer.concat(packets.map((packet) => packet.as(layBufs)))
  for (const { frames } of packets) metrics.counts.framesOut += frames.length
  metrics.counts.bytesOut += body.length
  response.writeHead(200, {
    ...PLAIN,
    'Content-Type': 'application/octet-stream',
    'Content-Length': body.length,
    'Stream-Next-Offset': encodeOffset(position),
  })
  response.end(body)
}

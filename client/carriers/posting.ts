/**
 * The way up on HTTP: one POST at a time, in order, several frames a body. A body that got no answer is sent again, since
 * the server knows what it has; what cannot be sent at all ends the channel.
 */
import { isFinal } from '#shared/codes.ts'
import { types } from '#shared/frame.ts'
import type { Cancel, Chance } from '#shared/time.ts'
import { joinFrames, splitFrames } from './bufs.ts'
import { type Exchange, Limit, type Outcome } from './exchange.ts'
import { type ChannelEvents, WITHOUT_A_WORD } from './port.ts'

export interface PostingOptions {
  readonly exchange: Exchange
  readonly chance: Chance
  /** By which carrier it comes, as a GET says it: the server counts bytes by it. */
  readonly live: 'sse' | 'long-poll'
  readonly events: Pick<ChannelEvents, 'answer'>
  /** The channel cannot go on. */
  readonly onEnd: (code: number, reason: string) => void
}

const BODY = 'application/octet-stream'
/** A key and the caret that moved with it are one request. */
const GATHER_MS = 20
const BATCH_FRAMES = 64
const BATCH_BYTES = 256 << 10
/** The server holds a body for 25 s at most while it cannot commit. */
const ANSWER_MS = 40_000
/** On waking up, a request older than this is not waited for. */
const STALE_MS = 5_000
const TRIES = 4
const PAUSE_MS = 500
/** The server named no time. */
const LATER_MS = 2_000
/** What the platform lets outlive a page is 64 KiB. */
const FAREWELL_BYTES = 60 << 10

export class Posting {
  readonly #options: PostingOptions
  readonly #queue: Uint8Array[] = []
  /** How many at the front of the queue are under way. */
  #underWay = 0
  #limit: Limit | null = null
  #startedAt = 0
  #timer: Cancel | null = null
  #failures = 0
  #batchFrames = BATCH_FRAMES
  #ended = false

  constructor(options: PostingOptions) {
    this.#options = options
  }

  send(frame: Uint8Array): void {
    if (this.#ended) return
    this.#forgetOlderPresence(frame)
    this.#queue.push(frame)
    if (this.#limit === null && this.#timer === null) this.#wait(GATHER_MS)
  }

  /** The device slept, the network came back: what has been under way for long is sent again. */
  hurry(): void {
    const { clock } = this.#options.exchange
    if (this.#limit !== null && clock.now() - this.#startedAt > STALE_MS) this.#limit.abort()
    else if (this.#timer !== null) this.#wait(0)
  }

  /** A request without frames, unless one was sent within `ms`: nothing else says that this client is there. */
  beat(ms: number): void {
    const { clock } = this.#options.exchange
    const isBusy = this.#limit !== null || this.#timer !== null
    if (!this.#ended && !isBusy && clock.now() - this.#startedAt >= ms) void this.#post()
  }

  /** Everything once more, in a request that outlives the page. It stays in the queue: the page may come back. */
  leave(): void {
    if (this.#ended) return
    const { exchange, live } = this.#options
    const frames: Uint8Array[] = []
    let bytes = 0
    // The newest is the farewell itself; the older ones go with it as far as there is room.
    for (const frame of [...this.#queue].reverse()) {
      bytes += frame.length + 4
      if (bytes > FAREWELL_BYTES) break
      frames.unshift(frame)
    }
    const limit = new Limit(exchange.clock, ANSWER_MS)
    void exchange
      .post({ query: { live, leave: '1' }, limit, accept: BODY, body: joinFrames(frames), keepalive: true })
      .then(() => limit.done())
  }

  close(): void {
    this.#ended = true
    this.#timer?.()
    this.#limit?.abort()
    this.#queue.length = 0
  }

  #wait(ms: number): void {
    this.#timer?.()
    this.#timer = this.#options.exchange.clock.after(ms, () => {
      this.#timer = null
      void this.#post()
    })
  }

  /** Only the newest of this client's states is worth sending. */
  #forgetOlderPresence(frame: Uint8Array): void {
    if (frame[0] !== types.presence) return
    const at = this.#queue.findIndex((older, place) => place >= this.#underWay && older[0] === types.presence)
    if (at >= 0) this.#queue.splice(at, 1)
  }

  async #post(): Promise<void> {
    const { exchange, live } = this.#options
    const batch = this.#batch()
    this.#underWay = batch.length
    this.#startedAt = exchange.clock.now()
    const limit = new Limit(exchange.clock, ANSWER_MS)
    this.#limit = limit
    const outcome = await exchange.post({ query: { live }, limit, accept: BODY, body: joinFrames(batch) })
    const answers = outcome.kind === 'ours' ? await read(outcome.response) : null
    limit.done()
    this.#limit = null
    this.#underWay = 0
    if (this.#ended) return
    if (answers === null) {
      this.#failed(outcome, batch.length)
      return
    }
    this.#queue.splice(0, batch.length)
    this.#failures = 0
    for (const frame of answers) if (!this.#ended) this.#options.events.answer(frame)
    if (!this.#ended && this.#queue.length > 0 && this.#timer === null) this.#wait(GATHER_MS)
  }

  #batch(): Uint8Array[] {
    const batch: Uint8Array[] = []
    let bytes = 0
    for (const frame of this.#queue) {
      bytes += frame.length
      if (batch.length > 0 && (bytes > BATCH_BYTES || batch.length >= this.#batchFrames)) break
      batch.push(frame)
    }
    return batch
  }

  #failed(outcome: Outcome, frames: number): void {
    const { chance, onEnd } = this.#options
    if (outcome.kind === 'refused' && isFinal(outcome.code)) {
      onEnd(outcome.code, outcome.reason)
      return
    }
    if (outcome.kind === 'refused') {
      // The server cannot take it now; over what is read it says itself whether this channel may stay.
      this.#wait((outcome.afterMs ?? LATER_MS) * (1 + chance.fraction()))
      return
    }
    const status = outcome.kind === 'lost' ? outcome.status : undefined
    // A proxy has a limit of its own for one body.
    if (status === 413 && frames > 1) this.#batchFrames = Math.ceil(frames / 2)
    else this.#failures += 1
    if (this.#failures >= TRIES) onEnd(WITHOUT_A_WORD, 'what is sent does not arrive')
    else this.#wait(chance.fraction() * PAUSE_MS * 2 ** this.#failures)
  }
}

/** Null for an answer that was cut on the way, or is none of ours. */
async function read(response: Response): Promise<Uint8Array[] | null> {
  try {
    return splitFrames(new Uint8Array(await response.arrayBuffer()))
  } catch {
    // The connection broke in the middle of the answer: the same body is sent again.
    return null
  }
}

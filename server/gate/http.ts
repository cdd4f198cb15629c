/**
 * The carriers that are plain HTTP, under `/sync/`: a GET is told what is new, at once, when something comes, or for
 * as long as it lasts; a POST says something. Nothing is kept of a client from one request to the next but its seat.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Access, Decision } from '#server/access/access.ts'
import { may } from '#server/access/action.ts'
import type { Metrics } from '#server/ops/metrics.ts'
import type { DeliveryEvents } from '#server/room/channel.ts'
import type { Asked, Poll } from '#server/room/poll.ts'
import type { Coming } from '#server/room/rooms.ts'
import { decodeTold } from '#server/room/told.ts'
import { codes } from '#shared/codes.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import { type Door, TOO_MANY_CHANNELS } from './admission.ts'
import { type Refusal, refusalOf, refuse } from './answer.ts'
import { readQuery, unreadable } from './asked.ts'
import { limitOf, readBody } from './body.ts'
import { EventStream } from './event-stream.ts'
import { type Exchange, Exchanges } from './exchange.ts'
import { answerPoll } from './long-poll.ts'
import { deliver } from './post.ts'
import { questionOf } from './question.ts'
import { refusalBy, refusalFor } from './refusing.ts'
import { Store } from './store.ts'
import { Untaken } from './untaken.ts'
import { seatOf, type Visit } from './visit.ts'

export interface HttpCarriersOptions {
  readonly door: Door
  readonly access: Access
  readonly clock: Clock
  readonly metrics: Metrics
  readonly maxFrameBytes: number
  /** Held requests in all. */
  readonly maxHeld: number
  /** Bytes of posts and of their answers in memory. */
  readonly maxPostedBytes: number
  readonly rooms: {
    enter(coming: Coming): DeliveryEvents
    poll(document: DocumentId, asked: Asked): Poll
  }
  /** A request failed by our mistake. */
  onFailed(error: unknown): void
}

const SYNC = '/sync/'
/** A body may hold several frames, each with its length. */
const BODY_EXTRA_BYTES = 64 << 10
/** Who may not write says who is here, and asks. */
const READER_BODY_BYTES = 256 << 10
const BODY_WITHIN_MS = 30_000
/** How long a body that is not wanted is let run into nothing, so that its sender can read why. */
const REFUSED_BODY_MS = 2_000

export class HttpCarriers {
  readonly #options: HttpCarriersOptions
  readonly #store: Store
  readonly #untaken: Untaken
  readonly #exchanges: Exchanges
  #held = 0

  constructor(options: HttpCarriersOptions) {
    this.#options = options
    const bodyBytes = options.maxFrameBytes + BODY_EXTRA_BYTES
    this.#store = new Store({ maxBytes: options.maxPostedBytes, bodyBytes })
    this.#untaken = new Untaken(options.clock, this.#store)
    this.#exchanges = new Exchanges(options.clock)
  }

  /** Whether this request is for these carriers. */
  isOurs(request: IncomingMessage): boolean {
    return request.url?.startsWith(SYNC) ?? false
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#exchanges.begin(request, response, (exchange) => {
      try {
        this.#take(exchange)
      } catch (error) {
        this.#failed(response, error)
      }
    })
  }

  /** Bytes of bodies and answers that are in memory. */
  get waitingBytes(): number {
    return this.#store.used
  }

  /** From now on every connection ends with its answer. */
  drain(): void {
    this.#exchanges.drain()
  }

  /** Resolves when what was answered has been taken, or `withinMs` have passed. */
  close(withinMs: number): Promise<void> {
    return this.#exchanges.close(withinMs)
  }

  #take(exchange: Exchange): void {
    const { request, response } = exchange
    const asked = this.#decide(request)
    if ('status' in asked) {
      this.#turnAway(request, response, asked)
      return
    }
    const decision = this.#options.access.decide(questionOf(asked.admitted.document, request))
    const go = (decided: Decision) => {
      const refusal =
        decided.kind === 'refused'
          ? refusalFor(decided)
          : this.#full(request, asked.admitted.address, decided.standing.principal.author)
      if (refusal !== null) this.#turnAway(request, response, refusal)
      else if (decided.kind === 'granted') this.#letIn({ exchange, ...asked, standing: decided.standing })
    }
    if (!(decision instanceof Promise)) go(decision)
    else
      decision
        .then((decided) => exchange.isAnswered || go(decided))
        .catch((error: unknown) => this.#failed(response, error))
  }

  #letIn(visit: Visit): void {
    const { request, response } = visit.exchange
    if (request.method === 'POST') {
      this.#post(visit).catch((error: unknown) => this.#failed(response, error))
      return
    }
    this.#hold(visit)
    if (visit.query.live === 'sse') this.#stream(visit)
    else this.#poll(visit)
  }

  #decide({
    method,
    url = '',
    headers,
    socket,
  }: IncomingMessage): Pick<Visit, 'admitted' | 'query'> | Refusal {
    const isPost = method === 'POST'
    const { remoteAddress = '' } = socket
    const admitted = this.#options.door.ask({
      url,
      headers,
      remoteAddress,
      ...(isPost && { errand: 'post' }),
    })
    if (admitted.kind === 'refused') return refusalBy(admitted)
    if (!isPost && method !== 'GET') {
      const detail = 'Here is only GET, to be told, and POST, to say something.'
      return { status: 405, detail, headers: { Allow: 'GET, POST' } }
    }
    const unread = isPost ? unreadable(headers) : null
    if (unread !== null) return { status: 415, detail: unread }
    const query = readQuery(url, headers)
    if ('wrong' in query) return { status: 400, code: codes.malformed.code, detail: query.wrong }
    return { admitted, query }
  }

  /** Many may have been let in while it was asked who this is: looked at in the turn in which it counts. */
  #full({ method }: IncomingMessage, address: string, author: string): Refusal | null {
    const { door, maxHeld, metrics } = this.#options
    const crowded = door.crowded(address, method === 'POST' ? 'post' : undefined)
    if (crowded !== null) return refusalBy(crowded)
    if (method === 'POST') return null
    if (door.isFull(author)) return refusalOf(codes.tooFast.code, TOO_MANY_CHANNELS)
    if (this.#held < maxHeld) return null
    metrics.limited.heldRequests += 1
    return refusalOf(codes.restarting.code, 'as many requests are held here as there is room for')
  }

  #hold({ exchange, admitted, standing }: Visit): void {
    const leave = this.#options.door.enter(admitted.address, standing.principal.author)
    this.#held += 1
    exchange.whenOver(() => {
      leave()
      this.#held -= 1
    })
  }

  #stream(visit: Visit): void {
    const { exchange, admitted, query, standing } = visit
    const { metrics, rooms } = this.#options
    exchange.whenOver(metrics.carriers['event-stream'].opened('event-stream', query.after))
    const channel = new EventStream(exchange, metrics)
    const { document } = admitted
    const { offset, kind, schemaVersion } = query
    const start = { offset, kind, schemaVersion }
    channel.attach(
      rooms.enter({ document, standing, channel, errand: { kind: 'listen', start, seat: seatOf(visit) } }),
    )
  }

  #poll(visit: Visit): void {
    const { exchange, admitted, query, standing } = visit
    const { metrics, rooms, clock } = this.#options
    exchange.whenOver(metrics.carriers['long-poll'].opened('long-poll', query.joins ? query.after : null))
    const { offset, kind, schemaVersion, told } = query
    const poll = rooms.poll(admitted.document, {
      standing,
      clock,
      start: { offset, kind, schemaVersion },
      seat: seatOf(visit),
      joins: query.joins,
      waits: query.live === 'long-poll',
      told: told === null ? null : decodeTold(told),
      reserve: (bytes) => {
        const hasRoom = this.#untaken.reserve(exchange, admitted.address, bytes)
        if (!hasRoom) metrics.limited.postedBytes += 1
        return hasRoom
      },
      onAnswer: (answer) => answerPoll(exchange.response, answer, metrics),
    })
    exchange.whenOver(() => poll.cancel())
  }

  async #post(visit: Visit): Promise<void> {
    const { exchange, admitted, query, standing: given } = visit
    const { request, response } = exchange
    const [{ clock, metrics, maxFrameBytes, rooms, door }, store] = [this.#options, this.#store]
    const { author, role } = given.principal
    const payer = { address: admitted.address, author }
    const leave = door.enter(admitted.address, author, 'post')
    const most = maxFrameBytes + BODY_EXTRA_BYTES
    const maxBytes = may(role, 'write') ? most : Math.min(READER_BODY_BYTES, most)
    const body = await readBody(request, { maxBytes, withinMs: BODY_WITHIN_MS, store, payer, clock })
    if (body.kind === 'none') {
      exchange.whenOver(leave)
      const limit = limitOf(body.code)
      if (limit !== null) metrics.limited[limit] += 1
      if (body.code !== null) this.#turnAway(request, response, refusalOf(body.code, body.reason))
      return
    }
    metrics.carriers[query.live === 'sse' ? 'event-stream' : 'long-poll'].bytesIn += body.bytes.length
    // A body may take its time: what its sender was let in by may be over by now.
    const now = given.again()
    if (now.kind === 'refused') {
      exchange.whenOver(leave)
      store.giveBack(body.bytes.length, payer)
      this.#turnAway(request, response, refusalFor(now))
      return
    }
    const [{ standing }, { document, address }] = [now, admitted]
    const errand = {
      kind: 'deliver',
      intends: query.kind,
      seat: seatOf(visit),
      payer: { address, client: query.session ?? '' },
    } as const
    try {
      await deliver({
        exchange,
        body: body.bytes,
        maxFrameBytes,
        clock,
        metrics,
        store,
        payer,
        join: (channel) =>
          rooms.enter({
            document,
            standing,
            channel,
            errand,
            mayMake: () => door.mayMake(address, author),
          }),
      })
    } finally {
      store.giveBack(body.bytes.length, payer)
      exchange.whenOver(leave)
      if (response.statusCode === 400) exchange.whenOver(() => door.offended(address, request.socket))
    }
  }

  /** Refuses a request whose body may not have been read; it is let run into nothing for a moment. */
  #turnAway(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    refuse(response, refusal)
    if (request.complete) return
    request.resume()
    const cancel = this.#options.clock.after(REFUSED_BODY_MS, () => request.destroy())
    request.once('end', cancel)
    request.once('close', cancel)
  }

  #failed(response: ServerResponse, error: unknown): void {
    this.#options.onFailed(error)
    if (response.headersSent) response.destroy()
    else refuse(response, { status: 500, detail: 'That did not work, and it is our mistake.' })
  }
}

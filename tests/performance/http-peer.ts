/**
 * Channels over HTTP that cost their process as little as can be: an event stream or one held request after the other,
 * and a POST at a time. Like ./light-channel.ts they hold no document.
 */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { types } from '#shared/frame.ts'
import { type Seq, type SessionId, seq, sessionId, ZERO } from '#shared/id.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import type { ChannelOptions } from './light-channel.ts'

export type HttpCarrier = 'event-stream' | 'long-poll'

interface Asked {
  readonly method: 'GET' | 'POST'
  readonly query: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

const STEP2 = 1

export class HttpPeer {
  /** The newest position this peer was told. */
  head: Seq = ZERO
  /** Called with the positions of the entries that came. */
  onEntries: ((from: Seq, to: Seq) => void) | null = null
  /** From `push` to its `ack`, in ms. */
  latenciesMs: number[] = []
  readonly #carrier: HttpCarrier
  readonly #options: ChannelOptions
  readonly #url: URL
  readonly #session: SessionId
  readonly #agent = new Agent({ keepAlive: true })
  readonly #synced = Promise.withResolvers<void>()
  /** When each push was handed over, by its number; number 0 is none. */
  readonly #sentAt: number[] = [0]
  #acknowledged = 0
  #waiting: Uint8Array[] = []
  #isPosting = false
  #held: ClientRequest | null = null
  #offset: string | null = null
  #told: string | null = null
  #isOver = false

  private constructor(carrier: HttpCarrier, options: ChannelOptions) {
    this.#carrier = carrier
    this.#options = options
    this.#session = sessionId(options.number.toString(16).padStart(16, '0'))
    this.#url = new URL(`${options.syncUrl.replace(/^ws/, 'http')}/${options.document}`)
  }

  /** Resolves when everything there is has come. */
  static async join(carrier: HttpCarrier, options: ChannelOptions): Promise<HttpPeer> {
    const peer = new HttpPeer(carrier, options)
    peer.#listen()
    await peer.#synced.promise
    return peer
  }

  get pending(): number {
    return this.#sentAt.length - 1 - this.#acknowledged
  }

  push(update: Uint8Array): void {
    const number = this.#sentAt.length
    this.#sentAt.push(performance.now())
    this.#waiting.push(encodeFrame({ type: 'push', session: this.#session, number, update }))
    this.#post()
  }

  drop(): void {
    this.#isOver = true
    this.#held?.destroy()
    this.#agent.destroy()
  }

  #listen(): void {
    if (this.#isOver) return
    const isStream = this.#carrier === 'event-stream'
    const query = { live: isStream ? 'sse' : 'long-poll', ...this.#position() }
    this.#ask({ method: 'GET', query }, (answer) => {
      if (isStream) this.#readEvents(answer)
      else this.#readBody(answer, () => this.#listen())
    })
  }

  #position(): Record<string, string> {
    return {
      ...(this.#offset !== null && { offset: this.#offset }),
      ...(this.#told !== null && { told: this.#told }),
    }
  }

  #post(): void {
    if (this.#isPosting || this.#waiting.length === 0 || this.#isOver) return
    this.#isPosting = true
    const out = encoding.createEncoder()
    for (const frame of this.#waiting) encoding.writeVarUint8Array(out, frame)
    this.#waiting = []
    const body = encoding.toUint8Array(out)
    this.#ask({ method: 'POST', query: {}, body }, (answer) => {
      this.#collect(answer, (bytes) => {
        this.#takeAll(bytes)
        this.#isPosting = false
        this.#post()
      })
    })
  }

  #ask(asked: Asked, onAnswer: (answer: IncomingMessage) => void): void {
    const { method, query, body } = asked
    const url = new URL(this.#url)
    url.search = new URLSearchParams({
      ...query,
      session: this.#session,
      kind: 'any',
      schema: '1',
    }).toString()
    const headers =
      body === undefined ? {} : { 'content-type': 'application/octet-stream', 'content-length': body.length }
    const sent = request(url, { method, agent: this.#agent, headers }, (answer) => {
      const { statusCode = 0 } = answer
      if (statusCode === 200 || statusCode === 204) onAnswer(answer)
      else this.#trouble(`${method} was answered with ${statusCode}`)
    })
    sent.on('error', (error) => {
      // The server had just closed a connection that lay idle: as browsers do, ask over another one.
      if (sent.reusedSocket && !this.#isOver) this.#ask(asked, onAnswer)
      else this.#trouble(error.message)
    })
    sent.end(body)
    if (method === 'GET') this.#held = sent
  }

  #readBody(answer: IncomingMessage, then: () => void): void {
    this.#collect(answer, (bytes) => {
      const { 'stream-next-offset': offset, 'stream-told': told } = answer.headers
      if (typeof offset === 'string') this.#offset = offset
      if (typeof told === 'string') this.#told = told
      this.#takeAll(bytes)
      then()
    })
  }

  #collect(answer: IncomingMessage, then: (bytes: Buffer) => void): void {
    const parts: Buffer[] = []
    answer.on('data', (part: Buffer) => parts.push(part))
    answer.on('end', () => then(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)))
  }

  #readEvents(answer: IncomingMessage): void {
    let rest = ''
    answer.setEncoding('latin1')
    answer.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('data:')) this.#take(Buffer.from(line.slice(5), 'base64'))
    })
    answer.on('end', () => this.#trouble('the stream ended'))
  }

  #takeAll(bytes: Uint8Array): void {
    const input = decoding.createDecoder(bytes)
    while (decoding.hasContent(input)) this.#take(decoding.readVarUint8Array(input))
  }

  #take(data: Uint8Array): void {
    switch (data[0]) {
      case types.ack: {
        const frame = decodeFrame(data)
        if (frame.type !== 'ack' || frame.session !== this.#session) return
        // Acknowledged twice where the own edit comes back before the answer to the POST.
        const now = performance.now()
        for (let number = this.#acknowledged + 1; number <= frame.to; number++) {
          this.latenciesMs.push(now - (this.#sentAt[number] ?? Number.NaN))
          this.#acknowledged = number
        }
        return
      }
      case types.entries: {
        // Read as far as the position only: there are many more of these than edits.
        const input = decoding.createDecoder(data)
        decoding.readVarUint(input)
        const from = seq(decoding.readVarUint(input))
        this.head = seq(decoding.readVarUint(input))
        this.onEntries?.(from, this.head)
        return
      }
      case types.sync:
        if (data[1] === STEP2) this.#synced.resolve()
        return
      case types.gap:
      case types.refused:
      case types.denied:
      case types.later:
        this.#trouble(`the server answered ${JSON.stringify(decodeFrame(data))}`)
    }
  }

  #trouble(message: string): void {
    if (!this.#isOver) this.#options.onTrouble(new Error(`${this.#options.document}: ${message}`))
  }
}

/** One HTTP channel whose server, proxies included, is played by the test, request by request, in virtual time. */
import type { Attention } from '#client/carriers/attention.ts'
import { joinFrames, splitFrames } from '#client/carriers/bufs.ts'
import { EventStreamCarrier } from '#client/carriers/event-stream.ts'
import { LongPollCarrier } from '#client/carriers/long-poll.ts'
import type { Carrier, Channel, Join } from '#client/carriers/port.ts'
import { type Frame, VERSION } from '#shared/frame.ts'
import { epoch, seq, sessionId } from '#shared/id.ts'
import { encodeFrame } from '#shared/wire.ts'
import { SeededChance } from '#tests/simulation/chance.ts'
import { settled, VirtualClock } from '#tests/simulation/clock.ts'

const BODY = 'application/octet-stream'

export const HELLO: Frame = {
  type: 'hello',
  version: VERSION,
  epoch: epoch('00000000000000e1'),
  head: seq(0),
  role: 'writer',
  kind: 'page',
  schemaVersion: 1,
  saving: true,
  maxFrameBytes: 1 << 20,
  heartbeatMs: 5_000,
}

export const NOBODY: Join = {
  session: sessionId('00000000000000a1'),
  kind: 'page',
  schemaVersion: 1,
  offset: null,
  after: null,
}

interface Settle {
  readonly resolve: (response: Response) => void
  readonly reject: (error: unknown) => void
}

/** A request of the client's, to be answered by the test. */
export class Asked {
  readonly method: string
  readonly query: URLSearchParams
  readonly frames: readonly Uint8Array[]
  readonly keepalive: boolean
  /** False once it was answered whole, broke, or was given up by the client. */
  open = true
  isAborted = false
  readonly #settle: Settle
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null

  constructor(url: string, init: RequestInit, settle: Settle) {
    this.method = init.method ?? 'GET'
    this.query = new URL(url).searchParams
    this.frames = init.body instanceof Uint8Array ? (splitFrames(init.body) ?? []) : []
    this.keepalive = init.keepalive === true
    this.#settle = settle
    init.signal?.addEventListener('abort', () => {
      this.isAborted = true
      this.break()
    })
  }

  /** An answer of ours, whole. */
  async answer(frames: readonly Frame[], offset = 'o1', headers: Record<string, string> = {}): Promise<void> {
    const body = joinFrames(frames.map(encodeFrame))
    const own = { 'Content-Type': BODY, 'Stream-Next-Offset': offset, ...headers }
    await this.respond(new Response(body, { headers: own }))
  }

  async nothing(offset = 'o1'): Promise<void> {
    await this.respond(new Response(null, { status: 204, headers: { 'Stream-Next-Offset': offset } }))
  }

  /** A problem document; without `code` as somebody in between would make it. */
  async problem(status: number, code?: number, headers: Record<string, string> = {}): Promise<void> {
    const body = JSON.stringify({ status, detail: 'no', ...(code === undefined ? {} : { code }) })
    const own = { 'Content-Type': 'application/problem+json', ...headers }
    await this.respond(new Response(body, { status, headers: own }))
  }

  async respond(response: Response): Promise<void> {
    this.open = false
    this.#settle.resolve(response)
    await settled()
  }

  /** The head of an event stream, or of any other body that comes in pieces. */
  async begin(type = 'text/event-stream'): Promise<void> {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller
      },
    })
    const headers = { 'Content-Type': type, 'Stream-Next-Offset': 'o0' }
    this.#settle.resolve(new Response(body, { headers }))
    await settled()
  }

  async write(text: string | Uint8Array): Promise<void> {
    this.#stream?.enqueue(typeof text === 'string' ? new TextEncoder().encode(text) : text)
    await settled()
  }

  async event(frame: Frame, id = ''): Promise<void> {
    const data = Buffer.from(encodeFrame(frame)).toString('base64')
    const name = frame.type === 'hello' ? 'hello' : 'frame'
    await this.write(`event: ${name}\ndata: ${data}\n${id === '' ? '' : `id: ${id}\n`}\n`)
  }

  async end(): Promise<void> {
    this.open = false
    this.#stream?.close()
    await settled()
  }

  /** The connection breaks. */
  async break(): Promise<void> {
    if (!this.open) return
    this.open = false
    this.#settle.reject(new TypeError('network error'))
    this.#stream?.error(new TypeError('network error'))
    await settled()
  }
}

export class HttpStage implements Disposable {
  readonly clock = new VirtualClock()
  readonly asked: Asked[] = []
  /** What the session is told, in order. */
  readonly told: string[] = []
  readonly channel: Channel
  isShown = true
  /** How many more may hold a request. */
  places = 1
  /** How often one was given. */
  taken = 0
  holdMs = 0
  /** Another page finds out about streams at the moment. */
  isAttempted: boolean
  /** Attempts of this page that wait or are under way. */
  readonly attempts = new Set<object>()
  readonly #watchers = new Set<() => void>()

  constructor(
    name: 'event-stream' | 'long-poll',
    { join = NOBODY, isShown = true, places = 1, isAttempted = false } = {},
  ) {
    this.isAttempted = isAttempted
    this.isShown = isShown
    this.places = places
    const options = {
      url: () => 'http://vellum.test/sync/plan',
      fetch: (url: string, init: RequestInit): Promise<Response> =>
        new Promise((resolve, reject) => {
          this.asked.push(new Asked(url, init, { resolve, reject }))
        }),
      clock: this.clock,
      chance: new SeededChance(1),
      attention: this.#attention(),
    }
    const carrier: Carrier =
      name === 'event-stream' ? new EventStreamCarrier(options) : new LongPollCarrier(options)
    this.channel = carrier.open(
      {
        opened: () => undefined,
        frame: (bytes) => this.told.push(`frame ${bytes[0]}`),
        answer: (bytes) => this.told.push(`answer ${bytes[0]}`),
        heard: () => this.told.push('heard'),
        closed: (code, _, afterMs) =>
          this.told.push(`closed ${code}${afterMs === undefined ? '' : ` ${afterMs}`}`),
      },
      join,
    )
  }

  [Symbol.dispose](): void {
    this.channel.close()
  }

  get gets(): Asked[] {
    return this.asked.filter(({ method }) => method === 'GET')
  }

  get posts(): Asked[] {
    return this.asked.filter(({ method }) => method === 'POST')
  }

  /** The newest request down, and up. */
  get get(): Asked {
    return last(this.gets)
  }

  get post(): Asked {
    return last(this.posts)
  }

  get openGets(): number {
    return this.gets.filter(({ open }) => open).length
  }

  async show(isShown: boolean): Promise<void> {
    this.isShown = isShown
    for (const changed of this.#watchers) changed()
    await settled()
  }

  send(frame: Frame): void {
    this.channel.send(encodeFrame(frame))
  }

  #attention(): Attention {
    const stage = this
    return {
      get isShown() {
        return stage.isShown
      },
      async hold() {
        if (stage.places === 0) return null
        stage.places -= 1
        stage.taken += 1
        // As long as a browser takes to answer.
        if (stage.holdMs > 0) await new Promise<void>((resolve) => stage.clock.after(stage.holdMs, resolve))
        return () => {
          stage.places += 1
        }
      },
      attempt: (signal) => {
        const attempt = {}
        stage.attempts.add(attempt)
        return new Promise((resolve) => {
          if (!stage.isAttempted) resolve(() => void stage.attempts.delete(attempt))
          else signal.addEventListener('abort', () => resolve(null))
        })
      },
      subscribe: (changed) => {
        this.#watchers.add(changed)
        return () => this.#watchers.delete(changed)
      },
    }
  }
}

function last(asked: readonly Asked[]): Asked {
  const newest = asked.at(-1)
  if (newest === undefined) throw new Error('nothing was asked')
  return newest
}

/**
 * A client's end of one channel over each carrier, without a client behind it: it keeps every frame that comes, as its
 * bytes and as what they say, and sends what it is told to.
 */
import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import { framesIn, layBufs } from '#server/gate/bufs.ts'
import { type Frame, type Kind, type Unknown, VERSION } from '#shared/frame.ts'
import { epoch, NONE, type SessionId, seq, sessionId, ZERO } from '#shared/id.ts'
import { decodeOffset } from '#shared/offset.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'

export type FrameOf<T extends Frame['type']> = Extract<Frame, { readonly type: T }>

export interface EndOptions {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly document: string
  /** Where it goes on from; from the start without it. */
  readonly offset?: string
  /** What else its requests ask with, by name. */
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Subprotocols beside `vellum`, of a WebSocket. */
  readonly protocols?: readonly string[]
  /** What it makes where there is no document; any without it. */
  readonly kind?: Kind
  /** Outboxes that it will push from. */
  readonly sessions?: readonly SessionId[]
}

/** How a channel ended: a code of shared/codes.ts, or 1006 where the server said nothing. */
export abstract class End {
  readonly frames: (Frame | Unknown)[] = []
  readonly bytes: Uint8Array[] = []
  readonly ended: Promise<number>
  /** Where a next channel would go on. */
  offset = ''
  #taken = 0
  #code: number | null = null
  #looks = new Set<() => void>()
  #end: (code: number) => void = () => {}

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  abstract send(...frames: readonly (Frame | Uint8Array)[]): void
  /** As a person closes a tab. */
  abstract leave(): Promise<void>
  /** As a network breaks. */
  abstract cut(): void

  get code(): number | null {
    return this.#code
  }

  of<T extends Frame['type']>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame): frame is FrameOf<T> => frame.type === type)
  }

  /** The next frame of this type that was not taken yet. Rejects when the channel ends without one. */
  async next<T extends Frame['type']>(type: T): Promise<FrameOf<T>> {
    let found: FrameOf<T> | null = null
    const isIt = (frame: Frame | Unknown): frame is FrameOf<T> => frame.type === type
    await this.until(() => {
      while (found === null && this.#taken < this.frames.length) {
        const frame = this.frames[this.#taken++]
        if (frame !== undefined && isIt(frame)) found = frame
      }
      return found !== null
    }, `a ${type}`)
    if (found === null) throw new Error('unreachable')
    return found
  }

  /** Resolves as soon as this holds, looking whenever a frame came. Rejects when the channel ends before. */
  until(holds: () => boolean, what = 'that'): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (holds()) {
          this.#looks.delete(look)
          resolve()
        } else if (this.#code !== null) {
          this.#looks.delete(look)
          reject(new Error(`the channel ended with ${this.#code} before ${what} came`))
        }
      }
      this.#looks.add(look)
      look()
    })
  }

  protected came(bytes: Uint8Array): void {
    this.bytes.push(bytes)
    const frame = decodeFrame(bytes)
    this.frames.push(frame)
    this.#look()
    if (frame.type === 'later') this.over(frame.code)
    if (frame.type === 'refused' && frame.number === 0 && frame.session === NONE && frame.code !== 4403)
      this.over(frame.code)
  }

  protected over(code: number): void {
    if (this.#code !== null) return
    this.#code = code
    this.#end(code)
    this.#look()
  }

  #look(): void {
    for (const look of [...this.#looks]) look()
  }
}

export class WebSocketEnd extends End {
  readonly #socket: WebSocket
  readonly #options: EndOptions

  constructor(options: EndOptions) {
    super()
    this.#options = options
    const { query = {}, headers = {}, protocols = [] } = options
    const search = new URLSearchParams(query)
    const url = `${options.url.replace('http', 'ws')}/sync/${options.document}?${search}`
    this.#socket = new WebSocket(url, ['vellum', ...protocols], { perMessageDeflate: false, headers })
    this.#socket.on('message', (data: Buffer) => {
      const bytes = new Uint8Array(data)
      this.came(bytes)
      if (decodeFrame(bytes).type === 'hello' && this.of('hello').length === 1) this.#resume()
    })
    // An ending like any other: 'close' follows with 1006.
    this.#socket.on('error', () => {})
    this.#socket.on('close', (code) => this.over(code))
  }

  send(...frames: readonly (Frame | Uint8Array)[]): void {
    for (const frame of frames) this.#socket.send(asBytes(frame))
  }

  async leave(): Promise<void> {
    this.#socket.close()
  }

  cut(): void {
    this.#socket.terminate()
  }

  #resume(): void {
    const { offset, sessions = [] } = this.#options
    const at = offset === undefined ? null : decodeOffset(offset)
    this.send({
      type: 'resume',
      version: VERSION,
      epoch: at?.epoch ?? epoch(''),
      seq: at?.seq ?? ZERO,
      hash: at?.hash ?? NONE,
      kind: this.#options.kind ?? 'any',
      schemaVersion: 1,
      sessions: sessions.map((session) => ({ session, oldest: 1 })),
      stateVector: Uint8Array.of(0),
    })
  }

  protected override came(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes)
    if (frame.type === 'entries') this.offset = offsetAfter(frame, this.of('hello')[0]?.epoch ?? '')
    super.came(bytes)
  }
}

/** What both HTTP carriers share: what a client says is a post, one at a time. */
abstract class HttpEnd extends End {
  protected readonly options: EndOptions
  protected readonly session = randomBytes(8).toString('hex')
  protected readonly gone = new AbortController()
  #posting: Promise<void> = Promise.resolve()
  /** With every request. */
  readonly #shown: { readonly headers: Readonly<Record<string, string>> }

  constructor(options: EndOptions) {
    super()
    this.options = options
    this.#shown = { headers: options.headers ?? {} }
  }

  send(...frames: readonly (Frame | Uint8Array)[]): void {
    const body = layBufs(frames.map(asBytes))
    this.#posting = this.#posting.then(() => this.#post(body))
  }

  async leave(): Promise<void> {
    this.gone.abort()
    await fetch(this.address({ leave: '1' }), { method: 'POST', ...this.#shown })
  }

  cut(): void {
    this.gone.abort()
  }

  protected address(query: Readonly<Record<string, string>>): string {
    const search = new URLSearchParams({ session: this.session, ...this.options.query, ...query })
    return `${this.options.url}/sync/${this.options.document}?${search}`
  }

  protected ask(query: Readonly<Record<string, string>>): Promise<Response> {
    return fetch(this.address(query), { signal: this.gone.signal, ...this.#shown })
  }

  protected async refusedBy(response: Response): Promise<void> {
    this.over(codeOf(await response.text()))
  }

  async #post(body: Uint8Array): Promise<void> {
    try {
      const init = { method: 'POST', body: new Uint8Array(body), ...this.#shown }
      const response = await fetch(this.address({}), init)
      if (!response.ok) return await this.refusedBy(response)
      for (const frame of framesIn(await response.bytes())) this.came(frame)
    } catch {
      // The server went away: an ending like any other.
      this.over(1006)
    }
  }
}

export class EventStreamEnd extends HttpEnd {
  constructor(options: EndOptions) {
    super(options)
    void this.#read().catch(() => this.over(1006))
  }

  async #read(): Promise<void> {
    const { offset } = this.options
    const query = { live: 'sse', ...(offset !== undefined && { offset }) }
    const response = await this.ask(query)
    if (!response.ok || response.body === null) return this.refusedBy(response)
    let text = ''
    const decoder = new TextDecoder()
    for await (const part of response.body) {
      text += decoder.decode(part, { stream: true })
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) this.#event(event)
    }
    // A stream says why it ends in its last frame.
    const last = this.frames.at(-1)
    this.over(last?.type === 'refused' && last.number === 0 ? last.code : 1006)
  }

  #event(event: string): void {
    const id = /^id: (.*)$/m.exec(event)?.[1]
    if (id !== undefined) this.offset = id
    const data = /^data: (.*)$/m.exec(event)?.[1]
    if (data !== undefined) this.came(new Uint8Array(Buffer.from(data, 'base64')))
  }
}

export class LongPollEnd extends HttpEnd {
  constructor(options: EndOptions) {
    super(options)
    void this.#read().catch(() => this.over(1006))
  }

  async #read(): Promise<void> {
    let told: string | null = null
    let offset = this.options.offset ?? null
    while (this.code === null) {
      const query: Record<string, string> = told === null ? { join: '1' } : { live: 'long-poll', told }
      if (offset !== null) query['offset'] = offset
      const response = await this.ask(query)
      if (!response.ok) return this.refusedBy(response)
      const body = await response.bytes()
      offset = response.headers.get('stream-next-offset')
      told = response.headers.get('stream-told')
      this.offset = offset ?? ''
      for (const frame of framesIn(body)) this.came(frame)
    }
  }
}

export const ends = {
  websocket: WebSocketEnd,
  'event-stream': EventStreamEnd,
  'long-poll': LongPollEnd,
} as const satisfies Record<string, new (options: EndOptions) => End>

/** A session nobody else has. */
export function freshSession(): SessionId {
  return sessionId(randomBytes(8).toString('hex'))
}

function asBytes(frame: Frame | Uint8Array): Uint8Array {
  return frame instanceof Uint8Array ? frame : encodeFrame(frame)
}

function offsetAfter({ to, hash }: FrameOf<'entries'>, of: string): string {
  return `${of}.${seq(to)}.${hash}`
}

/** The code in a problem document; 1006 where it has none. */
export function codeOf(problem: string): number {
  try {
    const parsed: unknown = JSON.parse(problem)
    const code = typeof parsed === 'object' && parsed !== null && 'code' in parsed ? parsed.code : undefined
    return typeof code === 'number' ? code : 1006
  } catch {
    // No problem document of ours.
    return 1006
  }
}

/** One HTTP request over a network that delays, cuts, falls silent, keeps back, and forgets. */
import type { Clock } from '#shared/time.ts'
import type { SeededChance } from './chance.ts'
import type { Reply, Request } from './requests.ts'
import type { Road } from './road.ts'
import type { Line } from './wire.ts'

export interface ErrandOptions {
  readonly clock: Clock
  readonly chance: SeededChance
  readonly line: Line
  readonly road: Road
  readonly request: Request
  readonly signal: AbortSignal | null
  /** The request has arrived; null where nobody is there. */
  readonly serve: (reply: Reply) => (() => void) | null
}

export class Errand implements Reply {
  readonly response: Promise<Response>
  onDrained: () => void = () => undefined
  readonly #options: ErrandOptions
  #settle: { resolve: (response: Response) => void; reject: (error: unknown) => void } | null = null
  #body: ReadableStreamDefaultController<Uint8Array> | null = null
  #gone: (() => void) | null = null
  #isOver = false
  #isSilent = false
  #arrival = 0
  #queuedBytes = 0
  /** What a proxy keeps back until it has everything. */
  #kept: (() => void)[] = []

  constructor(options: ErrandOptions) {
    this.#options = options
    this.response = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    const { clock, chance, line, road, signal } = options
    signal?.addEventListener('abort', () => this.#abort())
    const upMs = line.latencyMs + chance.fraction() * line.jitterMs
    clock.after(upMs, () => this.#arrive())
    if (road.cutAfterMs !== null) clock.after(road.cutAfterMs, () => this.cut())
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  // What the server does.

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#down(0, () => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.#body = controller
        },
      })
      this.#settle?.resolve(new Response(status === 204 ? null : body, { status, headers: { ...headers } }))
      this.#settle = null
    })
  }

  write(bytes: Uint8Array): void {
    const { clock } = this.#options
    this.#queuedBytes += bytes.length
    const own = bytes.slice()
    this.#down(own.length, () => this.#body?.enqueue(own))
    clock.after(Math.max(0, this.#arrival - clock.now()), () => {
      this.#queuedBytes -= own.length
      if (this.#queuedBytes === 0 && !this.#isOver) this.onDrained()
    })
  }

  end(): void {
    this.#gone = null
    for (const pass of this.#kept.splice(0)) pass()
    this.#down(0, () => this.#finish())
  }

  // What the network does.

  /** The connection breaks: either side learns of it in its own time. */
  cut(): void {
    const { clock, chance } = this.#options
    if (this.#isOver) return
    this.#isSilent = true
    clock.after(chance.between(0, 400), () => this.#break())
    clock.after(chance.between(0, 400), () => this.#leave())
  }

  /** Nothing arrives any more, and nobody says so. */
  fallSilent(): void {
    this.#isSilent = true
    this.#options.clock.after(30_000, () => this.#leave())
  }

  /** The server's process is gone. */
  reset(): void {
    this.#gone = null
    this.#isSilent = true
    this.#options.clock.after(this.#options.chance.between(0, 50), () => this.#break())
  }

  #arrive(): void {
    const { serve, road, clock, line } = this.#options
    if (this.#isSilent || this.#isOver) return
    if (road.http === 'portal') {
      clock.after(line.latencyMs, () => {
        const page = new Response('<h1>Sign in</h1>', { headers: { 'Content-Type': 'text/html' } })
        this.#settle?.resolve(page)
        this.#isOver = true
      })
      return
    }
    this.#gone = serve(this)
    if (this.#gone === null) this.reset()
  }

  #abort(): void {
    if (this.#isOver) return
    const { clock, line } = this.#options
    this.#break()
    // The server hears of it, unless nothing gets through.
    if (!this.#isSilent) clock.after(line.latencyMs, () => this.#leave())
    this.#isSilent = true
  }

  #leave(): void {
    this.#gone?.()
    this.#gone = null
  }

  #break(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#settle?.reject(new TypeError('the connection broke'))
    this.#body?.error(new TypeError('the connection broke'))
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#body?.close()
  }

  #down(bytes: number, run: () => void): void {
    const { clock, chance, line, road } = this.#options
    if (road.http === 'kept' && this.#gone !== null) {
      this.#kept.push(() => this.#down(bytes, run))
      return
    }
    const now = clock.now()
    const sendMs = bytes / line.bytesPerMs
    const arrival = Math.max(
      this.#arrival + sendMs,
      now + line.latencyMs + chance.fraction() * line.jitterMs + sendMs,
    )
    this.#arrival = arrival
    clock.after(arrival - now, () => {
      if (!this.#isSilent && !this.#isOver) run()
    })
  }
}

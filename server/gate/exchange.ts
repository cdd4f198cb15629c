/** Requests and their responses, each until nobody can be told anything any more. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Cancel, Clock } from '#shared/time.ts'

/** How often responses are looked at that nobody takes, and how long they may lie there. */
const SWEEP_MS = 5_000
const UNTAKEN_MS = 60_000
/** Requests that may wait behind one on its connection: browsers and proxies let none wait. */
const MAX_WAITING = 64

export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  #isOver = false
  #then: (() => void)[] = []
  /** Since when something lies there that is not taken, and how much it was. */
  #untaken: { readonly at: number; readonly bytes: number } | null = null

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request
    this.response = response
    // A reset while something is written; 'close' follows.
    response.on('error', () => response.destroy())
    response.once('close', () => this.end())
  }

  /** Nothing more is said in its response. */
  get isAnswered(): boolean {
    return this.#isOver || this.response.writableEnded
  }

  /** Runs this when it is over; at once where it is. */
  whenOver(then: () => void): void {
    if (this.#isOver) then()
    else this.#then.push(then)
  }

  /** Its connection is gone, or its response was taken. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const then of this.#then.splice(0)) then()
  }

  /** Ends it where its client takes nothing: it would lie in memory for as long as that likes. */
  sweep(now: number): void {
    const { writableLength: bytes, writableEnded } = this.response
    if (bytes === 0 && !writableEnded) this.#untaken = null
    else if (this.#untaken === null || bytes < this.#untaken.bytes) this.#untaken = { at: now, bytes }
    else if (now - this.#untaken.at >= UNTAKEN_MS) this.cut()
  }

  cut(): void {
    this.response.destroy()
    this.end()
  }
}

export class Exchanges {
  readonly #clock: Clock
  readonly #open = new Set<Exchange>()
  /** By connection, in the order they came. */
  readonly #lines = new Map<Socket, Exchange[]>()
  #isDraining = false
  #cancelSweep: Cancel

  constructor(clock: Clock) {
    this.#clock = clock
    this.#cancelSweep = clock.after(SWEEP_MS, () => this.#sweep())
  }

  /** Runs `handle` when it is this request's turn on its connection: a response cannot overtake the one before it. */
  begin(request: IncomingMessage, response: ServerResponse, handle: (exchange: Exchange) => void): void {
    const exchange = new Exchange(request, response)
    const line = this.#lineOf(request.socket)
    const before = line.at(-1)
    line.push(exchange)
    this.#open.add(exchange)
    exchange.whenOver(() => {
      line.splice(line.indexOf(exchange), 1)
      this.#open.delete(exchange)
    })
    if (this.#isDraining) response.setHeader('Connection', 'close')
    if (before === undefined || before.isAnswered) handle(exchange)
    else if (line.length > MAX_WAITING && line[line.length - MAX_WAITING]?.isAnswered !== true)
      request.socket.destroy()
    else before.whenOver(() => request.socket.destroyed || handle(exchange))
  }

  /** From now on every connection ends with its answer. */
  drain(): void {
    this.#isDraining = true
    for (const { response } of this.#open)
      if (!response.headersSent) response.setHeader('Connection', 'close')
  }

  /** Resolves when what was answered has been taken, or `withinMs` have passed. */
  async close(withinMs: number): Promise<void> {
    const taken = [...this.#open].map((one) => new Promise<void>((resolve) => one.whenOver(resolve)))
    const late = new Promise<void>((resolve) => void this.#clock.after(withinMs, resolve))
    await Promise.race([Promise.all(taken), late])
    this.#cancelSweep()
    for (const exchange of this.#open) exchange.cut()
  }

  #sweep(): void {
    this.#cancelSweep = this.#clock.after(SWEEP_MS, () => this.#sweep())
    const now = this.#clock.now()
    for (const exchange of this.#open) exchange.sweep(now)
  }

  #lineOf(socket: Socket): Exchange[] {
    const known = this.#lines.get(socket)
    if (known !== undefined) return known
    const line: Exchange[] = []
    this.#lines.set(socket, line)
    // A response that waits behind another one is not told when the connection goes.
    socket.once('close', () => {
      this.#lines.delete(socket)
      for (const exchange of [...line]) exchange.end()
    })
    return line
  }
}

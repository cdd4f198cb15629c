/**
 * Connections that have not said a whole request yet, or are not let in by the one they said: whose upgrade is being
 * judged, or was refused and is told so. They belong to nobody, so no other limit knows of them: they are
 * given a while, and where there are too many, whoever has said nothing for longest goes.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Cancel, Clock } from '#shared/time.ts'

const SWEEP_MS = 2_500

export interface NewcomersOptions {
  readonly server: Server
  readonly clock: Clock
  readonly metrics: Metrics
  readonly max: number
  /** A first request's head must be there by then. */
  readonly withinMs: number
}

export class Newcomers {
  readonly #options: NewcomersOptions
  /** Since when; longest first. */
  readonly #since = new Map<Socket, number>()
  #cancelSweep: Cancel

  constructor(options: NewcomersOptions) {
    const { server, clock } = options
    this.#options = options
    server.on('connection', (socket) => this.#came(socket))
    server.on('request', ({ socket }) => this.#gone(socket))
    server.on('upgrade', ({ socket }) => this.#gone(socket))
    this.#cancelSweep = clock.after(SWEEP_MS, () => this.#sweep())
  }

  close(): void {
    this.#cancelSweep()
  }

  /** It asked to come in, and nobody knows yet whether it may. */
  asks(socket: Socket): void {
    if (socket.destroyed) return
    this.#gone(socket)
    this.#came(socket)
  }

  /** It is in: other limits know of it. */
  enters(socket: Socket): void {
    this.#gone(socket)
  }

  #came(socket: Socket): void {
    const { clock, metrics, max } = this.#options
    this.#since.set(socket, clock.now())
    metrics.levels.newcomers += 1
    socket.once('close', () => this.#gone(socket))
    const [oldest] = this.#since.keys()
    if (this.#since.size > max && oldest !== undefined) this.#cut(oldest)
  }

  #gone(socket: Socket): void {
    if (this.#since.delete(socket)) this.#options.metrics.levels.newcomers -= 1
  }

  #cut(socket: Socket): void {
    this.#gone(socket)
    this.#options.metrics.limited.newcomers += 1
    socket.destroy()
  }

  #sweep(): void {
    const { clock, withinMs } = this.#options
    this.#cancelSweep = clock.after(SWEEP_MS, () => this.#sweep())
    for (const [socket, since] of this.#since) {
      if (clock.now() - since < withinMs) return
      this.#cut(socket)
    }
  }
}

/** The carriers over HTTP on a real port, real rooms behind them, and time that passes when told to. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Access } from '#server/access/access.ts'
import { openAccess } from '#server/access/open.ts'
import { readConfig } from '#server/config.ts'
import { Door } from '#server/gate/admission.ts'
import { framesIn, layBufs } from '#server/gate/bufs.ts'
import { HttpCarriers, type HttpCarriersOptions } from '#server/gate/http.ts'
import type { Frame, Unknown } from '#shared/frame.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import { House, type HouseOptions } from '#tests/room/house.ts'

export interface Told {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  readonly frames: readonly (Frame | Unknown)[]
  /** Of a problem document; undefined without one. */
  readonly code: unknown
  readonly offset: string
  readonly told: string
}

export interface StageOptions extends HouseOptions {
  readonly maxHeld?: number
  readonly maxPostedBytes?: number
  readonly maxFrameBytes?: number
  readonly env?: Readonly<Record<string, string>>
  /** Everybody is let in without it. */
  readonly access?: Access
}

export class HttpStage {
  readonly house: House
  readonly carriers: HttpCarriers
  readonly failed: unknown[] = []
  readonly #server: Server
  url = ''
  port = 0

  private constructor(options: StageOptions) {
    this.house = new House(options)
    const read = readConfig(options.env ?? {}, [])
    if (read.kind !== 'config') throw new Error('the settings were refused')
    const { clock, metrics, rooms } = this.house
    const settings: HttpCarriersOptions = {
      access: options.access ?? openAccess(),
      door: new Door(read.config, { clock, metrics }),
      clock,
      metrics,
      rooms,
      maxFrameBytes: options.maxFrameBytes ?? 1 << 20,
      maxHeld: options.maxHeld ?? 100,
      maxPostedBytes: options.maxPostedBytes ?? 64 << 20,
      onFailed: (error) => this.failed.push(error),
    }
    this.carriers = new HttpCarriers(settings)
    this.#server = createServer((request, response) => this.carriers.handle(request, response))
    this.#server.on('connection', (socket) => socket.on('error', () => socket.destroy()))
  }

  static async open(options: StageOptions = {}): Promise<HttpStage> {
    const stage = new HttpStage(options)
    stage.#server.listen(0, '127.0.0.1')
    await once(stage.#server, 'listening')
    stage.port = (stage.#server.address() as AddressInfo).port
    stage.url = `http://127.0.0.1:${stage.port}`
    return stage
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Lets what is due now happen until this has; no time passes. */
  async during<T>(promise: Promise<T>): Promise<T> {
    let isDone = false
    const done = () => {
      isDone = true
    }
    promise.then(done, done)
    while (!isDone) await this.house.clock.pass(0)
    return promise
  }

  /** Lets what is due now happen until this holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.house.clock.pass(0)
  }

  /** Requests that are held at the moment. */
  get held(): number {
    return this.house.metrics.carriers['long-poll'].channels
  }

  get(query: string, init: RequestInit = {}): Promise<Told> {
    return ask(`${this.url}/sync/plan${query}`, init)
  }

  /** A poll that is held: resolves once it is. */
  async hold(query: string, init: RequestInit = {}): Promise<{ readonly answer: Promise<Told> }> {
    const before = this.held
    const answer = this.get(query, init)
    answer.catch(() => {})
    await this.until(() => this.held > before)
    // It was let in; in this turn it found that nothing is new.
    await this.house.clock.pass(0)
    return { answer }
  }

  post(query: string, frames: readonly Frame[], init: RequestInit = {}): Promise<Told> {
    const body = new Uint8Array(layBufs(frames.map(encodeFrame)))
    return ask(`${this.url}/sync/plan${query}`, { method: 'POST', body, ...init })
  }
}

export async function ask(url: string, init: RequestInit = {}): Promise<Told> {
  const response = await fetch(url, init)
  const bytes = await response.bytes()
  const isFrames = response.headers.get('content-type') === 'application/octet-stream'
  const isProblem = bytes.length > 0 && response.headers.get('content-type') === 'application/problem+json'
  const problem: unknown = isProblem ? JSON.parse(Buffer.from(bytes).toString()) : null
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    frames: isFrames ? [...framesIn(bytes)].map(decodeFrame) : [],
    code: typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : undefined,
    offset: response.headers.get('stream-next-offset') ?? '',
    told: response.headers.get('stream-told') ?? '',
  }
}

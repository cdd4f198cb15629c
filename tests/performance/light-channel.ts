/**
 * A channel that costs its process as little as can be: it pushes edits that were made before, notes when they were
 * acknowledged and how far it was told, and holds no document.
 */
import * as decoding from 'lib0/decoding'
import { WebSocket } from 'ws'
import { type Hello, types, VERSION } from '#shared/frame.ts'
import { type Epoch, epoch, NONE, type Seq, type SessionId, seq, sessionId, ZERO } from '#shared/id.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import { NOTHING, type Position } from './position.ts'

export interface ChannelOptions {
  readonly syncUrl: string
  readonly document: string
  /** Unique in the run; makes the session. */
  readonly number: number
  /** Anything that makes the figures worthless: an unexpected end, a refusal, a gap. */
  readonly onTrouble: (error: Error) => void
}

const NO_CLOCKS = Uint8Array.of(0)
const STEP2 = 1

export class LightChannel {
  /** The newest position this channel was told. */
  head: Seq = ZERO
  /** Bytes of frames that came. */
  bytes = 0
  /** From `push` to its `ack`, in ms, of each push since it was last emptied. */
  latenciesMs: number[] = []
  /** Where the server went on from; 0 where it began anew. */
  resumedAt: Seq | null = null
  /** Called with the positions of the entries that came. */
  onEntries: ((from: Seq, to: Seq) => void) | null = null
  /** Called for each `ack` frame. */
  onAck: (() => void) | null = null
  readonly #options: ChannelOptions
  readonly #socket: WebSocket
  readonly #session: SessionId
  /** When each push was sent, by its number; number 0 is none. */
  readonly #sentAt: number[] = [0]
  readonly #hello = Promise.withResolvers<Hello>()
  readonly #synced = Promise.withResolvers<void>()
  #epoch: Epoch = epoch('')
  #acknowledged = 0
  #lastEntries: Uint8Array | null = null
  #isOver = false

  private constructor(options: ChannelOptions) {
    this.#options = options
    this.#session = sessionId(options.number.toString(16).padStart(16, '0'))
    this.#socket = new WebSocket(`${options.syncUrl}/${options.document}`, ['vellum'], {
      perMessageDeflate: false,
    })
    this.#socket.on('message', (data: Buffer) => this.#take(data))
    this.#socket.on('error', (error) => this.#trouble(error.message))
    this.#socket.on('close', (code) => this.#trouble(`a channel ended with ${code}`))
  }

  /** Opens a channel; resolves when everything that is lacking at `position` has come. */
  static async join(options: ChannelOptions, position = NOTHING): Promise<LightChannel> {
    const channel = new LightChannel(options)
    const { epoch, schemaVersion } = await channel.#hello.promise
    channel.#epoch = epoch
    channel.#socket.send(
      encodeFrame({
        type: 'resume',
        version: VERSION,
        ...position,
        kind: 'any',
        schemaVersion,
        sessions: [{ session: channel.#session, oldest: 1 }],
        stateVector: NO_CLOCKS,
      }),
    )
    await channel.#synced.promise
    return channel
  }

  /** Pushes that were not acknowledged yet. */
  get pending(): number {
    return this.#sentAt.length - 1 - this.#acknowledged
  }

  /** What the last `entries` frame said, in the epoch that `hello` named. Throws where either was not known. */
  get position(): Position {
    const frame = this.#lastEntries === null ? null : decodeFrame(this.#lastEntries)
    if (frame?.type !== 'entries' || frame.hash === NONE) throw new Error('no position is held')
    if (this.#epoch === '') throw new Error('the epoch was not known yet when this channel came')
    return { epoch: this.#epoch, seq: frame.to, hash: frame.hash }
  }

  push(update: Uint8Array): void {
    const number = this.#sentAt.length
    const frame = encodeFrame({ type: 'push', session: this.#session, number, update })
    this.#sentAt.push(performance.now())
    this.#socket.send(frame)
  }

  drop(): void {
    this.#isOver = true
    this.#socket.terminate()
  }

  #take(data: Buffer): void {
    this.bytes += data.length
    switch (data[0]) {
      case types.ack:
        this.#takeAck(data)
        return
      case types.entries: {
        // Read as far as the position only: there are a hundred times as many of these as edits.
        const input = decoding.createDecoder(data)
        decoding.readVarUint(input)
        const from = seq(decoding.readVarUint(input))
        this.head = seq(decoding.readVarUint(input))
        this.#lastEntries = data
        this.onEntries?.(from, this.head)
        return
      }
      case types.sync:
        if (data[1] === STEP2) this.#synced.resolve()
        return
      case types.hello:
      case types.resumed: {
        const frame = decodeFrame(data)
        if (frame.type === 'hello') this.#hello.resolve(frame)
        if (frame.type === 'resumed') this.resumedAt = frame.seq
        return
      }
      case types.gap:
      case types.refused:
      case types.denied:
      case types.later:
        this.#trouble(`the server answered ${JSON.stringify(decodeFrame(data))}`)
    }
  }

  #takeAck(data: Buffer): void {
    const frame = decodeFrame(data)
    if (frame.type !== 'ack') return
    const now = performance.now()
    for (let number = frame.from; number <= frame.to; number++)
      this.latenciesMs.push(now - (this.#sentAt[number] ?? Number.NaN))
    this.#acknowledged += frame.to - frame.from + 1
    this.onAck?.()
  }

  #trouble(message: string): void {
    if (!this.#isOver) this.#options.onTrouble(new Error(`${this.#options.document}: ${message}`))
  }
}

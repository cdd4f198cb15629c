/** The network's end of one channel, played by a test: it keeps what is sent, and may stop taking it. */
import type { Channel, ChannelEvents, Dialect } from '#server/room/channel.ts'
import type { Packet } from '#server/room/packet.ts'
import type { Frame } from '#shared/frame.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'

type FrameOf<T extends Frame['type']> = Extract<Frame, { readonly type: T }>

export class NetworkEnd implements Channel {
  readonly dialect: Dialect
  readonly packets: Packet[] = []
  /** How the server ended it; null while it has not. */
  ending: { readonly code: number; readonly reason: string } | null = null
  queuedBytes = 0
  /** A mistake in the carrier, once. */
  throwOnSend: Error | null = null
  isPaused = false
  #isStalled = false
  #events: ChannelEvents | null = null
  /** What the client said while the server did not read. */
  #held: Uint8Array[] = []
  #said = 0
  #looked = 0

  constructor(dialect: Dialect) {
    this.dialect = dialect
  }

  attach(events: ChannelEvents): void {
    this.#events = events
  }

  // What the server does.

  send(packet: Packet): void {
    if (this.ending !== null) return
    const mistake = this.throwOnSend
    this.throwOnSend = null
    if (mistake !== null) throw mistake
    this.packets.push(packet)
    if (this.#isStalled) for (const { length } of packet.frames) this.queuedBytes += length
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    this.#deliver()
  }

  close(code: number, reason: string): void {
    this.ending ??= { code, reason }
  }

  // What the client and its network do.

  say(...frames: readonly (Frame | Uint8Array)[]): void {
    this.#held.push(...frames.map((frame) => (frame instanceof Uint8Array ? frame : encodeFrame(frame))))
    this.#deliver()
  }

  /** From now on nothing is taken: what is sent queues up. */
  stall(): void {
    this.#isStalled = true
  }

  drain(): void {
    this.#isStalled = false
    this.queuedBytes = 0
    this.#events?.drained()
  }

  fallSilent(): void {
    this.#events?.silent()
  }

  cut(): void {
    this.#events?.closed()
  }

  // What the test looks at.

  get frames(): readonly Frame[] {
    return this.packets.flatMap(framesOf)
  }

  of<T extends Frame['type']>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame): frame is FrameOf<T> => frame.type === type)
  }

  /** What came since the last look. */
  news(): readonly Frame[] {
    const { frames } = this
    const news = frames.slice(this.#looked)
    this.#looked = frames.length
    return news
  }

  get code(): number | null {
    return this.ending?.code ?? null
  }

  #deliver(): void {
    // Frames may be said, and reading may stop and start, while one is handled.
    while (!this.isPaused && this.ending === null) {
      const next = this.#held[this.#said]
      if (next === undefined) break
      this.#said += 1
      this.#events?.frame(next)
    }
    if (this.#said === this.#held.length) {
      this.#held = []
      this.#said = 0
    }
  }
}

export function framesOf(packet: Packet): Frame[] {
  return packet.frames.map((bytes) => {
    const frame = decodeFrame(bytes)
    if (frame.type === 'unknown') throw new Error(`the server sent a frame of type ${frame.number}`)
    return frame
  })
}

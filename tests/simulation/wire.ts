/**
 * One connection over a network that delays, cuts, falls silent and is slow. Frames keep their order, as over TCP.
 */
import type { ChannelEvents as ClientEvents } from '#client/carriers/port.ts'
import type { Channel, Dialect, ChannelEvents as ServerEvents } from '#server/room/channel.ts'
import type { Packet } from '#server/room/packet.ts'
import type { Clock } from '#shared/time.ts'
import type { SeededChance } from './chance.ts'

export interface Line {
  /** Milliseconds one way, and what chance adds. */
  readonly latencyMs: number
  readonly jitterMs: number
  /** Towards the client; Infinity for as fast as one likes. */
  readonly bytesPerMs: number
}

/** Where frames go. */
export interface Ends {
  readonly client: Pick<ClientEvents, 'opened' | 'frame' | 'closed'>
  readonly join: (channel: Channel) => ServerEvents
  /** Every frame that arrives at the server, for what listens in. */
  readonly onUp?: (bytes: Uint8Array) => void
}

type Way = 'up' | 'down'

export class Wire implements Channel {
  readonly dialect: Dialect
  readonly #clock: Clock
  readonly #chance: SeededChance
  readonly #line: Line
  readonly #ends: Ends
  /** Every frame the client sent, as it arrived at the server. */
  readonly recorded: Uint8Array[] = []
  #server: ServerEvents | null = null
  #isClientThere = true
  #isServerThere = true
  /** Ways on which frames vanish without a word. */
  readonly #silent = new Set<Way>()
  /** When the last frame on each way arrives: the next one never before it. */
  readonly #arrival = { up: 0, down: 0 }
  #queuedBytes = 0
  #isPaused = false
  #held: Uint8Array[] = []

  constructor(options: { clock: Clock; chance: SeededChance; line: Line; dialect: Dialect; ends: Ends }) {
    this.#clock = options.clock
    this.#chance = options.chance
    this.#line = options.line
    this.dialect = options.dialect
    this.#ends = options.ends
  }

  get isOpen(): boolean {
    return this.#isClientThere || this.#isServerThere
  }

  /** The handshake has reached the server. */
  accepted(): void {
    if (!this.#isServerThere) return
    this.#later('down', 0, () => {
      if (this.#isClientThere) this.#ends.client.opened()
    })
    this.#server = this.#ends.join(this)
  }

  /** Says something to the client past the server: only a mutant does that. */
  slip(frame: Uint8Array): void {
    this.#later('down', frame.length, () => {
      if (this.#isClientThere) this.#ends.client.frame(frame)
    })
  }

  // What the client does.

  up(frame: Uint8Array): void {
    if (!this.#isClientThere) return
    const bytes = frame.slice()
    this.#later('up', bytes.length, () => {
      if (!this.#isServerThere || this.#server === null) return
      this.recorded.push(bytes)
      if (this.#isPaused) this.#held.push(bytes)
      else this.#arrived(bytes)
    })
  }

  closeFromClient(): void {
    if (!this.#isClientThere) return
    this.#isClientThere = false
    this.#later('up', 0, () => this.#endServer())
  }

  // What the server does.

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  send(packet: Packet): void {
    if (!this.#isServerThere) return
    for (const frame of packet.frames) {
      const bytes = frame.slice()
      this.#queuedBytes += bytes.length
      this.#later('down', bytes.length, () => {
        if (this.#isClientThere) this.#ends.client.frame(bytes)
      })
      // The queue drains while the network takes it, whether or not it ever arrives.
      this.#clock.after(this.#arrival.down - this.#clock.now(), () => {
        this.#queuedBytes -= bytes.length
        if (this.#queuedBytes === 0 && this.#isServerThere) this.#server?.drained()
      })
    }
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    for (const bytes of this.#held.splice(0)) this.#clock.after(0, () => this.#arrived(bytes))
  }

  close(code: number, reason: string): void {
    if (!this.#isServerThere) return
    this.#isServerThere = false
    this.#server = null
    this.#later('down', 0, () => this.#endClient(code, reason))
  }

  // What the network does.

  /** The connection breaks: what is under way is lost, and either side learns of it in its own time. */
  cut(): void {
    this.#silent.add('up').add('down')
    const learnMs = [this.#chance.between(0, 400), this.#chance.between(0, 400)] as const
    this.#clock.after(learnMs[0], () => this.#endClient(1006, ''))
    this.#clock.after(learnMs[1], () => this.#endServer())
  }

  /** Frames vanish from now on, on one way or both. The server's own pings find out in the end. */
  fallSilent(ways: readonly Way[]): void {
    for (const way of ways) this.#silent.add(way)
    this.#clock.after(30_000, () => this.#endServer())
    // One way alone is no state that TCP stays in: unacknowledged bytes break the connection.
    if (ways.length === 1) this.#clock.after(45_000, () => this.cut())
  }

  /** The server's process is gone: its sockets are reset. */
  reset(): void {
    this.#isServerThere = false
    this.#server = null
    this.#silent.add('up')
    this.#clock.after(this.#chance.between(0, 50), () => this.#endClient(1006, ''))
  }

  #arrived(bytes: Uint8Array): void {
    if (!this.#isServerThere) return
    this.#ends.onUp?.(bytes)
    this.#server?.frame(bytes)
  }

  #endClient(code: number, reason: string): void {
    if (!this.#isClientThere) return
    this.#isClientThere = false
    this.#ends.client.closed(code, reason)
  }

  #endServer(): void {
    if (!this.#isServerThere) return
    this.#isServerThere = false
    const server = this.#server
    this.#server = null
    server?.closed()
  }

  #later(way: Way, bytes: number, run: () => void): void {
    const { latencyMs, jitterMs, bytesPerMs } = this.#line
    const now = this.#clock.now()
    const sendMs = way === 'down' ? bytes / bytesPerMs : 0
    const arrival = Math.max(
      this.#arrival[way] + sendMs,
      now + latencyMs + this.#chance.fraction() * jitterMs + sendMs,
    )
    this.#arrival[way] = arrival
    this.#clock.after(arrival - now, () => {
      if (!this.#silent.has(way)) run()
    })
  }
}

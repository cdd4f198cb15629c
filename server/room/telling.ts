/**
 * What one peer has been told of the log, and how it is told the rest.
 *
 * P1 Entries come in the order of the log, each once: by a reading of the log until that reaches the head, by the room
 *    from then on. The hand-over is in `live`, in one turn.
 * P2 A channel is never queued without bound: past the limit it is lagging, gets nothing, and is caught up from the log
 *    when it has drained.
 */
import type { Seq } from '#shared/id.ts'
import type { Channel } from './channel.ts'
import { lackingByPosition } from './lacking.ts'
import type { Page } from './opening.ts'
import { Packet } from './packet.ts'
import type { Room } from './room.ts'
import type { Last } from './sender.ts'

type State =
  /** It has not asked yet, or is over. */
  | { readonly kind: 'silent' }
  /**
   * A reading of the log is under way, whole up to `position`. The page is on its way: who holds it shares it.
   */
  | { readonly kind: 'reading'; readonly reading: object; position: Seq; page: Page | null }
  | { readonly kind: 'live'; position: Seq }
  | { readonly kind: 'lagging'; position: Seq }

export class Telling {
  readonly #room: Room
  readonly #channel: Channel
  readonly #send: (packet: Packet) => void
  #state: State = { kind: 'silent' }
  #whenTaken: (() => void)[] = []

  /** `send` puts a packet on the channel. */
  constructor(room: Room, channel: Channel, send: (packet: Packet) => void) {
    this.#room = room
    this.#channel = channel
    this.#send = send
  }

  /** Bytes that wait for the client to read are more than may. */
  get isFull(): boolean {
    return this.#channel.queuedBytes > this.#room.around.limits.queueBytes
  }

  /** False when these entries have to come from the log later. */
  deliver(packet: Packet, head: Seq): boolean {
    const state = this.#state
    if (state.kind !== 'live') return false
    if (this.isFull) {
      this.#becomes({ kind: 'lagging', position: state.position })
      return false
    }
    state.position = head
    this.#send(packet)
    return true
  }

  /** The log reached `head` with nothing that has to be told. */
  passed(head: Seq): void {
    if (this.#state.kind === 'live') this.#state.position = head
  }

  /** Streams these pages, goes on from the log until it is live, then sends `last()`. A newer call ends an older one. */
  async follow(pages: AsyncIterable<Page>, position: Seq, last: Last): Promise<void> {
    const reading = {}
    this.#becomes({ kind: 'reading', reading, position, page: null })
    let source = pages
    for (;;) {
      for await (const page of source) {
        const state = this.#state
        if (state.kind !== 'reading' || state.reading !== reading) return
        state.position = page.to
        state.page = page
        this.#send(page.packet(this.#channel.dialect, this.#room.epoch))
        await this.taken()
      }
      const state = this.#state
      if (state.kind !== 'reading' || state.reading !== reading) return
      if (state.position >= this.#room.head) return this.live(last)
      source = lackingByPosition(this.#room, state.position)
    }
  }

  /** In the turn in which a reading reached the head, or nothing was lacking: from here on the room delivers. */
  live(last: Last): void {
    this.#becomes({ kind: 'live', position: this.#room.head })
    const frames = last()
    if (frames.length === 0) return
    this.#send(new Packet(frames, this.#channel.dialect === 'vellum' ? this.#room.position : null))
  }

  /** Resolves when the channel has taken what was queued; undefined where the queue is short enough to go on. */
  taken(): Promise<void> | undefined {
    if (!this.isFull) return undefined
    return new Promise((resolve) => {
      this.#whenTaken.push(resolve)
    })
  }

  /** The channel has taken everything. Undefined where nothing follows from that. */
  drained(): Promise<void> | undefined {
    for (const go of this.#whenTaken.splice(0)) go()
    if (this.#state.kind !== 'lagging') return undefined
    const { position } = this.#state
    this.#room.around.metrics.counts.catchUps += 1
    return this.follow(lackingByPosition(this.#room, position), position, () => [])
  }

  close(): void {
    this.#becomes({ kind: 'silent' })
    for (const go of this.#whenTaken.splice(0)) go()
  }

  #becomes(state: State): void {
    const { levels } = this.#room.around.metrics
    if (this.#state.kind === 'lagging') levels.laggingChannels -= 1
    if (state.kind === 'lagging') levels.laggingChannels += 1
    this.#state = state
  }
}

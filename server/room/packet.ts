/**
 * One or more frames on their way to many channels: framed once for each carrier's format, then written as they are.
 * A write of ten ready frames costs a tenth of ten writes, so what a group commits for a room becomes one packet.
 */

import type { Offset } from '#shared/offset.ts'

/** How a carrier lays frames end to end: WebSocket headers, event-stream lines, lengths. */
export type Framing = (frames: readonly Uint8Array[], position: Offset | null) => Uint8Array

export class Packet {
  readonly frames: readonly Uint8Array[]
  /**
   * Where in the log whoever took all of it stands, with sixteen zeros where the hash is not known; null where these
   * frames say nothing of that. Frames before the last `entries` frame do not reach it yet.
   */
  readonly position: Offset | null
  #framing: Framing | null = null
  #framed: Uint8Array | null = null
  #others: Map<Framing, Uint8Array> | null = null
  #placed: { readonly place: string; readonly framed: Uint8Array } | null = null

  constructor(frames: readonly Uint8Array[], position: Offset | null = null) {
    this.frames = frames
    this.position = position
  }

  /** The frames' bytes in this carrier's format; computed once per format. */
  as(framing: Framing): Uint8Array {
    if (this.#framing === framing && this.#framed !== null) return this.#framed
    if (this.#framed === null) {
      this.#framing = framing
      this.#framed = framing(this.frames, this.position)
      return this.#framed
    }
    this.#others ??= new Map()
    let framed = this.#others.get(framing)
    if (framed === undefined) {
      framed = framing(this.frames, this.position)
      this.#others.set(framing, framed)
    }
    return framed
  }

  /**
   * In a format that depends on where its reader stands. Kept for the place asked for last: a crowd that opens one
   * document stands at its beginning, all of it.
   */
  asFrom(place: string, framing: (frames: readonly Uint8Array[], place: string) => Uint8Array): Uint8Array {
    if (this.#placed?.place === place) return this.#placed.framed
    const framed = framing(this.frames, place)
    this.#placed = { place, framed }
    return framed
  }
}

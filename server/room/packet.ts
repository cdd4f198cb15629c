/**
 * One or more frames on their way to many channels: framed once for each carrier's format, then written as they are.
 * A write of ten ready frames costs a tenth of ten writes, so what a group commits for a room becomes one packet.
 */

/** How a carrier lays frames end to end: WebSocket headers, event-stream lines, lengths. */
export type Framing = (frames: readonly Uint8Array[]) => Uint8Array

export class Packet {
  readonly frames: readonly Uint8Array[]
  #framing: Framing | null = null
  #framed: Uint8Array | null = null
  #others: Map<Framing, Uint8Array> | null = null

  constructor(frames: readonly Uint8Array[]) {
    this.frames = frames
  }

  /** The frames' bytes in this carrier's format; computed once per format. */
  as(framing: Framing): Uint8Array {
    if (this.#framing === framing && this.#framed !== null) return this.#framed
    if (this.#framed === null) {
      this.#framing = framing
      this.#framed = framing(this.frames)
      return this.#framed
    }
    this.#others ??= new Map()
    let framed = this.#others.get(framing)
    if (framed === undefined) {
      framed = framing(this.frames)
      this.#others.set(framing, framed)
    }
    return framed
  }
}

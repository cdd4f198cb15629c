/**
 * How much of an unfinished WebSocket message a channel has sent: what `ws` holds for it until the rest comes.
 * It reads the lengths that frames declare (RFC 6455, 5.2) and skips the rest; what breaks the protocol is left to `ws`.
 */

/** A client's frame is masked, by four bytes in front of its payload. */
const MASK_BYTES = 4
const CONTROL = 0x08

export class Meter {
  #held = 0
  /** Bytes of the frame that are still to come. */
  #left = 0
  /** Bytes of the length that are still to come; -2 before a frame's first byte, -1 before its second. */
  #lengthLeft = -2
  #length = 0
  #isControl = false
  #isFinal = false

  /** Bytes of payload that came of a message that is not whole. */
  get held(): number {
    return Math.max(0, this.#held)
  }

  /** Whether something was begun that is not finished. */
  get isUnfinished(): boolean {
    return this.#held > 0 || this.#left > 0 || this.#lengthLeft !== -2
  }

  /** What came, in order. */
  take(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const here = Math.min(this.#left, chunk.length - at)
        at += here
        this.#left -= here
        if (!this.#isControl) this.#held += here
        if (this.#left === 0 && this.#isFinal && !this.#isControl) this.#held = 0
        continue
      }
      const byte = chunk[at] ?? 0
      at += 1
      if (this.#lengthLeft === -2) {
        this.#isFinal = byte >= 0x80
        this.#isControl = (byte & CONTROL) !== 0
        this.#lengthLeft = -1
      } else if (this.#lengthLeft === -1) {
        const short = byte & 0x7f
        this.#length = 0
        if (short < 126) this.#begin(short)
        else this.#lengthLeft = short === 126 ? 2 : 8
      } else {
        this.#length = this.#length * 256 + byte
        this.#lengthLeft -= 1
        if (this.#lengthLeft === 0) this.#begin(this.#length)
      }
    }
  }

  #begin(length: number): void {
    this.#lengthLeft = -2
    this.#left = length + MASK_BYTES
    // The mask comes as if it were payload, and is none.
    if (!this.#isControl) this.#held -= MASK_BYTES
  }
}

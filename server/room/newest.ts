/** The newest entry of a log, as far as its hash is wanted: it stands beside the number of a position. */
import { NONE } from '#shared/id.ts'
import { digest } from './digest.ts'

/** An update longer than this is not held for the sake of its hash. */
const HELD_BYTES = 4 << 10

export class Newest {
  #update: Uint8Array | null = null
  #hash: string = NONE

  /** This entry is the newest now; undefined where there is none. Most are never asked for their hash. */
  is(update: Uint8Array | undefined): void {
    const isLong = update !== undefined && update.length > HELD_BYTES
    this.#update = isLong ? null : (update ?? null)
    this.#hash = isLong ? digest(update) : NONE
  }

  get hash(): string {
    if (this.#update !== null) {
      this.#hash = digest(this.#update)
      this.#update = null
    }
    return this.#hash
  }
}

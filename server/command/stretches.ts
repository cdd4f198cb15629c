/** Entries in order, given stretch by stretch. */
import type { ReplayedEntry } from '#server/history/port.ts'

export interface Entry extends ReplayedEntry {
  readonly seq: number
}

export class Stretches {
  readonly #pieces: Generator<readonly Entry[], void>
  #rest: readonly Entry[] = []
  #isOver = false
  #seq = 0

  constructor(pieces: Generator<readonly Entry[], void>) {
    this.#pieces = pieces
  }

  /** The newest entry that was given. */
  get seq(): number {
    return this.#seq
  }

  /** Whether nothing is left. */
  get isOver(): boolean {
    while (!this.#isOver && this.#rest.length === 0) {
      const next = this.#pieces.next()
      if (next.done) this.#isOver = true
      else this.#rest = next.value
    }
    return this.#isOver
  }

  async *upTo(seq: number): AsyncGenerator<readonly Entry[], void> {
    while (!this.isOver) {
      const taken = this.#rest.filter((entry) => entry.seq <= seq)
      if (taken.length === 0) return
      this.#rest = this.#rest.slice(taken.length)
      this.#seq = taken.at(-1)?.seq ?? this.#seq
      yield taken
    }
  }

  /** Goes through what is left without giving it. */
  drain(): void {
    while (!this.isOver) this.#rest = []
  }
}

/** How far something has come: a bar where somebody watches, now and then a line elsewhere. */
import { plain, type Surroundings } from './surroundings.ts'

const BAR = 24
const WORDS = 40
/** Between two drawings of the bar. */
const DRAW_MS = 100
/** Lines elsewhere. */
const SAY_MS = 10_000

export interface ProgressOptions {
  /** What is done, like `exporting`. */
  readonly does: string
  readonly all: number
  /** How a number of what is counted is said. */
  readonly say: (count: number) => string
}

export class Progress {
  readonly #around: Pick<Surroundings, 'progress' | 'now'>
  readonly #options: ProgressOptions
  #drawnAt: number

  constructor(around: Pick<Surroundings, 'progress' | 'now'>, options: ProgressOptions) {
    this.#around = around
    this.#options = options
    // A bar is there at once; lines are for what takes long.
    this.#drawnAt = around.progress.isWatched ? Number.NEGATIVE_INFINITY : around.now()
  }

  /** `words`: what it is at just now. */
  at(count: number, words = ''): void {
    const { progress, now } = this.#around
    const { does, all, say } = this.#options
    const at = now()
    if (!progress.isWatched) {
      if (at - this.#drawnAt < SAY_MS || count >= all) return
      this.#drawnAt = at
      progress.say(`${does}: ${say(count)} of ${say(all)}`)
      return
    }
    if (at - this.#drawnAt < DRAW_MS && count < all) return
    this.#drawnAt = at
    const share = all === 0 ? 1 : Math.min(1, count / all)
    const filled = Math.round(share * BAR)
    const bar = `${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}`
    progress.over(`${does} [${bar}] ${say(count)} of ${say(all)}  ${plain(words).slice(0, WORDS)}`)
  }

  end(): void {
    if (this.#around.progress.isWatched) this.#around.progress.over('')
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`
}

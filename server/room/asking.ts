/** Asking one peer for what the log lacks: SyncStep1, at most once a second. */
import type { Cancel, Clock } from '#shared/time.ts'
import { ASK_MS } from './limits.ts'

export class Asking {
  readonly #clock: Clock
  readonly #ask: () => void
  #askedAt = Number.NEGATIVE_INFINITY
  #cancel: Cancel | null = null

  /** `ask` says it; it is called now or later. */
  constructor(clock: Clock, ask: () => void) {
    this.#clock = clock
    this.#ask = ask
  }

  /** It was asked by other means just now. */
  asked(): void {
    this.#askedAt = this.#clock.now()
  }

  ask(): void {
    if (this.#cancel !== null) return
    const waitMs = this.#askedAt + ASK_MS - this.#clock.now()
    if (waitMs > 0) {
      this.#cancel = this.#clock.after(waitMs, () => {
        this.#cancel = null
        this.ask()
      })
      return
    }
    this.asked()
    this.#ask()
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = null
  }
}

/** When a channel that nothing was sent over for a while is due a heartbeat: half-open ones are found by silence. */
import type { Dialect } from './channel.ts'
import { HEARTBEAT_MS, IDLE_YJS_MS } from './limits.ts'

export class Heartbeat {
  readonly #everyMs: number
  #sentAt = 0

  constructor(dialect: Dialect) {
    this.#everyMs = dialect === 'vellum' ? HEARTBEAT_MS - 1_000 : IDLE_YJS_MS
  }

  sent(now: number): void {
    this.#sentAt = now
  }

  /** It counts as sent. */
  isDue(now: number): boolean {
    if (now - this.#sentAt < this.#everyMs) return false
    this.#sentAt = now
    return true
  }
}

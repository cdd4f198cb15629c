/** Why a channel is not read: it is read again when no reason is left. */
import type { Channel } from './channel.ts'

export class Pauses {
  readonly #channel: Pick<Channel, 'pause' | 'resume'>
  readonly #reasons = new Set<string>()

  constructor(channel: Pick<Channel, 'pause' | 'resume'>) {
    this.#channel = channel
  }

  get any(): boolean {
    return this.#reasons.size > 0
  }

  has(why: string): boolean {
    return this.#reasons.has(why)
  }

  add(why: string): void {
    this.#reasons.add(why)
    this.#channel.pause()
  }

  remove(why: string): void {
    if (this.#reasons.delete(why) && this.#reasons.size === 0) this.#channel.resume()
  }
}

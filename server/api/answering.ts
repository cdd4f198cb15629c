/** Answers that are not sent yet: a server that stops waits for them, for a while. */
import type { ServerResponse } from 'node:http'
import type { Clock } from '#shared/time.ts'

export class Answering {
  readonly #open = new Set<ServerResponse>()
  #whenNone: (() => void)[] = []

  /** Counts an answer until it is sent, or its connection is gone. */
  track(response: ServerResponse): void {
    this.#open.add(response)
    response.once('close', () => {
      this.#open.delete(response)
      if (this.#open.size === 0) for (const go of this.#whenNone.splice(0)) go()
    })
  }

  /** Resolves once all that are due are sent, or after `maxMs`. */
  async settled(clock: Clock, maxMs: number): Promise<void> {
    if (this.#open.size === 0) return
    await new Promise<void>((resolve) => {
      this.#whenNone.push(resolve)
      clock.after(maxMs, resolve)
    })
  }
}

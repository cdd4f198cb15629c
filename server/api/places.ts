/** How much of content one person may have waiting: who asks for more is told to come back, and nobody else is. */
import { ApiProblem } from './problem.ts'

export interface PlacesOptions {
  readonly maxWaiting: number
  /** Counts who came to the limit. */
  readonly limited?: { content: number } | undefined
}

const RETRY_SECONDS = 2

export class Places {
  readonly #options: PlacesOptions
  readonly #held = new Map<string, number>()

  constructor(options: PlacesOptions) {
    this.#options = options
  }

  /** Rejects as `work` does, and with ApiProblem where this person has too much waiting. */
  async hold<T>(person: string, work: () => Promise<T>): Promise<T> {
    const { maxWaiting, limited } = this.#options
    const held = this.#held.get(person) ?? 0
    if (held >= maxWaiting) {
      if (limited !== undefined) limited.content += 1
      throw new ApiProblem(
        'too-many',
        `${held} things you asked to be read, written or compared are not done yet: come back for more.`,
        {},
        RETRY_SECONDS,
      )
    }
    this.#held.set(person, held + 1)
    try {
      return await work()
    } finally {
      const left = (this.#held.get(person) ?? 1) - 1
      if (left === 0) this.#held.delete(person)
      else this.#held.set(person, left)
    }
  }
}

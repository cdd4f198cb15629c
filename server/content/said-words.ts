/** The words of texts, by which texts are found to be alike. */

/** Of longer texts the first ones are compared. */
const MAX_WORDS = 2_000

export class SaidWords {
  readonly #list: readonly string[]
  readonly #counts = new Map<string, number>()

  constructor(text: string) {
    this.#list = (
      text
        .slice(0, 20 * MAX_WORDS)
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu) ?? []
    ).slice(0, MAX_WORDS)
    for (const word of this.#list) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1)
  }

  /** From 0 to 1: how many of both's words they share; in between where neither has any. */
  sharedWith(other: SaidWords): number {
    const all = this.#list.length + other.#list.length
    if (all === 0) return 0.5
    const [few, many] =
      this.#counts.size <= other.#counts.size ? [this.#counts, other.#counts] : [other.#counts, this.#counts]
    let shared = 0
    for (const [word, count] of few) shared += Math.min(count, many.get(word) ?? 0)
    return (2 * shared) / all
  }

  /** Each word, and each with the one after it, once. */
  signs(): ReadonlySet<string> {
    const out = new Set(this.#counts.keys())
    for (const [index, word] of this.#list.entries()) out.add(`${word} ${this.#list[index + 1] ?? ''}`)
    return out
  }
}

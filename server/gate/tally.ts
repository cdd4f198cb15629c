/** How many of something each address has at the moment. */
export class Tally {
  readonly #counts = new Map<string, number>()

  of(address: string): number {
    return this.#counts.get(address) ?? 0
  }

  /** Counts one more; returns what has to be called when it is over. */
  enter(address: string): () => void {
    this.#counts.set(address, this.of(address) + 1)
    let isIn = true
    return () => {
      if (!isIn) return
      isIn = false
      const left = this.of(address) - 1
      if (left > 0) this.#counts.set(address, left)
      else this.#counts.delete(address)
    }
  }
}

/** Tells whoever wants to know that rights may have changed. */
export class Changes {
  readonly #listeners = new Set<() => void>()

  /** Returns how to stop it. */
  on(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  tell(): void {
    for (const changed of this.#listeners) changed()
  }
}

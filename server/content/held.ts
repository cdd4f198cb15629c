/**
 * Documents that a thread goes on holding after it read them, so that who reads one again a little later, or a little
 * further on, need not have it loaded anew. A few, and no large ones.
 */

const MAX_DOCUMENTS = 8
/** Of updates they were made of; a document takes some fifty times as much. */
const MAX_BYTES = 1 << 20
/** The largest that is held. */
export const MAX_HELD_BYTES = MAX_BYTES / 2

interface HeldDocument<Document> {
  readonly position: number
  readonly bytes: number
  readonly document: Document
}

export class Held<Document> {
  readonly #documents = new Map<string, HeldDocument<Document>>()

  /** The document at exactly this position, which is then no longer held; null where it is not. */
  take(key: string, position: number): HeldDocument<Document> | null {
    const held = this.#documents.get(key)
    this.#documents.delete(key)
    return held?.position === position ? held : null
  }

  keep(key: string, held: HeldDocument<Document>): void {
    this.#documents.delete(key)
    if (held.bytes > MAX_HELD_BYTES) return
    this.#documents.set(key, held)
    let bytes = 0
    for (const one of this.#documents.values()) bytes += one.bytes
    for (const [oldest, one] of this.#documents) {
      if (bytes <= MAX_BYTES && this.#documents.size <= MAX_DOCUMENTS) return
      this.#documents.delete(oldest)
      bytes -= one.bytes
    }
  }

  /** Where each stands. */
  get positions(): readonly (readonly [key: string, position: number])[] {
    return Array.from(this.#documents, ([key, { position }]) => [key, position] as const)
  }
}

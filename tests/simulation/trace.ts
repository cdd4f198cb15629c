/** What happened, as a hash of every line, and the last lines themselves: the same seed gives the same hash. */
export class Trace {
  readonly #keep: number
  readonly #lines: string[] = []
  #hash = 0x811c9dc5
  #high = 0x9747b28c
  count = 0

  /** `keep`: how many of the last lines are kept for whoever reads a failure. */
  constructor(keep = 400) {
    this.#keep = keep
  }

  add(line: string): void {
    this.count++
    for (let i = 0; i < line.length; i++) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193)
      this.#high = Math.imul(this.#high ^ line.charCodeAt(i), 0x85ebca6b) + i
    }
    this.#lines.push(line)
    if (this.#lines.length > 2 * this.#keep) this.#lines.splice(0, this.#keep)
  }

  get hash(): string {
    return [this.#hash, this.#high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  last(count = this.#keep): readonly string[] {
    return this.#lines.slice(-count)
  }
}

/** Who waits for the disk: for everything that was on its way when they began to wait, and no longer. */

/** `isStored` is false when the log moved on meanwhile: what was waited for has to be looked at anew. */
export type Then = (isStored: boolean) => void

export class Settling {
  #enqueued = 0
  #stored = 0
  #waiting: { readonly at: number; readonly then: Then }[] = []

  enqueued(): void {
    this.#enqueued += 1
  }

  wait(then: Then): void {
    this.#waiting.push({ at: this.#enqueued, then })
  }

  /** Another `count` are on disk, in the order in which they were enqueued. */
  stored(count: number): void {
    this.#stored += count
    // In order of `at`, since it only grows.
    while ((this.#waiting[0]?.at ?? Number.POSITIVE_INFINITY) <= this.#stored)
      this.#waiting.shift()?.then(true)
  }

  /** What was on its way has been taken back: whoever waited for it is handed over, to be told so. */
  takenBack(): readonly Then[] {
    this.#stored = this.#enqueued
    return this.#waiting.splice(0).map(({ then }) => then)
  }
}

/** The entries of one read, gathered in order until they are enough, and laid end to end in one buffer to give away. */

import { Damaged } from './port.ts'
import { entriesOf } from './sqlite-journal.ts'
import type { ReadAnswer } from './sqlite-message.ts'
import { type RunEntry, unpackRun } from './sqlite-run.ts'

type Read = Pick<RunEntry, 'from' | 'seq' | 'time' | 'author' | 'update'>

export class Reading {
  readonly document: string
  readonly #maxBytes: number
  readonly #numbers: number[] = []
  readonly #authors = new Map<string, number>()
  readonly #updates: Uint8Array[] = []
  #seq: number
  #bytes = 0

  constructor(document: string, after: number, maxBytes: number) {
    this.document = document
    this.#maxBytes = maxBytes
    this.#seq = after
  }

  get full(): boolean {
    return this.#bytes > this.#maxBytes
  }

  /** Takes what it wants of a run. Throws Damaged when the run does not go on where the last one ended. */
  run(first: number, body: Uint8Array): void {
    this.#follow(first)
    for (const entry of unpackRun(first, body)) {
      if (this.full) return
      this.#add(entry)
    }
  }

  /** Takes what it wants of a batch's section. Throws Damaged like `run`. */
  section(first: number, time: number, section: Uint8Array): void {
    if (this.full) return
    this.#follow(first)
    let seq = first
    for (const { author, update } of entriesOf(section)) {
      if (this.full) return
      this.#add({ from: seq, seq, time, author, update })
      seq += 1
    }
  }

  #follow(first: number): void {
    if (first > this.#seq + 1) throw new Damaged(`entries ${this.#seq + 1} to ${first - 1} are missing`)
  }

  #add({ from, seq, time, author, update }: Read): void {
    if (seq <= this.#seq) return
    let place = this.#authors.get(author)
    if (place === undefined) {
      place = this.#authors.size
      this.#authors.set(author, place)
    }
    this.#numbers.push(from, seq, time, place, update.length)
    this.#updates.push(update)
    this.#seq = seq
    this.#bytes += update.length
  }

  answer(): ReadAnswer | null {
    if (this.#updates.length === 0) return null
    const all = new Uint8Array(this.#bytes)
    let at = 0
    for (const update of this.#updates) {
      all.set(update, at)
      at += update.length
    }
    return {
      numbers: Float64Array.from(this.#numbers),
      authors: [...this.#authors.keys()],
      updates: all.buffer,
    }
  }
}

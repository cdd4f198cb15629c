/**
 * A room's document read from the start, by however many at once: what was read a moment ago comes from memory, and a
 * large checkpoint is held once for all who are being told it. Clients that never read what they asked for would
 * otherwise each hold one of their own.
 */
import type { Log } from '#server/log/port.ts'
import type { DocumentId, Seq } from '#shared/id.ts'
import { Page, wholeDocument } from './opening.ts'
import { Reading, type Tail } from './tail.ts'

const PAGE_BYTES = 1 << 20

export interface WholeOptions {
  readonly log: Log
  readonly document: DocumentId
  readonly tail: Tail
}

export class Whole {
  readonly #options: WholeOptions
  /** Whoever is being told it holds it. */
  #checkpoint: WeakRef<Page> | null = null
  #reading: Promise<Page | null> | null = null

  constructor(options: WholeOptions) {
    this.#options = options
  }

  /** Everything up to `upTo`, which is committed. */
  async *read(upTo: Seq): AsyncGenerator<Page> {
    const { log, document, tail } = this.#options
    const remembered = tail.recall(upTo)
    if (remembered !== null) return yield* remembered
    const reading = new Reading()
    const checkpoint = () => this.#newest()
    for await (const page of wholeDocument({ log, document, checkpoint, upTo, pageBytes: PAGE_BYTES })) {
      reading.add(page)
      yield page
    }
    tail.remember(reading, upTo)
  }

  /** The newest checkpoint as a page, or null where there is none. */
  #newest(): Promise<Page | null> {
    const held = this.#checkpoint?.deref()
    if (held !== undefined && held.to === this.#options.tail.checkpointSeq) return Promise.resolve(held)
    this.#reading ??= this.#readNewest().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #readNewest(): Promise<Page | null> {
    const checkpoint = await this.#options.log.checkpoint(this.#options.document)
    if (checkpoint === null) return null
    const page = Page.ofCheckpoint(checkpoint)
    this.#checkpoint = new WeakRef(page)
    return page
  }
}

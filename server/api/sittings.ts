/**
 * Sittings: who wrote when, in pieces people remember. A sitting ends when nobody writes for ten minutes, and when
 * somebody who had no part in it begins to write after a minute in which nobody did; people who write at the same time
 * share one. Found from authors and times of the log alone; those of a document are kept and only gone on with.
 */
import type { Log, Stretch } from '#server/log/port.ts'
import type { DocumentId, Epoch, Seq } from '#shared/id.ts'
import { ZERO } from '#shared/id.ts'

export interface Sitting {
  readonly from: Seq
  readonly to: Seq
  /** Wall-clock milliseconds of its first and its last entry. */
  readonly begin: number
  readonly end: number
  /** Entries by each author, in the order they came. */
  readonly authors: ReadonlyMap<string, number>
}

export const PAUSE_MS = 10 * 60_000
export const HANDOVER_MS = 60_000
/** Entries of one look into the log: others' reads go in between. */
const LOOK_ENTRIES = 20_000
/** Of all documents together. */
const MAX_KEPT = 100_000

interface Found {
  readonly epoch: Epoch
  readonly sittings: Growing[]
  upTo: Seq
}

interface Growing extends Sitting {
  to: Seq
  end: number
  readonly authors: Map<string, number>
}

export class Sittings {
  readonly #log: Pick<Log, 'stretches'>
  readonly #found = new Map<DocumentId, Found>()
  readonly #last = new Map<DocumentId, Promise<unknown>>()

  constructor(log: Pick<Log, 'stretches'>) {
    this.#log = log
  }

  /** Oldest first; not to be changed. Rejects with what the log rejects with. */
  async of(document: DocumentId, epoch: Epoch, head: Seq): Promise<readonly Sitting[]> {
    const before = this.#last.get(document) ?? Promise.resolve()
    const looked = before.then(() => this.#look(document, epoch, head))
    const settled = looked.then(
      () => {},
      () => {},
    )
    this.#last.set(document, settled)
    void settled.then(() => {
      if (this.#last.get(document) === settled) this.#last.delete(document)
    })
    return looked
  }

  async #look(document: DocumentId, epoch: Epoch, head: Seq): Promise<readonly Sitting[]> {
    const kept = this.#found.get(document)
    const found: Found = kept?.epoch === epoch ? kept : { epoch, sittings: [], upTo: ZERO }
    while (found.upTo < head) {
      const asked = { after: found.upTo, most: LOOK_ENTRIES, pauseMs: HANDOVER_MS }
      const stretches = await this.#log.stretches(document, asked)
      const last = stretches.at(-1)
      if (last === undefined) break
      for (const stretch of stretches) add(found.sittings, stretch)
      found.upTo = last.to
    }
    this.#keep(document, found)
    return found.sittings
  }

  #keep(document: DocumentId, found: Found): void {
    this.#found.delete(document)
    this.#found.set(document, found)
    let count = 0
    for (const { sittings } of this.#found.values()) count += sittings.length
    for (const [oldest, { sittings }] of this.#found) {
      if (count <= MAX_KEPT || oldest === document) break
      this.#found.delete(oldest)
      count -= sittings.length
    }
  }
}

function add(sittings: Growing[], { from, to, author, begin, end }: Stretch): void {
  const last = sittings.at(-1)
  const edits = to - from + 1
  const pauseMs = last === undefined ? 0 : begin - last.end
  if (last === undefined || pauseMs > PAUSE_MS || (pauseMs > HANDOVER_MS && !last.authors.has(author))) {
    sittings.push({ from, to, begin, end, authors: new Map([[author, edits]]) })
    return
  }
  last.to = to
  last.end = Math.max(last.end, end)
  last.authors.set(author, (last.authors.get(author) ?? 0) + edits)
}

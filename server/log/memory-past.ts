/** The past of the log in memory: the port's rules and nothing else. */

import { type DocumentId, type Seq, seq } from '#shared/id.ts'
import { isInside, type Merge, type Milestone, mayMerge, type Past, type Sizes } from './past.ts'
import type { Checkpoint, Entry, Push } from './port.ts'

export type MemoryEntry = Entry & { readonly begin: number; readonly push: Push | null }

export interface PastDocument {
  entries: MemoryEntry[]
  readonly checkpoints: readonly Checkpoint[]
}

export interface PastDocuments {
  /** Null for one that is deleted or was never written to. */
  find(document: DocumentId): PastDocument | null
  snapshotsOf(document: DocumentId): readonly Seq[]
  /** Throws where nothing can be read, or (`isWrite`) written. */
  check(isWrite: boolean): void
}

export class MemoryPast implements Past {
  readonly #documents: PastDocuments
  /** Ascending. */
  readonly #milestones = new Map<DocumentId, readonly Milestone[]>()

  constructor(documents: PastDocuments) {
    this.#documents = documents
  }

  async milestone(document: DocumentId, upTo: Seq): Promise<Milestone | null> {
    this.#documents.check(false)
    const stored = this.#documents.find(document)
    if (stored === null) return null
    const milestone = this.#of(document).findLast((one) => one.seq <= upTo) ?? null
    const checkpoint = stored.checkpoints.findLast((one) => one.seq <= upTo)
    if (checkpoint === undefined || (milestone !== null && milestone.seq > checkpoint.seq)) return milestone
    return { seq: checkpoint.seq, state: checkpoint.state, isPacked: false }
  }

  async milestones(document: DocumentId): Promise<readonly Seq[]> {
    this.#documents.check(false)
    return this.#documents.find(document) === null ? [] : this.#of(document).map((one) => one.seq)
  }

  async putMilestone(document: DocumentId, at: Seq, packed: Uint8Array): Promise<void> {
    this.#documents.check(true)
    const head = headOf(this.#documents.find(document)?.entries ?? [])
    if (at < 1 || at > head) throw new RangeError(`a milestone at ${at} of a log that ends at ${head}`)
    const others = this.#of(document).filter((one) => one.seq !== at)
    const made = { seq: at, state: packed.slice(), isPacked: true }
    this.#milestones.set(
      document,
      [...others, made].sort((a, b) => a.seq - b.seq),
    )
  }

  async dropMilestones(document: DocumentId, upTo: Seq): Promise<boolean> {
    this.#documents.check(true)
    this.#keep(document, ({ seq }) => seq > upTo)
    return false
  }

  async boundaries(document: DocumentId): Promise<readonly Seq[]> {
    this.#documents.check(false)
    const checkpoints = this.#documents.find(document)?.checkpoints.map((one) => one.seq) ?? []
    return [...checkpoints, ...this.#documents.snapshotsOf(document)].sort((a, b) => a - b)
  }

  async sizes(document: DocumentId): Promise<Sizes | null> {
    this.#documents.check(false)
    const stored = this.#documents.find(document)
    if (stored === null) return null
    const milestones = this.#of(document)
    return {
      entries: stored.entries.length,
      entryBytes: stored.entries.reduce((sum, { update }) => sum + update.length, 0),
      milestones: milestones.length,
      milestoneBytes: milestones.reduce((sum, { state }) => sum + state.length, 0),
    }
  }

  async merge(document: DocumentId, merges: readonly Merge[]): Promise<boolean> {
    this.#documents.check(true)
    const stored = this.#documents.find(document)
    const snapshots = this.#documents.snapshotsOf(document)
    const checkpoints = stored?.checkpoints.map((one) => one.seq) ?? []
    if (stored === null || merges.length === 0 || !mayMerge(merges, { checkpoints, snapshots })) return false
    const entries = merges.reduce<readonly MemoryEntry[] | null>(merged, stored.entries)
    if (entries === null) return false
    stored.entries = [...entries]
    this.#keep(document, ({ seq }) => !merges.some((merge) => isInside(seq, merge)))
    return true
  }

  /** Lets go of all of a deleted document's. */
  erase(document: DocumentId): void {
    this.#milestones.delete(document)
  }

  #keep(document: DocumentId, stays: (milestone: Milestone) => boolean): void {
    this.#milestones.set(document, this.#of(document).filter(stays))
  }

  #of(document: DocumentId): readonly Milestone[] {
    return this.#milestones.get(document) ?? []
  }
}

export function headOf(entries: readonly Entry[]): Seq {
  return entries.at(-1)?.seq ?? seq(0)
}

/** Those that stand for something after a position. */
export function after(entries: readonly MemoryEntry[], position: number): readonly MemoryEntry[] {
  // Until something is merged, an entry's place is its position.
  if (entries.length === headOf(entries)) return entries.slice(position)
  return entries.filter((one) => one.seq > position)
}

/** Whether a position has no entry of its own that ends there. */
export function isMerged(entries: readonly Entry[], at: number): boolean {
  return entries.length !== headOf(entries) && entries.some((entry) => isInside(at, entry))
}

function merged(entries: readonly MemoryEntry[] | null, { from, seq: to, update }: Merge) {
  const range = entries?.filter((one) => one.seq >= from && one.from <= to) ?? []
  const [first, last] = [range[0], range.at(-1)]
  if (entries === null || first?.from !== from || last?.seq !== to) return null
  if (range.some(({ author }) => author !== last.author)) return null
  const made = { ...last, from, begin: first.begin, update: update.slice(), push: null }
  return [...entries.filter((one) => one.seq < from), made, ...entries.filter((one) => one.from > to)]
}

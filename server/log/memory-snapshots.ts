/** Snapshots of the log in memory: the port's rules and nothing else. */

import type { DocumentId, Seq } from '#shared/id.ts'
import {
  MAX_SNAPSHOTS,
  type Snapshot,
  type SnapshotAdded,
  type SnapshotPlace,
  type Snapshots,
} from './port.ts'

export interface SnapshotDocuments {
  /** Where the log of a living document ends; null for one that is deleted or was never written to. */
  headOf(document: DocumentId): Seq | null
  /** Whether a position was merged with what comes after it. */
  isMerged(document: DocumentId, at: Seq): boolean
  /** Throws where nothing can be read, or (`isWrite`) written. */
  check(isWrite: boolean): void
}

export class MemorySnapshots implements Snapshots {
  readonly #documents: SnapshotDocuments
  readonly #rows = new Map<DocumentId, Map<string, Snapshot>>()

  constructor(documents: SnapshotDocuments) {
    this.#documents = documents
  }

  async add(snapshot: Snapshot): Promise<SnapshotAdded> {
    this.#documents.check(true)
    const head = this.#documents.headOf(snapshot.document)
    if (head === null) return 'gone'
    this.#assertHeld(snapshot.document, snapshot.seq, head)
    const rows = this.#rows.get(snapshot.document) ?? new Map<string, Snapshot>()
    if (rows.has(snapshot.id)) return 'there'
    if (rows.size >= MAX_SNAPSHOTS) return 'full'
    this.#rows.set(snapshot.document, rows.set(snapshot.id, snapshot))
    return 'added'
  }

  async change(
    document: DocumentId,
    id: string,
    changes: Partial<Pick<Snapshot, 'kind' | 'name' | 'seq'>>,
  ): Promise<boolean> {
    this.#documents.check(true)
    const head = this.#documents.headOf(document)
    const rows = this.#rows.get(document)
    const row = rows?.get(id)
    if (head === null || row === undefined) return false
    if (changes.seq !== undefined) this.#assertHeld(document, changes.seq, head)
    rows?.set(id, { ...row, ...changes })
    return true
  }

  async remove(document: DocumentId, id: string): Promise<boolean> {
    this.#documents.check(true)
    return this.#documents.headOf(document) !== null && (this.#rows.get(document)?.delete(id) ?? false)
  }

  async get(document: DocumentId, id: string): Promise<Snapshot | null> {
    this.#documents.check(false)
    return this.#documents.headOf(document) === null ? null : (this.#rows.get(document)?.get(id) ?? null)
  }

  async list(
    document: DocumentId,
    limit: number,
    after: SnapshotPlace | null = null,
  ): Promise<readonly Snapshot[]> {
    this.#documents.check(false)
    if (this.#documents.headOf(document) === null) return []
    return [...(this.#rows.get(document)?.values() ?? [])]
      .sort(inOrder)
      .filter((one) => after === null || inOrder(after, one) < 0)
      .slice(0, limit)
  }

  /** Lets go of all of a deleted document's. */
  erase(document: DocumentId): void {
    this.#rows.delete(document)
  }

  positionsOf(document: DocumentId): readonly Seq[] {
    return Array.from(this.#rows.get(document)?.values() ?? [], ({ seq }) => seq)
  }

  #assertHeld(document: DocumentId, seq: Seq, head: Seq): void {
    if (seq < 1 || seq > head) throw new RangeError(`a snapshot at ${seq} of a log that ends at ${head}`)
    if (this.#documents.isMerged(document, seq))
      throw new RangeError(`a snapshot at ${seq}, which was merged with what comes after it`)
  }
}

function inOrder(a: SnapshotPlace, b: SnapshotPlace): number {
  return b.seq - a.seq || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
}

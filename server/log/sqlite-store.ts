/**
 * What the writer's connection does, one method a request, each one transaction. It knows no threads.
 * Invariants:
 * - after an error nothing of the transaction is stored and nothing of it is remembered;
 * - every document that has something in the journal is remembered: the tables alone would give an old head.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Merge } from './past.ts'
import type { Snapshot, SnapshotAdded } from './port.ts'
import { Eraser } from './sqlite-erase.ts'
import { Fold } from './sqlite-fold.ts'
import { checkpointChecksum, journalChecksum, refusedText } from './sqlite-format.ts'
import { type PackedBatch, type PackedGroup, unpackGroup } from './sqlite-journal.ts'
import { Merging } from './sqlite-merge.ts'
import type { Refusal } from './sqlite-message.ts'
import { PastWriter } from './sqlite-past.ts'
import { firstNumber, firstRow, prepareAll } from './sqlite-row.ts'
import { unpackRun } from './sqlite-run.ts'
import { SnapshotWriter } from './sqlite-snapshots.ts'

/** Documents remembered after a fold; with more than that, all are forgotten and read again. */
const REMEMBERED = 4_096
/** The journal is folded when it passes one of these: entries, so that a fold takes milliseconds; bytes; documents. */
const MAX_JOURNAL_ENTRIES = 4_096
const MAX_JOURNAL_BYTES = 1 << 20
/** A group above this many bytes goes into its places at once: writing it twice would cost more than its pages. */
const MAX_ROW_BYTES = 128 << 10

interface Known {
  readonly epoch: string
  deleted: boolean
  head: number
}

const DELETED = -1

export class Store {
  readonly #database: DatabaseSync
  readonly #statements: Record<keyof typeof sql, StatementSync>
  readonly #fold: Fold
  readonly #snapshots: SnapshotWriter
  readonly #past: PastWriter
  readonly #merging: Merging
  readonly #eraser: Eraser
  readonly #documents = new Map<string, Known>()
  /** Counts commits, for the order of lists: wall clocks order nothing. */
  #changes: number
  #journalEntries = 0
  #journalBytes = 0

  /** Puts what the last process left in the journal into its place. */
  constructor(database: DatabaseSync) {
    this.#database = database
    this.#statements = prepareAll(database, sql)
    this.#fold = new Fold(database)
    this.#snapshots = new SnapshotWriter(database)
    this.#past = new PastWriter(database)
    this.#merging = new Merging(database)
    this.#eraser = new Eraser(database)
    this.#transaction(() => this.#fold.journal())
    this.#changes = firstNumber(database, 'SELECT max(changed) FROM heads')
  }

  get journalEntries(): number {
    return this.#journalEntries
  }

  /** `bytes` is a packed group. Returns the batches that were not stored; null when all were. */
  commit(bytes: Uint8Array): readonly Refusal[] | null {
    const group = unpackGroup(bytes)
    let refusals: Refusal[] | null = null
    for (const [index, batch] of group.batches.entries()) {
      const refusal = this.#judge(index, batch)
      if (refusal === null) continue
      refusals ??= []
      refusals.push(refusal)
    }
    if (refusals?.length !== group.batches.length)
      this.#append(group, bytes.subarray(0, group.length), refusals ?? [])
    return refusals
  }

  /** Stores a checkpoint and lets go of all but the newest two. Throws RangeError beyond the head. */
  putCheckpoint(at: { document: string; seq: number }, state: Uint8Array, knowledge: Uint8Array): void {
    const known = this.#find(at.document)
    if (known === null || at.seq > known.head)
      throw new RangeError(`a checkpoint at ${at.seq} of a log that ends at ${known?.head ?? 0}`)
    if (known.deleted) return
    this.#transaction(() => {
      this.#fold.journal()
      const [id, total] = this.#totalAt(at.document, at.seq)
      const checksum = checkpointChecksum({ document: id, seq: at.seq }, state, knowledge)
      this.#statements.addCheckpoint.run(id, at.seq, total, checksum, state, knowledge)
      this.#statements.dropCheckpoints.run(id, id)
    })
    this.#folded()
  }

  putTitle(document: string, title: string): void {
    this.#transaction(() => {
      this.#fold.journal()
      this.#statements.setLivingTitle.run(title, document)
    })
    this.#folded()
  }

  /** False where there is nothing to delete. What lay in the journal is in its place afterwards. */
  delete(document: string, time: number): boolean {
    const known = this.#find(document)
    if (known === null || known.deleted) return false
    this.#transaction(() => {
      this.#fold.journal()
      this.#statements.setDeleted.run(time, document)
    })
    known.deleted = true
    this.#folded()
    return true
  }

  /** Erases a part of what a deleted document held; true while there is more. Throws RangeError for any other. */
  erase(document: string): boolean {
    return this.#eraser.erase(document, (run) => this.#transaction(run))
  }

  /** Throws RangeError beyond the head. The journal stays as it is. */
  addSnapshot(snapshot: Snapshot): SnapshotAdded {
    const known = this.#find(snapshot.document)
    if (known === null || known.deleted) return 'gone'
    this.#assertHeld(snapshot.document, snapshot.seq, known)
    return this.#snapshots.add(snapshot)
  }

  /** False where there is none. Throws RangeError beyond the head. */
  changeSnapshot(
    document: string,
    id: string,
    changes: Partial<Pick<Snapshot, 'kind' | 'name' | 'seq'>>,
  ): boolean {
    const known = this.#find(document)
    if (known === null || known.deleted) return false
    if (changes.seq !== undefined) this.#assertHeld(document, changes.seq, known)
    return this.#snapshots.change(document, id, changes)
  }

  removeSnapshot(document: string, id: string): boolean {
    const known = this.#find(document)
    return known !== null && !known.deleted && this.#snapshots.remove(document, id)
  }

  /** Throws RangeError beyond the head. */
  putMilestone(document: string, seq: number, state: Uint8Array): void {
    const known = this.#find(document)
    if (known === null || seq < 1 || seq > known.head)
      throw new RangeError(`a milestone at ${seq} of a log that ends at ${known?.head ?? 0}`)
    if (known.deleted) return
    this.#transaction(() => {
      this.#fold.journal()
      this.#past.put(document, seq, state)
    })
    this.#folded()
  }

  /** True while there are more. */
  dropMilestones(document: string, upTo: number): boolean {
    return this.#past.drop(document, upTo)
  }

  /** False where it may not be: nothing is changed then. */
  merge(document: string, merges: readonly Merge[]): boolean {
    let isDone = false
    this.#transaction(() => {
      this.#fold.journal()
      isDone = this.#merging.merge(document, merges)
    })
    this.#folded()
    return isDone
  }

  #assertHeld(document: string, seq: number, { head }: Known): void {
    if (seq < 1 || seq > head) throw new RangeError(`a snapshot at ${seq} of a log that ends at ${head}`)
    if (this.#merging.isInside(document, seq))
      throw new RangeError(`a snapshot at ${seq}, which was merged with what comes after it`)
  }

  /** Puts what lies in the journal into its place. */
  fold(): void {
    if (this.#journalEntries === 0) return
    this.#transaction(() => this.#fold.journal())
    this.#folded()
  }

  /** A document's number, and the bytes of all its updates up to `seq`. The journal must be empty. */
  #totalAt(document: string, seq: number): readonly [id: number, total: number] {
    const row = firstRow(this.#statements.runTo, document, seq)
    if (row === null) throw new Error(`the run that holds ${seq} is missing`)
    const [id, first, end, body] = row as [number, number, number, Uint8Array]
    let total = end
    for (const entry of unpackRun(first, body)) if (entry.seq > seq) total -= entry.update.length
    return [id, total]
  }

  #judge(index: number, { document, head, epoch }: PackedBatch): Refusal | null {
    const known = this.#find(document)
    if (known === null) return head === 0 ? null : [index, 0, '']
    if (known.deleted) return [index, DELETED, '']
    return known.head === head && known.epoch === epoch ? null : [index, known.head, known.epoch]
  }

  #append(group: PackedGroup, body: Uint8Array, refusals: readonly Refusal[]): void {
    const id = this.#changes + 1
    const indexes = refusals.map(([index]) => index)
    const refused = refusedText(indexes)
    const stored = group.batches.filter((_, index) => !indexes.includes(index))
    const entries = stored.reduce((sum, batch) => sum + batch.count, 0)
    const alone = body.length > MAX_ROW_BYTES
    const full =
      alone ||
      this.#journalEntries + entries > MAX_JOURNAL_ENTRIES ||
      this.#journalBytes + body.length > MAX_JOURNAL_BYTES
    const journal = () =>
      this.#statements.addJournal.run(id, refused, journalChecksum(id, refused, body), body)
    // One statement is a transaction by itself: the common group, a keystroke alone, needs no more.
    if (!full) journal()
    else
      this.#transaction(() => {
        if (!alone) journal()
        this.#fold.journal()
        if (alone) this.#fold.group(id, { time: group.time, batches: stored })
      })
    this.#changes = id
    this.#journalEntries += entries
    this.#journalBytes += body.length
    for (const { document, epoch, head, count } of stored) {
      const known = this.#documents.get(document)
      if (known === undefined) this.#documents.set(document, { epoch, deleted: false, head: count })
      else known.head = head + count
    }
    if (full) this.#folded()
  }

  #folded(): void {
    this.#journalEntries = 0
    this.#journalBytes = 0
    if (this.#documents.size > REMEMBERED) this.#documents.clear()
  }

  #find(document: string): Known | null {
    const known = this.#documents.get(document)
    if (known !== undefined) return known
    const row = firstRow(this.#statements.findDocument, document)
    if (row === null) return null
    const [epoch, deletedAt, head] = row
    const found = { epoch: String(epoch), deleted: deletedAt !== null, head: Number(head) }
    this.#documents.set(document, found)
    return found
  }

  #transaction(run: () => void): void {
    this.#statements.begin.run()
    try {
      run()
      this.#statements.commit.run()
    } catch (error) {
      // Some errors make SQLite roll back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

const sql = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  findDocument: `SELECT epoch, deleted_at, seq FROM documents
    JOIN heads ON heads.document = documents.id WHERE name = ?`,
  runTo: `SELECT documents.id, first, total, body FROM documents JOIN runs ON runs.document = documents.id
    WHERE name = ? AND seq >= ? ORDER BY seq LIMIT 1`,
  setLivingTitle: 'UPDATE documents SET title = ? WHERE name = ? AND deleted_at IS NULL',
  setDeleted: 'UPDATE documents SET deleted_at = ? WHERE name = ?',
  addJournal: 'INSERT INTO journal (id, refused, checksum, body) VALUES (?, ?, ?, ?)',
  addCheckpoint: `INSERT OR REPLACE INTO checkpoints (document, seq, total, checksum, state, knowledge)
    VALUES (?, ?, ?, ?, ?, ?)`,
  dropCheckpoints: `DELETE FROM checkpoints WHERE document = ? AND seq NOT IN
    (SELECT seq FROM checkpoints WHERE document = ? ORDER BY seq DESC LIMIT 2)`,
} as const

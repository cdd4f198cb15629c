/**
 * One document of a store, gone through row by row: what does not belong, what is missing, what does not match its
 * checksum. Gives its entries on the way, so that they can be replayed; where they end early, it says why.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Finding, FindingKind } from './finding.ts'
import { Damaged } from './port.ts'
import { faultText } from './sqlite-fault.ts'
import type { Placed } from './sqlite-fold.ts'
import { checkpointChecksum, runChecksum } from './sqlite-format.ts'
import { entriesOf } from './sqlite-journal.ts'
import { eachRow, firstRow, prepareAll } from './sqlite-row.ts'
import { unpackRun } from './sqlite-run.ts'
import { snapshotsOf } from './sqlite-snapshots.ts'

export interface CheckedEntry {
  readonly seq: number
  readonly update: Uint8Array
  readonly author: string
}

export interface CheckedCheckpoint {
  readonly seq: number
  readonly state: Uint8Array
  readonly knowledge: Uint8Array
}

export interface PlacedDocument {
  readonly id: number
  readonly epoch: string
  readonly isDeleted: boolean
  /** What `heads` says; null where it says nothing. */
  readonly head: { readonly seq: number; readonly total: number } | null
}

export interface DocumentParts {
  readonly database: DatabaseSync
  readonly name: string
  /** Null for one that lies in the journal alone. */
  readonly placed: PlacedDocument | null
  readonly pending: readonly Placed[]
  onFinding(finding: Finding): void
}

export class DocumentCheck {
  readonly #parts: DocumentParts
  readonly #statements: Record<keyof typeof sql, StatementSync>
  /** Bytes of all updates up to the positions that checkpoints are at. */
  readonly #totals = new Map<number, number>()
  readonly #checkpointSeqs: readonly number[]
  #seq = 0
  #total = 0
  #isWhole = true

  constructor(parts: DocumentParts) {
    this.#parts = parts
    this.#statements = prepareAll(parts.database, sql)
    const { placed } = parts
    const rows = placed === null ? [] : [...eachRow(this.#statements.checkpointSeqs, placed.id)]
    this.#checkpointSeqs = rows.map(([seq]) => Number(seq))
  }

  /** The newest position that was come to. */
  get seq(): number {
    return this.#seq
  }

  /** False once something is missing or damaged: what comes after it is looked at and not given. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** A deleted document's entries are erased bit by bit. */
  get isDeleted(): boolean {
    return this.#parts.placed?.isDeleted ?? false
  }

  /** Ascending. */
  get checkpointSeqs(): readonly number[] {
    return this.#checkpointSeqs
  }

  /** All entries in order, a row a piece, as far as they are whole. To be gone through to its end, once. */
  *pieces(): Generator<readonly CheckedEntry[], void> {
    const { placed, pending } = this.#parts
    if (placed !== null) {
      for (const row of eachRow(this.#statements.runs, placed.id)) {
        const [first, seq, total, checksum, body] = row as [number, number, number, number, Uint8Array]
        const entries = this.#run({ document: placed.id, first, seq }, checksum, body)
        this.#follow(first, seq)
        if (entries === null) this.#total = total
        else this.#add(entries)
        if (this.#isWhole && this.#total !== total)
          this.#find('head-wrong', `the size noted at ${seq} is not that of its entries`)
        this.#total = total
        if (this.#isWhole && entries !== null) yield entries
      }
      this.#end(placed)
    }
    for (const { batch } of pending) {
      if (placed !== null && batch.epoch !== placed.epoch)
        this.#find('journal-damaged', 'the journal goes on with another epoch')
      let entries: readonly CheckedEntry[] | null = null
      try {
        entries = [...entriesOf(batch.section)].map(({ update, author }, index) => ({
          seq: batch.head + 1 + index,
          update,
          author,
        }))
      } catch (error) {
        this.#find('journal-damaged', `entries of the journal cannot be read: ${faultText(error)}`)
      }
      this.#follow(batch.head + 1, batch.head + batch.count)
      if (entries === null) this.#isWhole = false
      else this.#add(entries)
      if (this.#isWhole && entries !== null) yield entries
    }
  }

  /** What lies beside the entries, once those were gone through: pushes, sizes of checkpoints, snapshots. */
  rest(): { readonly snapshots: number } {
    const { name, placed } = this.#parts
    if (placed !== null && !placed.isDeleted) {
      const stray = Number(firstRow(this.#statements.strayPushes, placed.id)?.[0] ?? 0)
      if (stray > 0)
        this.#find('pushes-wrong', `${stray} pushes are said to be in entries that are not there`)
    }
    let snapshots = 0
    for (const found of snapshotsOf(this.#parts.database, name)) {
      snapshots += 1
      if (found instanceof Damaged) this.#find('snapshot-damaged', found.message)
      else if (found.seq < 1 || found.seq > this.#seq)
        this.#find(
          'snapshot-ahead',
          `the snapshot ${found.id} is at ${found.seq}, and the document ends at ${this.#seq}`,
        )
    }
    return { snapshots }
  }

  /** The checkpoint at one of `checkpointSeqs`; null where it is not what it was, which is told. */
  checkpoint(at: number): CheckedCheckpoint | null {
    const { placed } = this.#parts
    const row = placed === null ? null : firstRow(this.#statements.checkpoint, placed.id, at)
    if (placed === null || row === null) return null
    const [checksum, total, state, knowledge] = row as [number, number, Uint8Array, Uint8Array]
    if (checkpointChecksum({ document: placed.id, seq: at }, state, knowledge) !== checksum) {
      this.#find('checkpoint-damaged', `the checkpoint at ${at} does not match its checksum`)
      return null
    }
    const known = this.#totals.get(at)
    if (known !== undefined && known !== total)
      this.#find('head-wrong', `the size noted with the checkpoint at ${at} is not that of its entries`)
    return { seq: at, state, knowledge }
  }

  /** The entries of a run; null where it is damaged. */
  #run(
    place: { readonly document: number; readonly first: number; readonly seq: number },
    checksum: number,
    body: Uint8Array,
  ): readonly CheckedEntry[] | null {
    const { document, first, seq } = place
    if (runChecksum(place, body) !== checksum) {
      this.#broken('entries-damaged', `entries ${first} to ${seq} do not match their checksum`)
      return null
    }
    try {
      const highest = new Map<string, number>()
      const entries: CheckedEntry[] = []
      for (const entry of unpackRun(first, body)) {
        entries.push(entry)
        if (entry.session !== '')
          highest.set(entry.session, Math.max(entry.number, highest.get(entry.session) ?? 0))
      }
      if (entries.at(-1)?.seq !== seq) throw new RangeError('there are more or fewer of them')
      for (const [session, number] of highest)
        if (!this.isDeleted && firstRow(this.#statements.push, document, session, number, seq) === null)
          this.#find('pushes-wrong', `a push in entries ${first} to ${seq} is not noted`)
      return entries
    } catch (error) {
      this.#broken('entries-damaged', `entries ${first} to ${seq} cannot be read: ${faultText(error)}`)
      return null
    }
  }

  #follow(first: number, last: number): void {
    // Of a deleted document the oldest entries go first.
    if (first > this.#seq + 1 && !(this.isDeleted && this.#seq === 0))
      this.#broken('entries-missing', `entries ${this.#seq + 1} to ${first - 1} are missing`)
    if (first <= this.#seq)
      this.#broken('entries-damaged', `entries ${first} to ${this.#seq} are there twice`)
    if (this.isDeleted) this.#isWhole = false
    this.#seq = last
  }

  #add(entries: readonly CheckedEntry[]): void {
    for (const { seq, update } of entries) {
      this.#total += update.length
      if (this.#checkpointSeqs.includes(seq)) this.#totals.set(seq, this.#total)
    }
  }

  /** Holds what is noted of the end against what is there. */
  #end({ head, isDeleted }: PlacedDocument): void {
    // Of an erased document nothing is left but its tombstone.
    if (isDeleted) {
      this.#seq = head?.seq ?? this.#seq
      return
    }
    if (head === null) {
      this.#find('head-wrong', 'where it ends is not noted anywhere')
      return
    }
    if (head.seq > this.#seq)
      this.#broken('entries-missing', `entries ${this.#seq + 1} to ${head.seq} are missing`)
    else if (head.seq < this.#seq)
      this.#find('head-wrong', `it is said to end at ${head.seq}, and has entries up to ${this.#seq}`)
    else if (head.total !== this.#total) this.#find('head-wrong', 'its size is not that of its entries')
    this.#seq = Math.max(this.#seq, head.seq)
  }

  #broken(kind: FindingKind, what: string): void {
    this.#isWhole = false
    this.#find(kind, what)
  }

  #find(kind: FindingKind, what: string): void {
    this.#parts.onFinding({ kind, document: this.#parts.name, what })
  }
}

const sql = {
  runs: 'SELECT first, seq, total, checksum, body FROM runs WHERE document = ? ORDER BY seq',
  push: 'SELECT 1 FROM pushes WHERE document = ? AND session = ? AND number = ? AND seq = ?',
  strayPushes: `SELECT count(*) FROM pushes WHERE document = ? AND NOT EXISTS
    (SELECT 1 FROM runs WHERE runs.document = pushes.document AND runs.seq = pushes.seq)`,
  checkpointSeqs: 'SELECT seq FROM checkpoints WHERE document = ? ORDER BY seq',
  checkpoint: 'SELECT checksum, total, state, knowledge FROM checkpoints WHERE document = ? AND seq = ?',
} as const

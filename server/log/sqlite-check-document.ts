/**
 * One document of a store, gone through row by row: what does not belong, what is missing, what does not match its
 * checksum. Gives its entries on the way, so that they can be replayed; where they end early, it says why.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Finding, FindingKind, RemovableRow } from './finding.ts'
import { StateCheck } from './sqlite-check-states.ts'
import { faultText } from './sqlite-fault.ts'
import type { Placed } from './sqlite-fold.ts'
import { runChecksum } from './sqlite-format.ts'
import { entriesOf } from './sqlite-journal.ts'
import { eachRow, firstRow, prepareAll } from './sqlite-row.ts'
import { unpackRun } from './sqlite-run.ts'
import { snapshotsOf } from './sqlite-snapshots.ts'

export interface CheckedEntry {
  /** First position it stands for; differs from `seq` where entries were merged. */
  readonly from: number
  readonly seq: number
  readonly update: Uint8Array
  readonly author: string
}

export interface PlacedDocument {
  readonly id: number
  readonly epoch: string
  readonly isDeleted: boolean
  /** What `heads` says; null where it says nothing. */
  readonly head: { readonly seq: number; readonly total: number; readonly merged: number } | null
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
  readonly states: StateCheck
  readonly #parts: DocumentParts
  readonly #statements: Record<keyof typeof sql, StatementSync>
  /** Positions of snapshots that no entry ended at so far, with the snapshots' ids. */
  readonly #snapshots = new Map<number, string>()
  #seq = 0
  #total = 0
  #merged = 0
  #isWhole = true

  constructor(parts: DocumentParts) {
    this.#parts = parts
    const { database, placed } = parts
    this.#statements = prepareAll(database, sql)
    const onFinding = this.#find.bind(this)
    this.states = new StateCheck({ database, document: placed?.id ?? null, onFinding })
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

  /** How many snapshots it has; each is held against its checksum. To be called before `pieces`. */
  snapshots(): number {
    let count = 0
    for (const { id, seq } of snapshotsOf(this.#parts.database, this.#parts.name)) {
      count += 1
      if (seq !== null) this.#snapshots.set(seq, id)
      else {
        const what = `the snapshot ${id} does not match its checksum`
        this.#find('snapshot-damaged', what, { table: 'snapshots', id })
      }
    }
    return count
  }

  /** All entries in order, a row a piece, as far as they are whole. To be gone through to its end, once. */
  *pieces(): Generator<readonly CheckedEntry[], void> {
    const { placed, pending } = this.#parts
    if (placed !== null) {
      for (const row of eachRow(this.#statements.runs, placed.id)) {
        const [first, seq, total, checksum, body] = row as [number, number, number, number, Uint8Array]
        const entries = this.#run({ document: placed.id, first, seq }, checksum, body)
        this.#follow(first, seq)
        if (entries !== null) this.#add(entries)
        if (this.#isWhole && this.#merged === 0 && this.#total !== total)
          this.#find('head-wrong', `the size noted at ${seq} is not that of its entries`)
        this.#total = total
        if (this.#isWhole && entries !== null) yield entries
      }
      this.#end(placed)
    }
    for (const { batch } of pending) {
      if (placed !== null && batch.epoch !== placed.epoch)
        this.#find('journal-damaged', 'the journal goes on with another epoch')
      const entries = this.#section(batch)
      this.#follow(batch.head + 1, batch.head + batch.count)
      if (entries !== null) this.#add(entries)
      if (this.#isWhole && entries !== null) yield entries
    }
    if (!this.isDeleted) this.#lastly()
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
      const entries = [...unpackRun(first, body)]
      for (const { session, number } of entries)
        if (session !== '') highest.set(session, Math.max(number, highest.get(session) ?? 0))
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

  /** The entries of a batch in the journal; null where they cannot be read. */
  #section({ head, section }: Placed['batch']): readonly CheckedEntry[] | null {
    try {
      return [...entriesOf(section)].map(({ update, author }, index) => {
        const seq = head + 1 + index
        return { from: seq, seq, update, author }
      })
    } catch (error) {
      this.#broken('journal-damaged', `entries of the journal cannot be read: ${faultText(error)}`)
      return null
    }
  }

  #follow(first: number, last: number): void {
    // Of a deleted document the oldest entries go first, and nobody reads it any more.
    if (this.isDeleted) this.#isWhole = false
    else if (first > this.#seq + 1)
      this.#broken('entries-missing', `entries ${this.#seq + 1} to ${first - 1} are missing`)
    else if (first <= this.#seq)
      this.#broken('entries-damaged', `entries ${first} to ${this.#seq} are there twice`)
    this.#seq = last
  }

  #add(entries: readonly CheckedEntry[]): void {
    for (const { from, seq, update } of entries) {
      this.#total += update.length
      this.#merged += seq - from
      if (this.#merged === 0) this.states.passed(seq, this.#total)
      this.#snapshots.delete(seq)
    }
  }

  /** Holds what is noted of the end against what is there. */
  #end({ head, isDeleted }: PlacedDocument): void {
    if (isDeleted) return
    if (head === null) {
      this.#find('head-wrong', 'where it ends is not noted anywhere')
      return
    }
    if (head.seq > this.#seq)
      this.#broken('entries-missing', `entries ${this.#seq + 1} to ${head.seq} are missing`)
    else if (head.seq < this.#seq)
      this.#find('head-wrong', `it is said to end at ${head.seq}, and has entries up to ${this.#seq}`)
    else if (head.total !== this.#total) this.#find('head-wrong', 'its size is not that of its entries')
    else if (this.#isWhole && head.merged !== this.#merged)
      this.#find('head-wrong', 'how many of its entries were merged is not what is noted')
    this.#seq = Math.max(this.#seq, head.seq)
  }

  /** What refers to entries that were not come by. */
  #lastly(): void {
    const { placed } = this.#parts
    const stray = placed === null ? 0 : Number(firstRow(this.#statements.strayPushes, placed.id)?.[0] ?? 0)
    if (stray > 0) this.#find('pushes-wrong', `${stray} pushes are said to be in entries that are not there`)
    for (const [at, id] of this.#snapshots) {
      const isAhead = at < 1 || at > this.#seq
      if (!isAhead && !this.#isWhole) continue
      const why = isAhead ? `and the document ends at ${this.#seq}` : 'where no entry ends'
      this.#find('snapshot-wrong', `the snapshot ${id} is at ${at}, ${why}`, { table: 'snapshots', id })
    }
  }

  #broken(kind: FindingKind, what: string): void {
    this.#isWhole = false
    this.#find(kind, what)
  }

  #find(kind: FindingKind, what: string, row?: RemovableRow): void {
    this.#parts.onFinding({ kind, document: this.#parts.name, what, ...(row !== undefined && { row }) })
  }
}

const sql = {
  runs: 'SELECT first, seq, total, checksum, body FROM runs WHERE document = ? ORDER BY seq',
  push: 'SELECT 1 FROM pushes WHERE document = ? AND session = ? AND number = ? AND seq = ?',
  strayPushes: `SELECT count(*) FROM pushes WHERE document = ? AND NOT EXISTS
    (SELECT 1 FROM runs WHERE runs.document = pushes.document AND runs.seq = pushes.seq)`,
} as const

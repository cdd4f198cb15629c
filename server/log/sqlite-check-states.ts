/** The states of one document that lie beside its entries, checkpoints and milestones: each against its checksum. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { FindingKind, RemovableRow } from './finding.ts'
import { checkpointChecksum, milestoneChecksum } from './sqlite-format.ts'
import { eachRow, firstRow, prepareAll } from './sqlite-row.ts'

export interface CheckedState {
  readonly kind: 'checkpoint' | 'milestone'
  readonly seq: number
  /** Deflated where it is a milestone. */
  readonly state: Uint8Array
  /** Null for a milestone. */
  readonly knowledge: Uint8Array | null
}

export interface StateParts {
  readonly database: DatabaseSync
  /** The number of its document; null for one that lies in the journal alone. */
  readonly document: number | null
  onFinding(kind: FindingKind, what: string, row?: RemovableRow): void
}

export class StateCheck {
  /** Where there is one or more, ascending. */
  readonly seqs: readonly number[]
  readonly #parts: StateParts
  readonly #statements: Record<keyof typeof sql, StatementSync>
  /** Bytes of all updates up to those positions. */
  readonly #totals = new Map<number, number>()

  constructor(parts: StateParts) {
    this.#parts = parts
    this.#statements = prepareAll(parts.database, sql)
    const { document } = parts
    this.seqs =
      document === null
        ? []
        : Array.from(eachRow(this.#statements.seqs, document, document), ([seq]) => Number(seq))
  }

  /** Notes how many bytes the entries up to a position are. */
  passed(seq: number, total: number): void {
    if (this.seqs.includes(seq)) this.#totals.set(seq, total)
  }

  /** What stands at one of `seqs` and is what it was. What is not is told. */
  at(seq: number): readonly CheckedState[] {
    const { document } = this.#parts
    if (document === null) return []
    const states = [this.#checkpoint(document, seq), this.#milestone(document, seq)]
    return states.filter((state) => state !== null)
  }

  #checkpoint(document: number, seq: number): CheckedState | null {
    const row = firstRow(this.#statements.checkpoint, document, seq)
    if (row === null) return null
    const [checksum, total, state, knowledge] = row as [number, number, Uint8Array, Uint8Array]
    if (checkpointChecksum({ document, seq }, state, knowledge) !== checksum) {
      const what = `the checkpoint at ${seq} does not match its checksum`
      this.#parts.onFinding('checkpoint-damaged', what, { table: 'checkpoints', seq })
      return null
    }
    const known = this.#totals.get(seq)
    if (known !== undefined && known !== total)
      this.#parts.onFinding(
        'checkpoint-differs',
        `the size noted with the checkpoint at ${seq} is not that of its entries`,
        { table: 'checkpoints', seq },
      )
    return { kind: 'checkpoint', seq, state, knowledge }
  }

  #milestone(document: number, seq: number): CheckedState | null {
    const row = firstRow(this.#statements.milestone, document, seq)
    if (row === null) return null
    const [checksum, state] = row as [number, Uint8Array]
    if (milestoneChecksum({ document, seq }, state) === checksum)
      return { kind: 'milestone', seq, state, knowledge: null }
    const what = `the milestone at ${seq} does not match its checksum`
    this.#parts.onFinding('milestone-damaged', what, { table: 'milestones', seq })
    return null
  }
}

const sql = {
  seqs: `SELECT seq FROM checkpoints WHERE document = ? UNION SELECT seq FROM milestones WHERE document = ?
    ORDER BY seq`,
  checkpoint: 'SELECT checksum, total, state, knowledge FROM checkpoints WHERE document = ? AND seq = ?',
  milestone: 'SELECT checksum, state FROM milestones WHERE document = ? AND seq = ?',
} as const

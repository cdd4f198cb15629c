/**
 * A run: consecutive entries of one document as one row. Its body is a row of parts, each the section of one batch
 * with its time. These bytes are on disk: changing them is a new FORMAT (sqlite-format.ts).
 */

import { In, Out } from './sqlite-bytes.ts'
import { entriesOf, type PackedBatch, type PackedEntry } from './sqlite-journal.ts'

export interface Part {
  /** Wall-clock milliseconds of the commit. */
  readonly time: number
  readonly batch: Pick<PackedBatch, 'section'>
}

export interface RunEntry extends PackedEntry {
  /** Differs from `seq` where entries were merged. */
  readonly from: number
  readonly seq: number
  readonly time: number
}

const PART_BYTES = 12

export function packRun(parts: readonly Part[]): Uint8Array {
  const out = new Out(parts.reduce((sum, { batch }) => sum + PART_BYTES + batch.section.length, 0))
  for (const { time, batch } of parts) {
    out.number(time)
    out.uint(batch.section.length)
    out.raw(batch.section)
  }
  return out.buffer
}

/** The entries of a run's body whose first one is at `first`. */
export function* unpackRun(first: number, body: Uint8Array): Generator<RunEntry, void> {
  const input = new In(body)
  let seq = first
  while (input.more) {
    const time = input.number()
    for (const entry of entriesOf(input.raw(input.uint()))) {
      const from = seq
      seq += entry.merged?.count ?? 1
      yield { ...entry, from, seq: seq - 1, time }
    }
  }
}

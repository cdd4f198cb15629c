/** What happened to a document and is not stored yet, in the order in which it happened. */
import type { Place, StoredEntry, StoredPosition, StoredUpdate, Write } from './store.ts'

export interface Buffer {
  log: StoredUpdate[]
  entries: StoredEntry[]
  changes: StoredUpdate[]
  settled: Place[]
  position: Write['position']
  factsChanged: boolean
}

export function empty(): Buffer {
  return { log: [], entries: [], changes: [], settled: [], position: null, factsChanged: false }
}

export function isEmpty({ log, entries, changes, settled, position, factsChanged }: Buffer): boolean {
  return (
    !factsChanged && position === null && log.length + entries.length + changes.length + settled.length === 0
  )
}

export function joined(first: Buffer, then: Buffer): Buffer {
  const position = then.position ?? first.position
  return {
    log: [...first.log, ...then.log],
    entries: [...first.entries, ...then.entries],
    changes: [...first.changes, ...then.changes],
    settled: [...first.settled, ...then.settled],
    position: position && {
      ...position,
      isReset: position.isReset || first.position?.isReset === true,
    },
    factsChanged: first.factsChanged || then.factsChanged,
  }
}

export function place({ order, writer }: Place): Place {
  return { order, writer }
}

export function samePosition(a: StoredPosition, b: StoredPosition): boolean {
  return a.epoch === b.epoch && a.seq === b.seq && a.hash === b.hash && a.isBound === b.isBound
}

export function bytesOf(records: readonly StoredUpdate[]): number {
  let bytes = 0
  for (const { update } of records) bytes += update.length
  return bytes
}

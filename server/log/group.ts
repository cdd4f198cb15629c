/** What every adapter asks of a group before it touches anything: mistakes of the caller, not outcomes. */

import type { Batch } from './port.ts'

/** Throws RangeError for an empty batch, a document twice in one group, or a new log without an epoch. */
export function checkGroup(group: readonly Batch[]): void {
  const seen = new Set<string>()
  for (const { document, head, epoch, entries } of group) {
    if (entries.length === 0) throw new RangeError('a batch without entries')
    if (seen.has(document)) throw new RangeError('a document is twice in one group')
    if (head === 0 && epoch === '') throw new RangeError('a new log without an epoch')
    seen.add(document)
  }
}

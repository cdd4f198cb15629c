/** Asks history whether what came again of known clocks is what the log holds. */
import { ZERO } from '#shared/id.ts'
import { entriesOf, pages } from './opening.ts'
import type { Room } from './room.ts'

const PAGE_BYTES = 1 << 20

/** Everything that is known must be in the log already. Rejects with what the log or history rejects with. */
export async function compareWithLog(room: Room, overlap: Uint8Array): Promise<'same' | 'different'> {
  const { history, log } = room.around
  const { document } = room
  const upTo = room.head
  const checkpoint = await log.checkpoint(document)
  const usable = checkpoint !== null && checkpoint.seq <= upTo ? checkpoint : null
  const entries = entriesOf(pages({ log, document, after: usable?.seq ?? ZERO, upTo, pageBytes: PAGE_BYTES }))
  return history.compare({ checkpoint: usable, entries }, overlap)
}

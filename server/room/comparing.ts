/** Asks history whether what came again of known clocks is what the log holds. */
import type { Asker, Replay } from '#server/history/port.ts'
import { ZERO } from '#shared/id.ts'
import { entriesOf, pages } from './opening.ts'
import type { Room } from './room.ts'

const PAGE_BYTES = 1 << 20

/** Everything that is known must be in the log already. Rejects with what the log or history rejects with. */
export async function compareWithLog(
  room: Room,
  overlap: Uint8Array,
  asker: Asker,
): Promise<'same' | 'different'> {
  return room.around.history.compare(await upToHead(room)(), overlap, asker)
}

/** What the log holds up to the room's head as it is now, to be read as often as one likes. */
export function upToHead({ around, document, head: upTo }: Room): () => Promise<Replay> {
  const { log } = around
  return async () => {
    const checkpoint = await log.checkpoint(document)
    const usable = checkpoint !== null && checkpoint.seq <= upTo ? checkpoint : null
    const after = usable?.seq ?? ZERO
    return {
      checkpoint: usable,
      entries: entriesOf(pages({ log, document, after, upTo, pageBytes: PAGE_BYTES })),
    }
  }
}

/**
 * When checkpoints are built, and the building of one.
 *
 * By cost: when opening the document as it lies in the log has become clearly dearer than it would be from a new
 * checkpoint. While people type that bar is high (a build replays the tail); in a quiet moment, or when nobody is
 * there, it is low. A checkpoint replaces nothing: the entries stay.
 */
import type { Checkpoint, Log } from '#server/log/port.ts'
import { seq, ZERO } from '#shared/id.ts'
import { entriesOf, pages } from './opening.ts'
import type { Room } from './room.ts'
import type { Tail } from './tail.ts'

/** What a client pays for an entry beyond its bytes, in bytes: framing and one more update to apply. */
const ENTRY_COST = 8
const BUSY_COST = 2 << 20
const BUSY_ENTRIES = 50_000
const QUIET_MS = 400
const QUIET_COST = 4 << 10
/** A tail of fewer entries is as good as a checkpoint. */
const QUIET_ENTRIES = 32
const PAGE_BYTES = 128 << 10

export function isCheckpointDue(tail: Tail, now: number): boolean {
  const cost = tail.bytes + tail.entries * ENTRY_COST
  if (cost > Math.max(BUSY_COST, 2 * tail.checkpointBytes) || tail.entries > BUSY_ENTRIES) return true
  if (now - tail.grewAt < QUIET_MS || tail.entries < QUIET_ENTRIES) return false
  return cost > Math.max(QUIET_COST, tail.checkpointBytes / 20)
}

/** Builds a checkpoint at the room's head and puts it into the log. Rejects with what history or the log rejects with. */
export async function buildCheckpoint(room: Room): Promise<{ healed: boolean }> {
  const { history, log } = room.around
  const upTo = room.head
  const covered = { entries: room.tail.entries, bytes: room.tail.bytes }
  const previous = await usableCheckpoint(log, room)
  const after = previous?.seq ?? ZERO
  const source = pages({ log, document: room.document, after, upTo, pageBytes: PAGE_BYTES })
  const built = await history.build(
    { checkpoint: previous, entries: entriesOf(source) },
    { document: room.document, channel: room, spent: () => {} },
  )
  await log.putCheckpoint(room.document, { seq: upTo, state: built.state, knowledge: built.knowledge })
  room.tail.checkpointed(upTo, built.state.length, covered)
  if (built.title !== null && built.title !== room.title) {
    room.title = built.title
    await log.putTitle(room.document, built.title)
  }
  return { healed: built.healed }
}

async function usableCheckpoint(log: Log, room: Room): Promise<Checkpoint | null> {
  const checkpoint = await log.checkpoint(room.document)
  return checkpoint !== null && checkpoint.seq <= seq(room.head) ? checkpoint : null
}

/**
 * What somebody lacks, as pieces of the log: for those who come with a state vector, and for those who come with a
 * position. Each reading ends at the head the room had when it began; the peer goes on from there.
 */
import { Knowledge } from '#server/gate/knowledge.ts'
import type { Asker, Replay } from '#server/history/port.ts'
import { type Seq, ZERO } from '#shared/id.ts'
import { entriesOf, Page, pages } from './opening.ts'
import type { Room } from './room.ts'

/** Below this a whole document is sent rather than a worker asked for a diff. */
const SMALL_BYTES = 64 << 10
const PAGE_BYTES = 256 << 10
/** A guess for entries of which nothing is known: a keystroke. */
const ENTRY_BYTES = 32

/** For a replica with this state vector: pieces that stand for 1 to the head. */
export async function* lackingByState(
  room: Room,
  stateVector: Uint8Array,
  asker?: Asker,
): AsyncGenerator<Page> {
  if (room.head === 0) return
  // Only a settled room may answer from what it knows: what waits is not on disk, and must not be told.
  if (room.isSettled && room.knowledge.isCoveredBy(stateVector)) {
    yield Page.ofWhole(room.head, room.knowledge.deletions())
    return
  }
  const { checkpointBytes, bytes } = room.tail
  if (isEmpty(stateVector) || checkpointBytes + bytes <= SMALL_BYTES) {
    yield* room.read()
    return
  }
  const { history, log } = room.around
  const upTo = room.head
  const checkpoint = await log.checkpoint(room.document)
  const after = checkpoint !== null && checkpoint.seq <= upTo ? checkpoint.seq : ZERO
  const entries = pages({ log, document: room.document, after, upTo, pageBytes: PAGE_BYTES })
  if (checkpoint !== null && after > 0) {
    const known = Knowledge.decode(checkpoint.knowledge)
    if (known.isCoveredBy(stateVector)) {
      yield Page.ofWhole(after, known.deletions())
      yield* entries
      return
    }
  }
  const replay: Replay = { checkpoint: after > 0 ? checkpoint : null, entries: entriesOf(entries) }
  yield Page.ofWhole(upTo, await history.diff(replay, stateVector, asker))
}

/** For somebody who holds everything up to `position`: the entries since, or the checkpoint and its tail if that is less. */
export async function* lackingByPosition(room: Room, position: Seq): AsyncGenerator<Page> {
  const { tail, head, document } = room
  if (position >= head) return
  const entryBytes = tail.entries > 0 ? tail.bytes / tail.entries : ENTRY_BYTES
  const sinceBytes = (head - position) * entryBytes
  if (position < tail.checkpointSeq && sinceBytes > tail.checkpointBytes + tail.bytes) {
    yield* room.read()
    return
  }
  yield* pages({ log: room.around.log, document, after: position, upTo: head, pageBytes: PAGE_BYTES })
}

function isEmpty(stateVector: Uint8Array): boolean {
  return stateVector.length <= 1
}

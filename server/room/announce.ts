/**
 * What a group committed for a room, and the presence that came with it, goes out here: framed once, written once to
 * each channel. The author's edits are acknowledged in the same write.
 */
import type { Push } from '#server/log/port.ts'
import type { PushRange } from '#shared/frame.ts'
import { NONE, type Seq } from '#shared/id.ts'
import type { Offset } from '#shared/offset.ts'
import { encodeFrame } from '#shared/wire.ts'
import { EMPTY_UPDATE, pieceFrames } from './frames.ts'
import type { Member } from './member.ts'
import { Packet } from './packet.ts'
import type { Piece } from './piece.ts'
import type { Presence } from './presence.ts'

export interface Stored extends Piece {
  readonly push: Push | null
  readonly peer: Member | null
}

/** Those who are to be told, and what goes along. */
export interface Audience {
  readonly head: Seq
  /** The head, with the hash of the entry there. */
  readonly position: Offset
  readonly peers: ReadonlySet<Member>
  readonly presence: Presence
}

/** Own edits of a push below this come back whole: telling them apart would cost more than their bytes. */
const ECHO_BYTES = 4 << 10

export function announce(room: Audience, stored: readonly Stored[]): void {
  const authors = new Map<Member, Stored>()
  for (const entry of stored) {
    if (entry.peer === null) continue
    authors.set(entry.peer, entry)
    entry.peer.settled(entry.update.length)
  }
  for (const [peer, last] of authors) peer.stored?.(last)
  const changed = room.presence.takeChanges()
  const presence =
    changed === null
      ? []
      : changed.updates.map((update) => encodeFrame({ type: 'presence', presence: update }))
  const packets = {
    yjs: lazy(() => new Packet([...pieceFrames('yjs', stored, NONE), ...presence])),
    vellum: lazy(() => {
      const { position } = room
      return new Packet([...pieceFrames('vellum', stored, position.hash), ...presence], position)
    }),
  }
  for (const peer of room.peers) {
    if (!authors.has(peer)) {
      const isOwnPresence = stored.length === 0 && changed?.owners.size === 1 && changed.owners.has(peer.seat)
      if (!isOwnPresence) peer.deliver(packets[peer.dialect](), room.head)
      continue
    }
    if (peer.dialect === 'yjs') {
      const frames = [...othersFrames(stored, peer), ...presence]
      if (frames.length > 0) peer.deliver(new Packet(frames), room.head)
      else peer.passed(room.head)
      continue
    }
    const acks = ackFrames(stored, peer)
    const { position } = room
    const frames = [...acks, ...ownPieceFrames(stored, peer, position.hash), ...presence]
    const packet = new Packet(frames, position)
    // Entries a peer cannot take now come from the log later; an acknowledgement is said once, so it goes by itself.
    if (!peer.deliver(packet, room.head)) peer.send(...acks)
  }
}

/** y-websocket clients have no acknowledgements and no positions: their own edits need not come back. */
function othersFrames(stored: readonly Stored[], peer: Member): Uint8Array[] {
  return pieceFrames(
    'yjs',
    stored.filter((entry) => entry.peer !== peer),
    NONE,
  )
}

function ackFrames(stored: readonly Stored[], peer: Member): Uint8Array[] {
  const ranges = pushRanges(stored.filter((entry) => entry.peer === peer))
  return ranges.map((range) => encodeFrame({ type: 'ack', ...range }))
}

function ownPieceFrames(stored: readonly Stored[], peer: Member, hash: string): Uint8Array[] {
  const pieces = stored.map((entry) =>
    entry.peer === peer && entry.update.length > ECHO_BYTES ? { ...entry, update: EMPTY_UPDATE } : entry,
  )
  return pieceFrames('vellum', pieces, hash)
}

/** Runs of consecutive push numbers, in the order they were committed. */
function pushRanges(stored: readonly Stored[]): PushRange[] {
  const ranges: { session: PushRange['session']; from: number; to: number }[] = []
  for (const { push } of stored) {
    if (push === null) continue
    const last = ranges.at(-1)
    if (last !== undefined && last.session === push.session && last.to + 1 === push.number)
      last.to = push.number
    else ranges.push({ session: push.session, from: push.number, to: push.number })
  }
  return ranges
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

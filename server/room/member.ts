/** What a room needs of those who are in it, and of what they wrote. Peers are such members; a room knows no more of them. */
import type { Push } from '#server/log/port.ts'
import type { Seq } from '#shared/id.ts'
import type { Dialect } from './channel.ts'
import type { Packet } from './packet.ts'
import type { Piece } from './piece.ts'
import type { Owner } from './presence.ts'

/** An edit on its way to the disk. */
export interface Waiting {
  readonly update: Uint8Array
  readonly author: string
  readonly push: Push | null
  /** Where it came from, for the acknowledgement; null once that channel ended. */
  peer: Member | null
}

export interface Member extends Owner {
  readonly dialect: Dialect
  /** Who owns the presence that comes over this channel, and is not told of it: itself, or a seat that outlives it. */
  readonly seat: Owner
  /** Frames for this one alone. */
  send(...frames: readonly Uint8Array[]): void
  /** What the room tells everybody; `head` is the log's head with it. False when it has to come from the log later. */
  deliver(packet: Packet, head: Seq): boolean
  /** The log reached `head` with nothing this one has to be told. */
  passed(head: Seq): void
  /** The last of its edits in a group that was committed. */
  stored?(last: Piece): void
  /** These bytes are not on their way to the disk any more. */
  settled(bytes: number): void
  /** An edit that another process got ahead of. */
  regate(edit: Waiting): void
  /** Ends the channel with a code of shared/codes.ts. */
  end(code: number, reason: string): void
}

/** What those who work on a peer's frames need of it: whom to answer, and how to make it wait. */
import type { Push } from '#server/log/port.ts'
import type { Frame, Kind, PushRange } from '#shared/frame.ts'
import type { Seq } from '#shared/id.ts'
import type { Member } from './member.ts'
import type { Page } from './opening.ts'
import type { Room } from './room.ts'

/** Frames made in the turn of the hand-over, since they say what the room knows then. */
export type Last = () => readonly Uint8Array[]

export interface Sender extends Member {
  readonly isEnded: boolean
  /** An update of this one is stored whole or not at all. */
  readonly isStrict: boolean
  /** It says what it has to say without a `resume` before: sessions are looked up as their pushes come. */
  readonly isBrief: boolean
  /** The kind of document this client makes where there is none. */
  intends: Kind
  sendFrame(frame: Frame): void
  acknowledge(range: PushRange): void
  /** Streams these pages, goes on from the log until it is live, then sends `last()`. */
  follow(pages: AsyncIterable<Page>, position: Seq, last: Last): Promise<void>
  /** Nothing was lacking: live at the head, at once. */
  live(last: Last): void
  /** Resolves when the channel's queue is short enough to go on; undefined when it is. */
  taken(): Promise<void> | undefined
  /** Asks for what the log lacks, at most once a second. */
  ask(): void
  /** Goes on with a new token; ends where that is refused. */
  renew(token: string): Promise<void>
  lastFrames(room: Room): readonly Uint8Array[]
  /** Another `bytes` of this peer are on their way to the disk. */
  unsettled(bytes: number): void
  /** These bytes come once more, before anything newer. */
  again(update: Uint8Array, push: Push | null): void
  pause(why: string): void
  unpause(why: string): void
}

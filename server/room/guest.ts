/** Whoever is in a room, as the one sees it who keeps the rooms. */
import type { Room } from './room.ts'

export interface Guest {
  /** The document is open. Not called on one that has ended. */
  opened(room: Room): void
  /** Ends it with a code of shared/codes.ts. */
  end(code: number, reason: string): void
  /** Whether the server can commit has changed; `saving` is the frame that says so. */
  tell(saving: Uint8Array): void
  /** The server stops: nothing more is taken in. */
  drain(): void
  /** Rights may have changed: whether it may stay. */
  recheck(): void
  /** Twice a second. */
  tick(now: number): void
}

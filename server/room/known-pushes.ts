/** What the log held of a channel's sessions when they were named: a push that is in here was stored before. */
import type { AskedPushes } from '#server/log/port.ts'
import { limits } from '#shared/frame.ts'
import type { SessionId } from '#shared/id.ts'

/** Pushes that were stored and that a channel names as not acknowledged: an honest outbox has some tens in flight. */
const MAX_PUSHES = 4_096
/** What is asked for when it is about one: they are numbered as they are stored, but for some that passed the gate again. */
const FEW_PUSHES = 64

export class KnownPushes {
  readonly #sessions = new Map<SessionId, ReadonlyMap<number, string>>()

  has(session: SessionId): boolean {
    return this.#sessions.has(session)
  }

  /** Digests by number; undefined for a session that was not named. */
  of(session: SessionId): ReadonlyMap<number, string> | undefined {
    return this.#sessions.get(session)
  }

  /** False when it is too much. */
  learn(session: SessionId, known: ReadonlyMap<number, string>): boolean {
    this.#sessions.set(session, known)
    let pushes = 0
    for (const { size } of this.#sessions.values()) pushes += size
    return this.#sessions.size <= limits.sessions && pushes <= MAX_PUSHES
  }
}

/** What the log is asked for when a session is named: one more than may be known tells that it is too much. */
export function named(session: SessionId, oldest: number): AskedPushes {
  return { session, oldest, most: MAX_PUSHES + 1 }
}

/** And when it is about one push. */
export function about(session: SessionId, number: number): AskedPushes {
  return { session, oldest: number, most: FEW_PUSHES }
}

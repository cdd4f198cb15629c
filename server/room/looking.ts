/**
 * Whether somebody else wrote: a room that commits learns it by that; one in which nobody writes looks at the log now
 * and then. The rooms of one tick ask in one turn, so that the log answers them together.
 */
/** A room, as far as this goes. */
export interface Looker {
  /** Whether somebody is here who would want to know. */
  readonly isAwaited: boolean
  /** Reads where the log ends, and what is new. Rejects with what the log rejects with. */
  look(): Promise<void>
}

export class Looking {
  readonly #lookMs: number
  readonly #dueAt = new WeakMap<Looker, number>()

  /** `lookMs`: between two looks of one room. Rooms were opened at different times, so they do not all look at once. */
  constructor(lookMs: number) {
    this.#lookMs = lookMs
  }

  tick(room: Looker, now: number): void {
    const dueAt = this.#dueAt.get(room)
    if (dueAt !== undefined && now < dueAt) return
    this.#dueAt.set(room, now + this.#lookMs)
    if (dueAt === undefined || !room.isAwaited) return
    room.look().catch(() => {
      // Nothing was changed by looking. Whoever reads or writes next is told that the log cannot be read.
    })
  }
}

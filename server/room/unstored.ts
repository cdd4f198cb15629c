/** The edits of a room that are not in the log yet, in order: what is on its way to the disk, and what waits for that. */
import type { SessionId } from '#shared/id.ts'
import type { Waiting } from './member.ts'

export class Unstored {
  #waiting: Waiting[] = []
  #inFlight: Waiting[] = []
  /** Of both. */
  bytes = 0

  get isEmpty(): boolean {
    return this.#inFlight.length === 0 && this.#waiting.length === 0
  }

  get isInFlight(): boolean {
    return this.#inFlight.length > 0
  }

  get all(): readonly Waiting[] {
    return [...this.#inFlight, ...this.#waiting]
  }

  add(edit: Waiting): void {
    this.#waiting.push(edit)
    this.bytes += edit.update.length
  }

  /** The edit that came as this push, if there is one. */
  ofPush(session: SessionId, number: number): Waiting | null {
    const isIt = ({ push }: Waiting) => push !== null && push.number === number && push.session === session
    return this.#inFlight.find(isIt) ?? this.#waiting.find(isIt) ?? null
  }

  /** Sends off what waits; null where nothing does. */
  take(): readonly Waiting[] | null {
    if (this.#waiting.length === 0) return null
    this.#inFlight = this.#waiting
    this.#waiting = []
    return this.#inFlight
  }

  /** What was sent off did not arrive: it waits again, before what came since. */
  giveBack(): void {
    this.#waiting = [...this.#inFlight, ...this.#waiting]
    this.#inFlight = []
  }

  /** What was sent off is in the log. */
  stored(): readonly Waiting[] {
    const stored = this.#inFlight
    this.#inFlight = []
    for (const { update } of stored) this.bytes -= update.length
    return stored
  }

  /** Gives all of it up; `waiting` is what was never sent off. */
  takeBack(): { readonly all: readonly Waiting[]; readonly waiting: readonly Waiting[] } {
    const { all } = this
    const waiting = this.#waiting
    this.#inFlight = []
    this.#waiting = []
    this.bytes = 0
    return { all, waiting }
  }
}

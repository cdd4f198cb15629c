/**
 * What somebody in a room may, as long as they are there: asked again now and then, and whenever rights may have
 * changed. What a token allows ends while its channel lives.
 */
import type { Decision, Standing } from '#server/access/access.ts'
import type { Principal } from '#server/access/principal.ts'
import { codes } from '#shared/codes.ts'

export interface RightsEvents {
  /** The role may be another one. */
  changed(): void
  /** Nothing is allowed any more: a code of shared/codes.ts, and why. */
  lost(code: number, reason: string): void
}

/** Expiry is noticed by the clock, within this. */
const ASK_MS = 2_000

export class Rights {
  readonly #events: RightsEvents
  #standing: Standing
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(standing: Standing, events: RightsEvents) {
    this.#standing = standing
    this.#events = events
  }

  get principal(): Principal {
    return this.#standing.principal
  }

  /** Twice a second. */
  tick(now: number): void {
    if (now - this.#askedAt < ASK_MS) return
    this.#askedAt = now
    this.ask()
  }

  ask(): void {
    this.#take(this.#standing.again())
  }

  /** Goes on with a new token, and says so by `changed`. Never rejects. */
  async renew(token: string): Promise<void> {
    this.#take(await this.#standing.renew(token), true)
  }

  #take(decision: Decision, isNew = false): void {
    if (decision.kind === 'refused') {
      this.#events.lost(codes[decision.code].code, decision.reason)
      return
    }
    const { role } = this.principal
    this.#standing = decision.standing
    if (isNew || this.principal.role !== role) this.#events.changed()
  }
}

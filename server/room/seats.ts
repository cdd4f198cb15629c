/**
 * Seats: where the presence of somebody stays who comes by requests, each of which is over soon. The one thing that is
 * kept of a client between its requests; it goes when the client leaves or is not heard of any more.
 */
import type { Principal } from '#server/access/principal.ts'
import type { Clock } from '#shared/time.ts'
import type { Owner } from './presence.ts'

/** By what a client names its requests as belonging together. */
export interface SeatKey {
  readonly session: string
  readonly principal: Principal
  /** The client said it would be heard of at least this often, in milliseconds; null where it said nothing. */
  readonly beatMs: number | null
  /** It goes with this request. */
  readonly leaves: boolean
}

/** Without a sign of it for this long a client is gone. */
const SILENT_MS = 30_000
/** What a promised sign may be late. */
const LATE_MS = 5_000
/** After its connection broke: it may be on its way back. */
const BROKEN_MS = 10_000
/** Nobody was heard on an open stream for this long, against its promise. */
const DEAD_MS = 45_000
/** Seats in one room; beyond, the one that was silent for longest goes. */
const MAX_SEATS = 2_000

export class Seat implements Owner {
  readonly principal: Principal
  /** The newest change of presence that was told over it. */
  toldVersion: number | null = null
  #heardAt = 0
  #until = 0
  #promisedMs: number | null = null
  #held = 0
  #streams = 0
  #isOver = false

  constructor(principal: Principal) {
    this.principal = principal
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** It was taken away: what its requests still bring is nobody's. */
  end(): void {
    this.#isOver = true
  }

  heard(now: number, beatMs: number | null): void {
    if (beatMs !== null) this.#promisedMs = beatMs
    const patienceMs = this.#promisedMs === null ? SILENT_MS : this.#promisedMs + LATE_MS
    this.#heardAt = now
    this.#until = now + Math.min(patienceMs, SILENT_MS)
  }

  /** A request of it is held: until `released` nothing more is expected of it. */
  hold(): void {
    this.#held += 1
  }

  released(now: number, isBroken: boolean): void {
    this.#held -= 1
    // Until it broke, that it was held was the sign.
    if (isBroken) this.#until = now + BROKEN_MS
    else this.heard(now, null)
  }

  /** A stream of it is open, until `broke`. It is no sign of anybody: nobody knows whether it still leads somewhere. */
  listens(): void {
    this.#streams += 1
  }

  /** A stream of it ended, and it did not say so; where another one has come, that one ended for its sake. */
  broke(now: number): void {
    this.#streams -= 1
    if (this.#streams === 0) this.#until = Math.min(this.#until, now + BROKEN_MS)
  }

  isGone(now: number): boolean {
    return this.#held === 0 && now >= this.#until
  }

  /** It promised signs and gave none for so long that an open stream of it leads nowhere. */
  isDead(now: number): boolean {
    return this.#promisedMs !== null && now - this.#heardAt >= DEAD_MS
  }
}

export class Seats {
  readonly #clock: Clock
  readonly #onGone: (seat: Seat) => void
  /** Least recently heard of first. */
  readonly #seats = new Map<string, Seat>()

  /** `onGone`: a seat was taken away, and its presence goes with it. */
  constructor(clock: Clock, onGone: (seat: Seat) => void) {
    this.#clock = clock
    this.#onGone = onGone
  }

  /** The seat of this client, which was heard of just now. */
  of({ session, principal, beatMs }: SeatKey): Seat {
    const name = nameOf(session, principal)
    const seat = this.#seats.get(name) ?? new Seat(principal)
    this.#seats.delete(name)
    this.#seats.set(name, seat)
    seat.heard(this.#clock.now(), beatMs)
    const [oldest] = this.#seats
    if (this.#seats.size > MAX_SEATS && oldest !== undefined) this.#remove(...oldest)
    return seat
  }

  /** This client said that it leaves. */
  leave({ session, principal }: SeatKey): void {
    const name = nameOf(session, principal)
    const seat = this.#seats.get(name)
    if (seat !== undefined) this.#remove(name, seat)
  }

  /** Takes away the seats of those who are gone. */
  expire(): void {
    const now = this.#clock.now()
    for (const [name, seat] of this.#seats) if (seat.isGone(now)) this.#remove(name, seat)
  }

  #remove(name: string, seat: Seat): void {
    this.#seats.delete(name)
    seat.end()
    this.#onGone(seat)
  }
}

function nameOf(session: string, { author }: Principal): string {
  return `${session} ${author}`
}

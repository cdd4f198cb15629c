/** A peer's place among the requests of one client, as its errand has it; a channel that talks has none. */
import type { Errand } from './errand.ts'
import type { Room } from './room.ts'
import type { Seat } from './seats.ts'

export class Sitting {
  readonly #errand: Errand
  #seat: Seat | null = null

  constructor(errand: Errand) {
    this.#errand = errand
  }

  get seat(): Seat | null {
    return this.#seat
  }

  sit(room: Room): void {
    const errand = this.#errand
    if (errand.kind === 'talk' || errand.seat === null) return
    this.#seat = room.seats.of(errand.seat)
    if (errand.kind === 'listen') this.#seat.listens()
  }

  /** The request is over, at this time. */
  rise(room: Room | null, now: number): void {
    const errand = this.#errand
    if (errand.kind === 'listen') this.#seat?.broke(now)
    if (errand.kind === 'deliver' && errand.seat?.leaves) room?.seats.leave(errand.seat)
  }

  /** Who sat here may not any more. */
  leave(room: Room | null): void {
    const errand = this.#errand
    if (errand.kind !== 'talk' && errand.seat !== null) room?.seats.leave(errand.seat)
  }

  /** Whether it listens, and nobody is heard of any more. */
  isDead(now: number): boolean {
    return this.#errand.kind === 'listen' && this.#seat?.isDead(now) === true
  }
}

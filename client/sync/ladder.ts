/**
 * Which carrier is tried next. A rung is judged by evidence: the hello that came over it, or did not. When none of them
 * brings one there is no network, whatever each of them looked like, and a new round begins where this one did.
 */
import type { CarrierName } from '#client/carriers/port.ts'

export interface Ladder {
  /** The carriers there are, the best one first. */
  readonly rungs: readonly CarrierName[]
  /** Where a round begins: what worked last. */
  readonly first: number
  /** The one that is tried or used. */
  readonly at: number
  /** How often it failed in a row. */
  readonly falls: number
  /** Rounds in which no rung brought a hello: each is given longer than in the one before. */
  readonly rounds: number
}

/** No hello within this: the rung is given up. Where there is another one to try, sooner. */
const LONGEST_MS = 10_000
const HELLO_MS: Readonly<Record<CarrierName, number>> = {
  websocket: 3_000,
  'event-stream': 5_000,
  'long-poll': LONGEST_MS,
}
/** A WebSocket that is closed before its hello may have been an accident once. */
const FALLS: Readonly<Record<CarrierName, number>> = { websocket: 2, 'event-stream': 1, 'long-poll': 1 }

/** At the first rung of a first round. `first` is an index; one that is none counts as the top. */
export function ladderFrom(rungs: readonly CarrierName[], first: number): Ladder {
  return restarted({ rungs, first: first in rungs ? first : 0, at: 0, falls: 0, rounds: 0 })
}

/** As after a change of the network: what failed before says nothing any more. */
export function restarted(ladder: Ladder): Ladder {
  return { ...ladder, at: ladder.first, falls: 0, rounds: 0 }
}

/** The rung that is used has carried everything that was missed. */
export function arrivedAt(ladder: Ladder, at: number): Ladder {
  return { ...ladder, at, first: at, falls: ladder.at === at ? ladder.falls : 0, rounds: 0 }
}

export function carrierAt({ rungs, at }: Ladder): CarrierName {
  const name = rungs[at]
  if (name === undefined) throw new RangeError(`no rung ${at}`)
  return name
}

/** How long this rung's hello is waited for. */
export function helloMs(ladder: Ladder): number {
  if (ladder.rungs.length === 1) return LONGEST_MS
  return Math.min(LONGEST_MS, HELLO_MS[carrierAt(ladder)] * 2 ** Math.min(ladder.rounds, 8))
}

/** The channel ended before its hello, or fell silent after it. */
export function stumbled(ladder: Ladder): Ladder {
  const falls = ladder.falls + 1
  return falls < FALLS[carrierAt(ladder)] ? { ...ladder, falls } : fallen(ladder)
}

/** This rung carries nothing: the next one of the round, or the first one of the next. */
export function fallen(ladder: Ladder): Ladder {
  const order = roundOf(ladder)
  const next = order[order.indexOf(ladder.at) + 1]
  if (next !== undefined) return { ...ladder, at: next, falls: 0 }
  return { ...ladder, at: ladder.first, falls: 0, rounds: ladder.rounds + 1 }
}

/** Whether `next` is another rung of the same round. */
export function isSameRound(ladder: Ladder, next: Ladder): boolean {
  return next.rounds === ladder.rounds
}

/** What worked last, then the others from the top. */
function roundOf({ rungs, first }: Ladder): number[] {
  return [first, ...[...rungs.keys()].filter((rung) => rung !== first)]
}

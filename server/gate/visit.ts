/** A request that was let in, with everything it said of itself. */
import type { Standing } from '#server/access/access.ts'
import type { SeatKey } from '#server/room/seats.ts'
import type { Admission } from './admission.ts'
import type { SyncQuery } from './asked.ts'
import type { Exchange } from './exchange.ts'

export interface Visit {
  readonly exchange: Exchange
  readonly admitted: Extract<Admission, { kind: 'admitted' }>
  readonly query: SyncQuery
  readonly standing: Standing
}

export function seatOf({ standing, query }: Visit): SeatKey | null {
  const { session, beatMs, leaves } = query
  return session === null ? null : { session, beatMs, leaves, principal: standing.principal }
}

/** What a state means to a person. */
import { carrierAt } from './ladder.ts'
import type { State } from './state.ts'
import type { Status } from './status.ts'

/** `pending`: local changes that are not acknowledged. */
export function statusOf(state: State, pending: number): Status {
  switch (state.kind) {
    case 'idle':
      return { kind: 'opening', pending }
    case 'connecting':
    case 'waiting':
      if (state.away.long) return { kind: 'offline', pending }
      return { kind: isOpening(state) ? 'opening' : 'reconnecting', pending }
    case 'resuming':
    case 'catchingUp':
      return { kind: state.away.opening ? 'opening' : 'reconnecting', pending }
    case 'live': {
      const { role, document, saving } = state.server
      if (state.probe?.shown === true) return { kind: 'reconnecting', pending }
      const carrier = carrierAt(state.ladder)
      return { kind: saving ? 'live' : 'not-saving', pending, role, document, carrier }
    }
    case 'stopped':
      return { kind: 'stopped', pending, code: state.code, reason: state.reason }
    case 'closed':
      return { kind: 'offline', pending }
  }
}

/** The first connection, until every carrier was tried once. */
function isOpening({ away, failures, ladder }: Extract<State, { kind: 'connecting' | 'waiting' }>): boolean {
  return away.opening && (failures === 0 || (ladder.rungs.length > 1 && ladder.rounds === 0))
}

export function sameStatus(a: Status, b: Status): boolean {
  if (a.kind !== b.kind || a.pending !== b.pending) return false
  if (a.kind === 'stopped') return b.kind === 'stopped' && a.code === b.code && a.reason === b.reason
  if (a.kind !== 'live' && a.kind !== 'not-saving') return true
  if (b.kind !== 'live' && b.kind !== 'not-saving') return false
  return a.role === b.role && a.document === b.document && a.carrier === b.carrier
}

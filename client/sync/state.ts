/**
 * The states of a session, what can happen to it, and what it then does: values only. step.ts decides.
 */
import type { Kind, Role } from '#shared/frame.ts'

/** Since when nobody could save here. */
export interface Away {
  readonly since: number
  /** Shown as "Offline": longer than OFFLINE_AFTER_MS, or the browser said so. */
  readonly long: boolean
  /** False once a session was synced. */
  readonly opening: boolean
}

/** What the server said about itself on this channel. */
export interface Server {
  readonly role: Role
  readonly document: Kind
  readonly saving: boolean
  readonly heartbeatMs: number
}

/** A ping is under way and must be answered by something, at the latest at `by`. */
export interface Probe {
  readonly by: number
  /** The heartbeat is late: say so. A probe on waking up is made without a word. */
  readonly shown: boolean
}

/** A channel over which the hello has come. */
export interface Connected {
  readonly server: Server
  readonly heardAt: number
  readonly probe: Probe | null
  /** Set once the server asked to come back later. */
  readonly comeBackMs: number | null
}

export type State =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'connecting'
      readonly away: Away
      readonly failures: number
      /** When it is given up. */
      readonly until: number
      readonly comeBackMs: number | null
    }
  /** The position has been named, the server has not answered yet. */
  | ({ readonly kind: 'resuming'; readonly away: Away; readonly failures: number } & Connected)
  /** Edits flow both ways; what was missed is still coming. */
  | ({ readonly kind: 'catchingUp'; readonly away: Away; readonly failures: number } & Connected)
  | ({ readonly kind: 'live' } & Connected)
  | {
      readonly kind: 'waiting'
      readonly away: Away
      readonly failures: number
      readonly until: number
    }
  | { readonly kind: 'stopped'; readonly code: number; readonly reason: string }
  | { readonly kind: 'closed' }

export type Event =
  | { readonly kind: 'start' }
  /** The network came back, the page is shown again: now is a good moment. */
  | { readonly kind: 'wake' }
  /** The browser says that there is no network. */
  | { readonly kind: 'offline' }
  | ({ readonly kind: 'hello' } & Server)
  | { readonly kind: 'resumed' }
  | { readonly kind: 'synced' }
  /** Some frame came. */
  | { readonly kind: 'heard' }
  | { readonly kind: 'saving'; readonly saving: boolean }
  | { readonly kind: 'later'; readonly afterMs: number }
  /** The channel ended, or cannot go on, for a reason that passes. */
  | { readonly kind: 'lost' }
  /** A final code. */
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }
  /** The time `deadline` named has come; `late` when it has long passed, since this device slept. */
  | { readonly kind: 'tick'; readonly late: boolean }
  | { readonly kind: 'close' }

export type Effect =
  /** Open a channel. */
  | 'open'
  /** End the channel there is. */
  | 'drop'
  /** Name the position. */
  | 'resume'
  /** Everything in the outbox may be sent, once, from the oldest on. */
  | 'push'
  | 'ping'

export interface Moment {
  /** Milliseconds, by a clock that never runs backwards. */
  readonly now: number
  /** A number in [0, 1). */
  readonly fraction: number
}

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

/** From when on losing the server is called "Offline". */
export const OFFLINE_AFTER_MS = 5_000

/** When the next `tick` is due; null for never. */
export function deadline(state: State): number | null {
  switch (state.kind) {
    case 'connecting':
    case 'waiting':
      return state.away.long ? state.until : Math.min(state.until, state.away.since + OFFLINE_AFTER_MS)
    case 'resuming':
    case 'catchingUp':
    case 'live':
      return state.probe === null ? state.heardAt + 2 * state.server.heartbeatMs : state.probe.by
    default:
      return null
  }
}

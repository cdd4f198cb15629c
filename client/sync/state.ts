/**
 * The states of a session, what can happen to it, and what it then does: values only. step.ts and climb.ts decide.
 */
import type { CarrierName } from '#client/carriers/port.ts'
import type { Kind, Role } from '#shared/frame.ts'
import type { Ladder } from './ladder.ts'

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

/** Those facts alone. */
export function serverOf({ role, document, saving, heartbeatMs }: Server): Server {
  return { role, document, saving, heartbeatMs }
}

/** A ping is under way and must be answered by something, at the latest at `by`. */
export interface Probe {
  readonly by: number
  /** The heartbeat is late: say so. A probe on waking up is made without a word. */
  readonly shown: boolean
}

/** A channel over which the hello has come. */
export interface Connected {
  readonly ladder: Ladder
  readonly server: Server
  readonly heardAt: number
  readonly probe: Probe | null
  /** Set once the server asked to come back later. */
  readonly comeBackMs: number | null
}

/** A better rung that is being tried beside the session's own channel. */
export interface Climbing {
  /** How often it was tried in vain. */
  readonly tries: number
  readonly rung: number
  /** When it is given up. */
  readonly until: number
  readonly server: Server | null
}

/** On the way up from the session's own rung. */
export type Climb =
  /** There is no better one. */
  | { readonly kind: 'top' }
  /** The next try is at `until`. */
  | { readonly kind: 'resting'; readonly tries: number; readonly since: number; readonly until: number }
  /** A second channel is being opened. */
  | ({ readonly kind: 'reaching' } & Climbing)
  /** Its hello has come; what is missing there is still coming. */
  | ({ readonly kind: 'following'; readonly server: Server } & Climbing)

export interface Live extends Connected {
  readonly kind: 'live'
  readonly climb: Climb
  /** Since when over this channel. */
  readonly since: number
}

export type State =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'connecting'
      readonly ladder: Ladder
      readonly away: Away
      readonly failures: number
      readonly since: number
      /** When it is given up. */
      readonly until: number
      readonly comeBackMs: number | null
    }
  /** The position has been named, the server has not answered yet. */
  | ({ readonly kind: 'resuming'; readonly away: Away; readonly failures: number } & Connected)
  /** Edits flow both ways; what was missed is still coming. */
  | ({ readonly kind: 'catchingUp'; readonly away: Away; readonly failures: number } & Connected)
  | Live
  | {
      readonly kind: 'waiting'
      readonly ladder: Ladder
      readonly away: Away
      readonly failures: number
      readonly until: number
    }
  | { readonly kind: 'stopped'; readonly code: number; readonly reason: string }
  | { readonly kind: 'closed' }

export type Event =
  /** The carriers there are, best first, and the one to begin with. */
  | { readonly kind: 'start'; readonly rungs: readonly CarrierName[]; readonly first: number }
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
  /** Something happened on the channel of a better rung, which is tried beside the session's own. */
  | { readonly kind: 'above'; readonly event: Above }

/** What can happen on any channel. */
export type Above = Extract<
  Event,
  { kind: 'hello' | 'resumed' | 'synced' | 'heard' | 'saving' | 'later' | 'lost' | 'refused' }
>

export type Effect =
  /** Open a channel on the ladder's rung. */
  | 'open'
  /** End what channels there are. */
  | 'drop'
  /** Name the position. */
  | 'resume'
  /** Everything in the outbox may be sent, once, from the oldest on. */
  | 'push'
  | 'ping'
  /** What worked is tried first next time. */
  | 'remember'
  /** Open a second channel on the climb's rung. */
  | 'openAbove'
  | 'dropAbove'
  | 'resumeAbove'
  /** The second channel becomes the session's own: the other one ends, and everything in the outbox is sent again. */
  | 'change'

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
      return silenceDeadline(state)
    case 'live':
      return Math.min(silenceDeadline(state), climbDeadline(state.climb))
    default:
      return null
  }
}

/** When silence is no longer taken for granted. */
export function silenceDeadline({ probe, heardAt, server }: Connected): number {
  return probe === null ? heardAt + 2 * server.heartbeatMs : probe.by
}

/** When the climb wants a tick. */
function climbDeadline(climb: Climb): number {
  return climb.kind === 'top' ? Number.POSITIVE_INFINITY : climb.until
}

/**
 * What each event does in each state: one pure function over one table, which does not compile with a cell missing.
 * Rules S1 and up in docs/protocol.md.
 */
import { comeBackDelayMs, retryDelayMs } from './backoff.ts'
import { climbStep, climbTick, climbWake, rest } from './climb.ts'
import {
  arrivedAt,
  fallen,
  helloMs,
  isSameRound,
  type Ladder,
  ladderFrom,
  restarted,
  stumbled,
} from './ladder.ts'
import type { Connected, Effect, Event, Live, Moment, State, Step } from './state.ts'
import { OFFLINE_AFTER_MS, serverOf, silenceDeadline } from './state.ts'

type In<K extends State['kind']> = Extract<State, { kind: K }>
type On<K extends Event['kind']> = Extract<Event, { kind: K }>
type Table = {
  readonly [S in State['kind']]: {
    readonly [E in Event['kind']]: (state: In<S>, event: On<E>, moment: Moment) => Step
  }
}
type Joined = In<'resuming'> | In<'catchingUp'> | In<'live'>

/** On waking up, an attempt older than this is not waited for. */
const STALE_ATTEMPT_MS = 2_000
/** A ping must be answered within this. */
const PONG_MS = 3_000
/** A slow line may need longer than PONG_MS for one large frame while catching up: each failure doubles it, up to this. */
const MAX_PONG_MS = 120_000
/** A rung that fell silent sooner than this after its hello has not shown that it carries: it counts as a fall. */
const PROVEN_MS = 60_000
/** After the browser said that there is no network, the next attempt is not made at once. */
const OFFLINE_PAUSE_MS = 1_000

const stay = (state: State): Step => ({ state, effects: [] })
const to = (state: State, ...effects: Effect[]): Step => ({ state, effects })
const stop = (_: State, { code, reason }: On<'refused'>): Step =>
  to({ kind: 'stopped', code, reason }, 'drop')
const closeQuietly = (): Step => to({ kind: 'closed' })
const close = (): Step => to({ kind: 'closed' }, 'drop')

function start(_: State, { rungs, first }: On<'start'>, { now }: Moment): Step {
  const away = { since: now, long: false, opening: true }
  return connect({ ladder: ladderFrom(rungs, first), away, failures: 0 }, now, 'open')
}

type Trying = Pick<In<'waiting'>, 'ladder' | 'away' | 'failures'>

/** At most one attempt at a time: whoever opens has dropped what was there before. */
function connect({ ladder, away, failures }: Trying, now: number, ...effects: Effect[]): Step {
  const until = now + helloMs(ladder)
  return to({ kind: 'connecting', ladder, away, failures, since: now, until, comeBackMs: null }, ...effects)
}

function lose(state: In<'connecting'> | Joined, { now, fraction }: Moment, ladder = landing(state)): Step {
  const failures = state.kind === 'live' ? 0 : state.failures
  const away = state.kind === 'live' ? { since: now, long: false, opening: false } : state.away
  const delayMs =
    state.comeBackMs === null
      ? retryDelayMs(failures, fraction)
      : comeBackDelayMs(state.comeBackMs, failures, fraction)
  return to({ kind: 'waiting', ladder, away, failures: failures + 1, until: now + delayMs }, 'drop')
}

/** Where it goes on after a channel that ended: a word of the server's own, or a hello, speaks for the rung. */
function landing(state: In<'connecting'> | Joined): Ladder {
  const { ladder } = state
  if (state.comeBackMs !== null) return ladder
  if (state.kind === 'connecting') return stumbled(ladder)
  // The better one has answered, and this one has ended.
  if (state.kind === 'live' && state.climb.kind === 'following')
    return { ...ladder, at: state.climb.rung, falls: 0 }
  return ladder
}

/** No hello: where there is another rung to try it is tried at once, since time enough has passed. */
function unanswered(state: In<'connecting'>, moment: Moment): Step {
  const ladder = fallen(state.ladder)
  if (!isSameRound(state.ladder, ladder)) return lose(state, moment, ladder)
  return connect({ ...state, ladder, failures: state.failures + 1 }, moment.now, 'drop', 'open')
}

/** Silence after a hello: a proxy may keep back what comes after it. */
function fellSilent(state: Joined, moment: Moment): Step {
  const isProven = state.kind === 'live' && moment.now - state.since >= PROVEN_MS
  return lose(state, moment, isProven ? { ...state.ladder, falls: 0 } : stumbled(state.ladder))
}

const lost = (state: In<'connecting'> | Joined, _: Event, moment: Moment): Step => lose(state, moment)

/** Believed without a test: keeping a channel that may work costs less than saying "Saved" over a dead one. */
function cutOff(state: Joined, _: On<'offline'>, moment: Moment): Step {
  const { state: waiting, effects } = lose(state, moment)
  if (waiting.kind !== 'waiting') return { state: waiting, effects }
  const away = { ...waiting.away, long: true }
  return { state: { ...waiting, away, until: waiting.until + OFFLINE_PAUSE_MS }, effects }
}

function overdue<S extends In<'connecting'> | In<'waiting'>>(state: S, now: number): S {
  if (state.away.long || now < state.away.since + OFFLINE_AFTER_MS) return state
  return { ...state, away: { ...state.away, long: true } }
}

const heard = <S extends Joined>(state: S, _: On<'heard'>, { now }: Moment): Step =>
  stay({ ...state, heardAt: now, probe: null })

const saving = (state: Joined, event: On<'saving'>): Step =>
  stay({ ...state, server: { ...state.server, saving: event.saving } })

const later = (state: In<'connecting'> | Joined, { afterMs }: On<'later'>): Step =>
  stay({ ...state, comeBackMs: Math.max(afterMs, state.comeBackMs ?? 0) })

/** A hello may come again, when a role or the document's kind changed. */
const helloAgain = (state: Joined, event: On<'hello'>): Step => stay({ ...state, server: serverOf(event) })

function probe(state: Joined, now: number, shown: boolean): Step {
  const patienceMs = state.kind === 'live' ? PONG_MS : Math.min(MAX_PONG_MS, PONG_MS * 2 ** state.failures)
  return to({ ...state, probe: { by: now + patienceMs, shown } }, 'ping')
}

const wake = (state: Joined, _: On<'wake'>, { now }: Moment): Step =>
  state.probe === null ? probe(state, now, false) : stay(state)

function heartbeat(state: Joined, { late }: On<'tick'>, moment: Moment): Step {
  const { now } = moment
  if (now < silenceDeadline(state)) return stay(state)
  // A late timer proves that this device slept, not that the server is gone: it gets a full time to answer.
  return late || state.probe === null ? probe(state, now, true) : fellSilent(state, moment)
}

/** What `first` does to a live session, and then what `then` does, unless the session is no longer live. */
function both(first: Step, then: (live: Live) => Step): Step {
  if (first.state.kind !== 'live') return first
  const { state, effects } = then(first.state)
  return { state, effects: [...first.effects, ...effects] }
}

function greeted(state: In<'connecting'>, event: On<'hello'>, { now }: Moment): Step {
  const { ladder, away, failures, comeBackMs } = state
  const connected: Connected = { ladder, server: serverOf(event), heardAt: now, probe: null, comeBackMs }
  return to({ kind: 'resuming', away, failures, ...connected }, 'resume')
}

function synced({ ladder, server, heardAt, probe, comeBackMs }: Joined, _: Event, moment: Moment): Step {
  const climb = rest(ladder.at, 0, moment)
  const connected: Connected = { ladder: arrivedAt(ladder, ladder.at), server, heardAt, probe, comeBackMs }
  return to({ kind: 'live', climb, since: moment.now, ...connected }, 'remember')
}

const ignored = {
  hello: stay,
  resumed: stay,
  synced: stay,
  heard: stay,
  saving: stay,
  later: stay,
  lost: stay,
  above: stay,
} as const

const joined = {
  start: stay,
  wake,
  offline: cutOff,
  hello: helloAgain,
  heard,
  saving,
  later,
  lost,
  refused: stop,
  tick: heartbeat,
  close,
  above: stay,
} as const

const transitions: Table = {
  idle: { ...ignored, start, wake: stay, offline: stay, refused: stay, tick: stay, close: closeQuietly },
  connecting: {
    start: stay,
    wake: (state, _, { now }) =>
      now - state.since > STALE_ATTEMPT_MS
        ? connect({ ...state, ladder: stumbled(state.ladder) }, now, 'drop', 'open')
        : stay(state),
    offline: (state) => stay({ ...state, away: { ...state.away, long: true } }),
    hello: greeted,
    resumed: stay,
    synced: stay,
    heard: stay,
    saving: stay,
    later,
    lost,
    refused: stop,
    tick: (state, { late }, moment) => {
      const current = overdue(state, moment.now)
      if (moment.now < state.until) return stay(current)
      return late ? connect(current, moment.now, 'drop', 'open') : unanswered(current, moment)
    },
    close,
    above: stay,
  },
  resuming: {
    ...joined,
    resumed: (state) => to({ ...state, kind: 'catchingUp' }, 'push'),
    synced: stay,
  },
  catchingUp: { ...joined, resumed: stay, synced },
  live: {
    ...joined,
    resumed: stay,
    synced: stay,
    wake: (state, event, moment) => both(climbWake(state, moment), (live) => wake(live, event, moment)),
    tick: (state, event, moment) => both(climbTick(state, moment), (live) => heartbeat(live, event, moment)),
    above: (state, { event }, moment) => climbStep(state, event, moment),
  },
  waiting: {
    ...ignored,
    start: stay,
    // Another network, perhaps: what failed before says nothing of it.
    wake: (state, _, { now }) => connect({ ...state, ladder: restarted(state.ladder) }, now, 'open'),
    offline: (state) => stay({ ...state, away: { ...state.away, long: true } }),
    refused: stay,
    tick: (state, _, moment) => {
      const current = overdue(state, moment.now)
      return moment.now < state.until ? stay(current) : connect(current, moment.now, 'open')
    },
    close: closeQuietly,
  },
  stopped: { ...ignored, start, wake: stay, offline: stay, refused: stay, tick: stay, close: closeQuietly },
  closed: { ...ignored, start: stay, wake: stay, offline: stay, refused: stay, tick: stay, close: stay },
}

type Transition = (state: never, event: never, moment: Moment) => Step

export function step(state: State, event: Event, moment: Moment): Step {
  const transition: Transition = transitions[state.kind][event.kind]
  // The table pairs each cell with the state and event it is for; TypeScript cannot follow two keys at once.
  return transition(state as never, event as never, moment)
}

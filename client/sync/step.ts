/**
 * What each event does in each state: one pure function over one table, which does not compile with a cell missing.
 * Rules S1 and up in docs/protocol.md.
 */
import { comeBackDelayMs, retryDelayMs } from './backoff.ts'
import type { Connected, Effect, Event, Moment, Server, State, Step } from './state.ts'
import { OFFLINE_AFTER_MS } from './state.ts'

type In<K extends State['kind']> = Extract<State, { kind: K }>
type On<K extends Event['kind']> = Extract<Event, { kind: K }>
type Table = {
  readonly [S in State['kind']]: {
    readonly [E in Event['kind']]: (state: In<S>, event: On<E>, moment: Moment) => Step
  }
}
type Joined = In<'resuming'> | In<'catchingUp'> | In<'live'>

/** No hello within this: the attempt is given up. */
const HANDSHAKE_MS = 10_000
/** On waking up, an attempt older than this is not waited for. */
const STALE_ATTEMPT_MS = 2_000
/** A ping must be answered within this. */
const PONG_MS = 3_000
/** A slow line may need longer than PONG_MS for one large frame while catching up: each failure doubles it, up to this. */
const MAX_PONG_MS = 120_000
/** After the browser said that there is no network, the next attempt is not made at once. */
const OFFLINE_PAUSE_MS = 1_000

const stay = (state: State): Step => ({ state, effects: [] })
const to = (state: State, ...effects: Effect[]): Step => ({ state, effects })
const stop = (_: State, { code, reason }: On<'refused'>): Step =>
  to({ kind: 'stopped', code, reason }, 'drop')
const closeQuietly = (): Step => to({ kind: 'closed' })
const close = (): Step => to({ kind: 'closed' }, 'drop')

function start(_: State, __: Event, { now }: Moment): Step {
  const away = { since: now, long: false, opening: true }
  return to({ kind: 'connecting', away, failures: 0, until: now + HANDSHAKE_MS, comeBackMs: null }, 'open')
}

/** At most one attempt at a time: whoever opens has dropped what was there before. */
function retry(
  { away, failures }: In<'waiting'> | In<'connecting'>,
  { now }: Moment,
  ...before: Effect[]
): Step {
  const until = now + HANDSHAKE_MS
  return to({ kind: 'connecting', away, failures, until, comeBackMs: null }, ...before, 'open')
}

function lose(state: In<'connecting'> | Joined, { now, fraction }: Moment): Step {
  const failures = state.kind === 'live' ? 0 : state.failures
  const away = state.kind === 'live' ? { since: now, long: false, opening: false } : state.away
  const delayMs =
    state.comeBackMs === null
      ? retryDelayMs(failures, fraction)
      : comeBackDelayMs(state.comeBackMs, failures, fraction)
  return to({ kind: 'waiting', away, failures: failures + 1, until: now + delayMs }, 'drop')
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
  stay({ ...state, comeBackMs: afterMs })

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
  // A late timer proves that this device slept, not that the server is gone: it gets a full time to answer.
  if (late) return probe(state, now, true)
  if (state.probe !== null) return now >= state.probe.by ? lose(state, moment) : stay(state)
  return now >= state.heardAt + 2 * state.server.heartbeatMs ? probe(state, now, true) : stay(state)
}

function serverOf({ role, document, saving, heartbeatMs }: Server): Server {
  return { role, document, saving, heartbeatMs }
}

function greeted(state: In<'connecting'>, event: On<'hello'>, { now }: Moment): Step {
  const { away, failures, comeBackMs } = state
  const connected: Connected = { server: serverOf(event), heardAt: now, probe: null, comeBackMs }
  return to({ kind: 'resuming', away, failures, ...connected }, 'resume')
}

function synced({ server, heardAt, probe, comeBackMs }: Joined): Step {
  return to({ kind: 'live', server, heardAt, probe, comeBackMs })
}

const ignored = {
  hello: stay,
  resumed: stay,
  synced: stay,
  heard: stay,
  saving: stay,
  later: stay,
  lost: stay,
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
} as const

const transitions: Table = {
  idle: { ...ignored, start, wake: stay, offline: stay, refused: stay, tick: stay, close: closeQuietly },
  connecting: {
    start: stay,
    wake: (state, _, moment) =>
      moment.now - (state.until - HANDSHAKE_MS) > STALE_ATTEMPT_MS
        ? retry(state, moment, 'drop')
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
      return late ? retry(current, moment, 'drop') : lose(current, moment)
    },
    close,
  },
  resuming: {
    ...joined,
    resumed: (state) => to({ ...state, kind: 'catchingUp' }, 'push'),
    synced: stay,
  },
  catchingUp: { ...joined, resumed: stay, synced },
  live: { ...joined, resumed: stay, synced: stay },
  waiting: {
    ...ignored,
    start: stay,
    wake: (state, _, moment) => retry(state, moment),
    offline: (state) => stay({ ...state, away: { ...state.away, long: true } }),
    refused: stay,
    tick: (state, _, moment) => {
      const current = overdue(state, moment.now)
      return moment.now < state.until ? stay(current) : retry(current, moment)
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

/**
 * The way up: while a session is live below the top, a better rung is tried beside it with growing pauses. The session
 * changes over only once the new channel has brought everything; until then nothing of it counts but what it delivers.
 * One pure table, like step.ts, which alone calls it.
 */
import { arrivedAt } from './ladder.ts'
import {
  type Above,
  type Climb,
  type Climbing,
  type Effect,
  type Live,
  type Moment,
  type Step,
  serverOf,
} from './state.ts'

/** Nothing for so long: this rung does not carry today. Nobody waits for it, so it is given more than at the start. */
const PATIENCE_MS = 10_000
const REST_MS = 5_000
const MAX_REST_MS = 120_000
/** On waking up a rung is tried at once, unless it was a moment ago. */
const FRESH_MS = 5_000

type Phase<K extends Climb['kind']> = Extract<Climb, { kind: K }>
type On<K extends Above['kind']> = Extract<Above, { kind: K }>
type Table = {
  readonly [P in Climb['kind']]: {
    readonly [E in Above['kind']]: (live: Live, climb: Phase<P>, event: On<E>, moment: Moment) => Step
  }
}

/** Between two tries: `fraction` in [0, 1). At the top there is nothing to try. */
export function rest(at: number, tries: number, { now, fraction }: Moment): Climb {
  if (at === 0) return { kind: 'top' }
  const ms = Math.min(MAX_REST_MS, REST_MS * 2 ** Math.min(tries, 10))
  return { kind: 'resting', tries, since: now, until: now + ms * (0.5 + 0.5 * fraction) }
}

/** What is due. */
export function climbTick(live: Live, moment: Moment): Step {
  const { climb } = live
  if (climb.kind === 'top' || moment.now < climb.until) return to(live)
  return climb.kind === 'resting' ? begin(live, climb.tries, moment) : giveUp(live, climb, moment)
}

/** The network came back, or somebody looks again: a good moment. */
export function climbWake(live: Live, moment: Moment): Step {
  const { climb } = live
  if (climb.kind !== 'resting' || moment.now < climb.since + FRESH_MS) return to(live)
  return begin(live, 0, moment)
}

/** Something happened on the channel above. */
export function climbStep(live: Live, event: Above, moment: Moment): Step {
  const transition: (live: Live, climb: never, event: never, moment: Moment) => Step =
    table[live.climb.kind][event.kind]
  // The table pairs each cell with the phase and event it is for; TypeScript cannot follow two keys at once.
  return transition(live, live.climb as never, event as never, moment)
}

const to = (state: Live, ...effects: Effect[]): Step => ({ state, effects })
const stay = (live: Live): Step => to(live)

/** The top, and every other time the rung right above: it may be all that this network allows. */
function begin(live: Live, tries: number, { now }: Moment): Step {
  const rung = tries % live.ladder.at
  const climb: Climb = { kind: 'reaching', tries, rung, until: now + PATIENCE_MS, server: null }
  return to({ ...live, climb }, 'openAbove')
}

function giveUp(live: Live, { tries }: Climbing, moment: Moment): Step {
  return to({ ...live, climb: rest(live.ladder.at, tries + 1, moment) }, 'dropAbove')
}

/** The server is there, and asks for quiet. */
function later(live: Live, { tries }: Climbing, { afterMs }: On<'later'>, moment: Moment): Step {
  const climb = rest(live.ladder.at, tries + 1, moment)
  if (climb.kind !== 'resting') return to({ ...live, climb }, 'dropAbove')
  const until = Math.max(climb.until, moment.now + Math.min(afterMs, MAX_REST_MS))
  return to({ ...live, climb: { ...climb, until } }, 'dropAbove')
}

function greeted(live: Live, climb: Climbing, event: On<'hello'>, { now }: Moment): Step {
  const next: Climb = { ...climb, kind: 'following', until: now + PATIENCE_MS, server: serverOf(event) }
  return to({ ...live, climb: next }, 'resumeAbove')
}

const again = (live: Live, climb: Phase<'following'>, event: On<'hello'>): Step =>
  to({ ...live, climb: { ...climb, server: serverOf(event) } })

const saving = (live: Live, climb: Phase<'following'>, event: On<'saving'>): Step =>
  to({ ...live, climb: { ...climb, server: { ...climb.server, saving: event.saving } } })

/** It brings something: it may take its time. */
const heard = <C extends Phase<'reaching' | 'following'>>(
  live: Live,
  climb: C,
  _: Above,
  { now }: Moment,
): Step => to({ ...live, climb: { ...climb, until: now + PATIENCE_MS } })

/** Everything has come over it: from here on it is the session's channel, and the outbox goes over it once more. */
function changeOver(live: Live, { rung, server }: Phase<'following'>, _: Above, moment: Moment): Step {
  return to(
    {
      kind: 'live',
      ladder: arrivedAt(live.ladder, rung),
      climb: rest(rung, 0, moment),
      since: moment.now,
      server,
      heardAt: moment.now,
      probe: null,
      comeBackMs: null,
    },
    'change',
    'remember',
  )
}

const lost = (live: Live, climb: Climbing, _: Above, moment: Moment): Step => giveUp(live, climb, moment)

const nothing = {
  hello: stay,
  resumed: stay,
  synced: stay,
  heard: stay,
  saving: stay,
  later: stay,
  lost: stay,
  refused: stay,
} as const

const table: Table = {
  top: nothing,
  resting: nothing,
  reaching: {
    ...nothing,
    hello: greeted,
    heard,
    later,
    lost,
    // Whatever is final will be said on the session's own channel, too.
    refused: lost,
  },
  following: {
    hello: again,
    resumed: stay,
    synced: changeOver,
    heard,
    saving,
    later,
    lost,
    refused: lost,
  },
}

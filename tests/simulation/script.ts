/** What happens in one run, made from its seed: plain values, so that a failure can be read and repeated. */
import { SeededChance } from './chance.ts'
import { OPEN, type Road, roadOf } from './road.ts'

export type Operation = { readonly atMs: number } & (
  | { readonly do: 'edit'; readonly who: number; readonly times: number }
  | {
      readonly do: 'cut' | 'silence' | 'offline' | 'online' | 'wake' | 'reload' | 'replay'
      readonly who: number
    }
  | { readonly do: 'crash' | 'restart'; readonly downMs: number }
  /** Another process writes into the same log. */
  | { readonly do: 'append' }
  | { readonly do: 'full'; readonly forMs: number }
  | { readonly do: 'unreadable'; readonly forMs: number }
  /** Somebody's way to the server becomes another one. */
  | { readonly do: 'road'; readonly who: number; readonly road: Road }
  | { readonly do: 'look'; readonly who: number; readonly isShown: boolean }
)

export interface Script {
  readonly seed: number
  readonly vellum: number
  readonly tabs: number
  /** How long things go wrong. */
  readonly faultMs: number
  readonly line: { readonly latencyMs: number; readonly jitterMs: number; readonly bytesPerMs: number }
  readonly queueBytes: number
  /** Milliseconds a commit takes at most; now and then ten times that. */
  readonly commitMs: number
  /** How likely a commit draws a crash into it. */
  readonly crashInCommit: number
  /** Whether Vellum's people have more than a WebSocket to reach the server by. */
  readonly hasLadder: boolean
  /** The way to the server of each of Vellum's people, at the beginning. */
  readonly roads: readonly Road[]
  readonly operations: readonly Operation[]
}

/** `hasLadder`: by chance where it is not said. Everything else is the same with and without. */
export function scriptOf(seed: number, hasLadder = new SeededChance(seed + 7_000_001).is(0.5)): Script {
  const chance = new SeededChance(seed)
  const vellum = 1 + chance.below(4)
  const tabs = chance.is(0.6) ? 1 + chance.below(3) : 0
  const people = vellum + tabs
  const faultMs = chance.pick([5_000, 15_000, 40_000])
  const faults = chance.pick([0.3, 1, 2])
  const operations: Operation[] = []
  const edits = chance.pick([10, 40, 100]) + chance.below(20)
  for (let i = 0; i < edits; i++) {
    const atMs = chance.between(0, faultMs)
    operations.push({
      atMs,
      do: 'edit',
      who: chance.below(people),
      times: chance.is(0.06) ? 1 + chance.below(30) : 1,
    })
  }
  const many = (perRun: number): number => Math.floor(chance.fraction() * 2 * perRun * faults + 0.5)
  const at = (): number => chance.between(0, faultMs)
  const who = (): number => chance.below(people)
  const add = (perRun: number, make: () => Operation): void => {
    for (let i = many(perRun); i > 0; i--) operations.push(make())
  }
  add(3, () => ({ atMs: at(), do: 'cut', who: who() }))
  add(1, () => ({ atMs: at(), do: 'silence', who: who() }))
  add(0.5, () => ({ atMs: at(), do: 'reload', who: who() }))
  add(1, () => ({ atMs: at(), do: 'wake', who: who() }))
  add(0.7, () => ({ atMs: at(), do: 'replay', who: who() }))
  add(1.5, () => ({ atMs: at(), do: 'crash', downMs: chance.between(10, 3_000) }))
  add(0.4, () => ({ atMs: at(), do: 'restart', downMs: chance.between(10, 1_000) }))
  add(0.5, () => ({ atMs: at(), do: 'full', forMs: chance.between(10, 6_000) }))
  add(0.3, () => ({ atMs: at(), do: 'unreadable', forMs: chance.between(10, 2_000) }))
  add(0.7, () => ({ atMs: at(), do: 'append' }))
  for (let i = many(1); i > 0; i--) {
    const person = who()
    const atMs = at()
    operations.push({ atMs, do: 'offline', who: person })
    operations.push({ atMs: atMs + chance.between(100, 8_000), do: 'online', who: person })
  }
  if (tabs > 1 && chance.is(0.6)) operations.push(...cutOffTab(chance, vellum, faultMs))
  const roads = new SeededChance(seed + 9_000_011)
  if (hasLadder) operations.push(...journeys(roads, vellum, faultMs))
  return {
    seed,
    vellum,
    tabs,
    hasLadder,
    roads: Array.from({ length: vellum }, (_, person) => (hasLadder && person > 0 ? roadOf(roads) : OPEN)),
    faultMs,
    line: {
      latencyMs: chance.pick([0.2, 5, 40, 400]),
      jitterMs: chance.pick([0, 5, 100]),
      bytesPerMs: chance.is(0.25) ? chance.pick([2, 10]) : Number.POSITIVE_INFINITY,
    },
    queueBytes: chance.pick([400, 4_000, 1 << 20]),
    commitMs: chance.pick([1, 4, 40]),
    crashInCommit: chance.pick([0, 0.01, 0.05]),
    operations: operations.sort((a, b) => a.atMs - b.atMs),
  }
}

/** Towards the end one tab has no network, writes on and is closed; only another tab of that browser knows its text. */
function cutOffTab(chance: SeededChance, firstTab: number, faultMs: number): Operation[] {
  const beganMs = faultMs - 2_000
  const operations: Operation[] = [{ atMs: beganMs, do: 'offline', who: firstTab }]
  for (let i = 0; i < 12; i++) {
    const who = firstTab + (i % 2)
    operations.push({ atMs: beganMs + 100 * (i + 1) + chance.fraction(), do: 'edit', who, times: 1 })
  }
  operations.push({ atMs: faultMs, do: 'reload', who: firstTab })
  operations.push({ atMs: faultMs + 1, do: 'online', who: firstTab })
  return operations
}

/** People go from one network to another, and look away, all the time. */
function journeys(chance: SeededChance, vellum: number, faultMs: number): Operation[] {
  const operations: Operation[] = []
  const changes = 2 + chance.below(vellum * chance.pick([2, 6]))
  for (let i = 0; i < changes; i++) {
    const atMs = chance.between(0, faultMs)
    operations.push({ atMs, do: 'road', who: chance.below(vellum), road: roadOf(chance) })
  }
  for (let i = chance.below(4); i > 0; i--) {
    const who = chance.below(vellum)
    const atMs = chance.between(0, faultMs)
    operations.push({ atMs, do: 'look', who, isShown: false })
    operations.push({ atMs: atMs + chance.between(100, 30_000), do: 'look', who, isShown: true })
  }
  return operations
}

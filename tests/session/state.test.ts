import { describe, expect, test } from 'vitest'
import { ladderFrom } from '#client/sync/ladder.ts'
import type { Effect, Event, State } from '#client/sync/state.ts'
import { deadline } from '#client/sync/state.ts'
import { step } from '#client/sync/step.ts'

const ladder = ladderFrom(['websocket', 'event-stream', 'long-poll'], 0)
const server = { role: 'writer', document: 'page', saving: true, heartbeatMs: 5_000 } as const
const away = { since: 0, long: false, opening: true }
const connected = { ladder, server, heardAt: 1_000, probe: null, comeBackMs: null }
const NOW = 1_000

const states: { readonly [K in State['kind']]: Extract<State, { kind: K }> } = {
  idle: { kind: 'idle' },
  connecting: { kind: 'connecting', ladder, away, failures: 2, since: 1_000, until: 4_000, comeBackMs: null },
  resuming: { kind: 'resuming', away, failures: 2, ...connected },
  catchingUp: { kind: 'catchingUp', away, failures: 2, ...connected },
  live: { kind: 'live', ...connected, climb: { kind: 'top' }, since: 1_000 },
  waiting: { kind: 'waiting', ladder, away, failures: 2, until: 1_000 },
  stopped: { kind: 'stopped', code: 4403, reason: 'no' },
  closed: { kind: 'closed' },
}

const events: { readonly [K in Event['kind']]: Extract<Event, { kind: K }> } = {
  start: { kind: 'start', rungs: ladder.rungs, first: 0 },
  wake: { kind: 'wake' },
  offline: { kind: 'offline' },
  hello: { kind: 'hello', ...server },
  resumed: { kind: 'resumed' },
  synced: { kind: 'synced' },
  heard: { kind: 'heard' },
  saving: { kind: 'saving', saving: false },
  later: { kind: 'later', afterMs: 100 },
  lost: { kind: 'lost' },
  refused: { kind: 'refused', code: 4400, reason: 'bad' },
  tick: { kind: 'tick', late: false },
  close: { kind: 'close' },
  above: { kind: 'above', event: { kind: 'synced' } },
}

type Outcome = readonly [State['kind'], ...Effect[]]

/** What follows in each state from each event. A missing cell does not compile. */
const table: { readonly [S in State['kind']]: { readonly [E in Event['kind']]: Outcome } } = {
  idle: {
    start: ['connecting', 'open'],
    wake: ['idle'],
    offline: ['idle'],
    hello: ['idle'],
    resumed: ['idle'],
    synced: ['idle'],
    heard: ['idle'],
    saving: ['idle'],
    later: ['idle'],
    lost: ['idle'],
    refused: ['idle'],
    tick: ['idle'],
    close: ['closed'],
    above: ['idle'],
  },
  connecting: {
    start: ['connecting'],
    wake: ['connecting'],
    offline: ['connecting'],
    hello: ['resuming', 'resume'],
    resumed: ['connecting'],
    synced: ['connecting'],
    heard: ['connecting'],
    saving: ['connecting'],
    later: ['connecting'],
    lost: ['waiting', 'drop'],
    refused: ['stopped', 'drop'],
    tick: ['connecting'],
    close: ['closed', 'drop'],
    above: ['connecting'],
  },
  resuming: {
    start: ['resuming'],
    wake: ['resuming', 'ping'],
    offline: ['waiting', 'drop'],
    hello: ['resuming'],
    resumed: ['catchingUp', 'push'],
    synced: ['resuming'],
    heard: ['resuming'],
    saving: ['resuming'],
    later: ['resuming'],
    lost: ['waiting', 'drop'],
    refused: ['stopped', 'drop'],
    tick: ['resuming'],
    close: ['closed', 'drop'],
    above: ['resuming'],
  },
  catchingUp: {
    start: ['catchingUp'],
    wake: ['catchingUp', 'ping'],
    offline: ['waiting', 'drop'],
    hello: ['catchingUp'],
    resumed: ['catchingUp'],
    synced: ['live', 'remember'],
    heard: ['catchingUp'],
    saving: ['catchingUp'],
    later: ['catchingUp'],
    lost: ['waiting', 'drop'],
    refused: ['stopped', 'drop'],
    tick: ['catchingUp'],
    close: ['closed', 'drop'],
    above: ['catchingUp'],
  },
  live: {
    start: ['live'],
    wake: ['live', 'ping'],
    offline: ['waiting', 'drop'],
    hello: ['live'],
    resumed: ['live'],
    synced: ['live'],
    heard: ['live'],
    saving: ['live'],
    later: ['live'],
    lost: ['waiting', 'drop'],
    refused: ['stopped', 'drop'],
    tick: ['live'],
    close: ['closed', 'drop'],
    above: ['live'],
  },
  waiting: {
    start: ['waiting'],
    wake: ['connecting', 'open'],
    offline: ['waiting'],
    hello: ['waiting'],
    resumed: ['waiting'],
    synced: ['waiting'],
    heard: ['waiting'],
    saving: ['waiting'],
    later: ['waiting'],
    lost: ['waiting'],
    refused: ['waiting'],
    tick: ['connecting', 'open'],
    close: ['closed'],
    above: ['waiting'],
  },
  stopped: {
    start: ['connecting', 'open'],
    wake: ['stopped'],
    offline: ['stopped'],
    hello: ['stopped'],
    resumed: ['stopped'],
    synced: ['stopped'],
    heard: ['stopped'],
    saving: ['stopped'],
    later: ['stopped'],
    lost: ['stopped'],
    refused: ['stopped'],
    tick: ['stopped'],
    close: ['closed'],
    above: ['stopped'],
  },
  closed: {
    start: ['closed'],
    wake: ['closed'],
    offline: ['closed'],
    hello: ['closed'],
    resumed: ['closed'],
    synced: ['closed'],
    heard: ['closed'],
    saving: ['closed'],
    later: ['closed'],
    lost: ['closed'],
    refused: ['closed'],
    tick: ['closed'],
    close: ['closed'],
    above: ['closed'],
  },
}

const kindsOfState = Object.keys(states) as State['kind'][]
const kindsOfEvent = Object.keys(events) as Event['kind'][]
const isConnected = (kind: State['kind']): boolean =>
  kind === 'connecting' || kind === 'resuming' || kind === 'catchingUp' || kind === 'live'

describe('S1 every event has one outcome in every state', () => {
  for (const state of kindsOfState)
    test(`S1 ${state}`, () => {
      for (const event of kindsOfEvent) {
        const outcome = step(states[state], events[event], { now: NOW, fraction: 0.5 })
        expect([outcome.state.kind, ...outcome.effects], `${state} × ${event}`).toEqual(table[state][event])
      }
    })
})

test('S2 there is never more than one channel: it is opened where there was none, or after a drop', () => {
  for (const state of kindsOfState)
    for (const event of kindsOfEvent)
      for (const now of [NOW, 4_500, 20_000]) {
        const { state: next, effects } = step(states[state], events[event], { now, fraction: 0.5 })
        let channels = isConnected(state) ? 1 : 0
        for (const effect of effects) {
          if (effect === 'open') channels += 1
          if (effect === 'drop') channels -= 1
          expect(channels, `${state} × ${event} at ${now}`).toBeLessThanOrEqual(1)
          expect(channels, `${state} × ${event} at ${now}`).toBeGreaterThanOrEqual(0)
        }
        expect(channels, `${state} × ${event} at ${now}`).toBe(isConnected(next.kind) ? 1 : 0)
      }
})

test('S3 a lost channel is tried again after a random part of a time that doubles up to 20 s', () => {
  const delays = [0, 1, 2, 3, 6, 7, 30].map((failures) => {
    const { state } = step({ ...states.connecting, failures }, events.lost, { now: NOW, fraction: 0.5 })
    return state.kind === 'waiting' ? state.until - NOW : null
  })
  expect(delays).toEqual([125, 250, 500, 1_000, 8_000, 10_000, 10_000])
  const { state } = step(states.connecting, events.lost, { now: NOW, fraction: 0 })
  expect(deadline(state)).toBe(NOW)
})

test('S4 failures are forgotten when a session is synced, not when a channel opens', () => {
  const moment = { now: NOW, fraction: 0.5 }
  const failures = (state: State): number | null => (state.kind === 'waiting' ? state.failures : null)
  expect(failures(step(states.catchingUp, events.lost, moment).state)).toBe(3)
  const live = step(states.catchingUp, events.synced, moment).state
  expect(failures(step(live, events.lost, moment).state)).toBe(1)
})

test('S5 a server that says "later" is left alone for at least that long', () => {
  for (const from of [states.connecting, states.resuming, states.catchingUp, states.live]) {
    const told = step(from, { kind: 'later', afterMs: 7_000 }, { now: NOW, fraction: 0 }).state
    const { state } = step(told, events.lost, { now: NOW, fraction: 0 })
    expect(state.kind === 'waiting' && state.until).toBe(NOW + 7_000)
  }
})

test('S6 silence for two heartbeats is answered with a ping, and three seconds of silence more with a new channel', () => {
  expect(deadline(states.live)).toBe(11_000)
  const pinged = step(states.live, events.tick, { now: 11_000, fraction: 0 })
  expect(pinged.effects).toEqual(['ping'])
  expect(deadline(pinged.state)).toBe(14_000)
  expect(step(pinged.state, events.tick, { now: 14_000, fraction: 0 }).state.kind).toBe('waiting')
  const answered = step(pinged.state, events.heard, { now: 13_000, fraction: 0 }).state
  expect(deadline(answered)).toBe(23_000)
})

test('S6 while catching up, each failure doubles the patience, so that a large frame gets through a slow line', () => {
  const patience = (failures: number): number => {
    const { state } = step({ ...states.catchingUp, failures }, events.tick, { now: 11_000, fraction: 0 })
    return (deadline(state) ?? 0) - 11_000
  }
  expect([0, 1, 2, 3].map(patience)).toEqual([3_000, 6_000, 12_000, 24_000])
  expect(patience(20)).toBe(120_000)
})

test('S7 a late timer pings before it declares anything dead, even where an answer is overdue', () => {
  const late: Event = { kind: 'tick', late: true }
  const probed: State = { ...states.live, probe: { by: 2_000, shown: true } }
  for (const state of [states.live, probed]) {
    const outcome = step(state, late, { now: 3_600_000, fraction: 0 })
    expect(outcome).toMatchObject({ state: { kind: 'live', probe: { by: 3_603_000 } }, effects: ['ping'] })
  }
  expect(step(states.connecting, late, { now: 3_600_000, fraction: 0 }).effects).toEqual(['drop', 'open'])
})

test('S8 on waking up a stale attempt is given up for a new one, a fresh one is waited for', () => {
  expect(step(states.connecting, events.wake, { now: 2_500, fraction: 0 }).effects).toEqual([])
  expect(step(states.connecting, events.wake, { now: 3_500, fraction: 0 }).effects).toEqual(['drop', 'open'])
})

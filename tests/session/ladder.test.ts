/** Which carrier is tried when, and how a session changes from one to a better one: in virtual time, frame by frame. */
import { describe, expect, test } from 'vitest'
import type { CarrierName, Memory } from '#client/carriers/port.ts'
import { seq } from '#shared/id.ts'
import { EMPTY, EPOCH, HASH, LADDER, type Line, Stage, writtenElsewhere } from './stage.ts'

const names = (stage: Stage): CarrierName[] => stage.lines.map(({ name }) => name)

/** A memory of a page's own. */
function memory(kept: CarrierName | null = null): Memory & { kept: CarrierName | null } {
  return {
    kept,
    recall() {
      return this.kept
    },
    keep(name) {
      this.kept = name
    },
  }
}

/** Live on a lower rung that was remembered. */
function liveOn(name: CarrierName): Stage {
  const stage = new Stage({ rungs: LADDER, memory: memory(name) })
  stage.start()
  expect(stage.session.status).toMatchObject({ kind: 'live', carrier: name })
  return stage
}

/** Lets time pass until the session has opened another channel. */
async function nextLine(stage: Stage, withinMs = 130_000): Promise<Line> {
  const before = stage.lines.length
  for (let ms = 0; ms < withinMs && stage.lines.length === before; ms += 100) {
    await stage.clock.pass(100)
    // Heartbeats of what is open already.
    for (const line of stage.lines.slice(0, before)) line.say({ type: 'ping', nonce: 1 })
  }
  if (stage.lines.length === before) throw new Error('no other channel was opened')
  return stage.line
}

describe('S60 down the ladder', () => {
  test('S60 a WebSocket without a hello within 3 s gives way to an event stream, and that after 5 s to long-polls', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.session.start()
    await stage.clock.pass(2_999)
    expect(names(stage)).toEqual(['websocket'])
    await stage.clock.pass(1)
    expect(names(stage)).toEqual(['websocket', 'event-stream'])
    await stage.clock.pass(4_999)
    expect(stage.lines).toHaveLength(2)
    await stage.clock.pass(1)
    expect(names(stage)).toEqual(LADDER)
    expect(stage.open).toBe(1)
    stage.welcome()
    expect(stage.session.status).toMatchObject({ kind: 'live', carrier: 'long-poll' })
  })

  test('S60 on the way down for the first time a document is opening, and nothing was lost', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.session.start()
    await stage.clock.pass(3_000)
    expect(stage.line.name).toBe('event-stream')
    stage.line.cut()
    await stage.clock.pass(1_000)
    expect(stage.line.name).toBe('long-poll')
    stage.welcome()
    expect(stage.statuses).toEqual(['live'])
  })

  test('S60 one that is closed before its hello twice gives way too, and once is not enough', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.session.start()
    stage.line.cut()
    expect((await nextLine(stage)).name).toBe('websocket')
    stage.line.cut()
    expect((await nextLine(stage)).name).toBe('event-stream')
    stage.line.cut()
    expect((await nextLine(stage)).name).toBe('long-poll')
  })

  test('S60 a stream that was opened but brought no hello has shown nothing, however many bytes came', async () => {
    using stage = new Stage({ rungs: LADDER, memory: memory('event-stream') })
    stage.session.start()
    for (let i = 0; i < 4; i++) {
      await stage.clock.pass(1_000)
      stage.line.heard()
    }
    await stage.clock.pass(1_000)
    expect(names(stage)).toEqual(['event-stream', 'websocket'])
  })

  test('S60 a channel that was live and is cut says nothing against its rung, however often', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.start()
    for (let i = 0; i < 5; i++) {
      await stage.clock.pass(200)
      stage.line.cut()
      expect((await nextLine(stage)).name).toBe('websocket')
      stage.welcome()
    }
  })

  test('S60 one that falls silent soon after its hello, twice, does', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.start()
    for (const next of ['websocket', 'event-stream']) {
      const { length } = stage.lines
      for (let ms = 0; ms < 20_000 && stage.lines.length === length; ms += 100) await stage.clock.pass(100)
      expect(stage.line.name).toBe(next)
      stage.welcome()
    }
  })

  test('S61 where no rung brings a hello there is no network: offline, one attempt at a time, and a new round begins where the first did', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.session.start()
    while (stage.lines.length < 9) {
      stage.line.cut()
      await nextLine(stage)
      expect(stage.open).toBe(1)
    }
    const round = ['websocket', 'websocket', 'event-stream', 'long-poll']
    expect(names(stage)).toEqual([...round, ...round, 'websocket'])
    expect(stage.statuses).toContain('offline')
    stage.welcome()
    expect(stage.session.status.kind).toBe('live')
  })

  test('S61 each round waits longer for a hello, so that a slow network is not taken for a blocked one', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.session.start()
    while (stage.lines.length < 4) await stage.clock.pass(100)
    expect(stage.line.name).toBe('websocket')
    await stage.clock.pass(5_900)
    expect(stage.lines).toHaveLength(4)
    await stage.clock.pass(200)
    expect(stage.line.name).toBe('event-stream')
  })

  test('S61 a network that comes back is tried from the rung that worked last', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.start()
    stage.session.offline()
    for (let i = 0; i < 3; i++) (await nextLine(stage)).cut()
    expect(stage.line.name).not.toBe('websocket')
    stage.session.wake()
    expect(stage.line.name).toBe('websocket')
    expect(stage.open).toBe(1)
  })

  test('S61 a server that says when to come back speaks for the rung', async () => {
    using stage = new Stage({ rungs: LADDER, memory: memory('long-poll') })
    stage.session.start()
    for (let i = 0; i < 3; i++) {
      stage.line.cut(4503, 'overloaded', 3_000)
      const { length } = stage.lines
      await stage.clock.pass(2_999)
      expect(stage.lines).toHaveLength(length)
      await nextLine(stage)
    }
    expect(names(stage)).toEqual(['long-poll', 'long-poll', 'long-poll', 'long-poll'])
  })

  test('S61 also where it names no time, and a time that was named stands', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.session.start()
    for (let i = 0; i < 3; i++) {
      stage.line.cut(4503)
      await nextLine(stage)
    }
    expect(names(stage)).toEqual(['websocket', 'websocket', 'websocket', 'websocket'])
    stage.welcome()
    stage.line.say({ type: 'later', code: 4503, afterMs: 4_000 })
    stage.line.cut(4503)
    await stage.clock.pass(3_999)
    expect(stage.lines).toHaveLength(4)
  })

  test('S62 what worked last is tried first, and what works is kept', () => {
    const kept = memory('event-stream')
    using stage = new Stage({ rungs: LADDER, memory: kept })
    stage.session.start()
    expect(names(stage)).toEqual(['event-stream'])
    kept.kept = null
    stage.greet()
    expect(kept.kept).toBeNull()
    stage.line.say({ type: 'resumed', seq: seq(0) }, { type: 'step2', update: EMPTY })
    expect(kept.kept).toBe('event-stream')
    using other = new Stage({ rungs: LADDER, memory: memory('carrier pigeon' as CarrierName) })
    other.session.start()
    expect(names(other)).toEqual(['websocket'])
  })

  test('S62 a remembered rung that fails gives way to the top', async () => {
    using stage = new Stage({ rungs: LADDER, memory: memory('long-poll') })
    stage.session.start()
    while (stage.lines.length < 4) {
      stage.line.cut()
      await nextLine(stage)
    }
    expect(names(stage)).toEqual(['long-poll', 'websocket', 'websocket', 'event-stream'])
    expect(stage.lines.map(({ join }) => join.after)).toEqual([null, 'long-poll', null, 'websocket'])
  })
})

describe('S63 up the ladder', () => {
  test('S63 a lower rung is left for a better one that has caught up, and not before', async () => {
    using stage = liveOn('long-poll')
    const poll = stage.line
    stage.entries(1, 2, [writtenElsewhere(7, 'a')])
    const socket = await nextLine(stage)
    expect(socket.name).toBe('websocket')
    expect(socket.join.after).toBe('long-poll')
    stage.greet({ head: seq(2) })
    expect(socket.of('resume')).toMatchObject([{ epoch: EPOCH, seq: 2, hash: HASH }])
    socket.say({ type: 'resumed', seq: seq(2) })
    expect(stage.session.status).toMatchObject({ kind: 'live', carrier: 'long-poll' })
    expect(poll.open).toBe(true)
    socket.say({ type: 'step2', update: EMPTY })
    expect(poll.open).toBe(false)
    expect(stage.open).toBe(1)
    expect(stage.session.status).toMatchObject({ kind: 'live', carrier: 'websocket' })
    expect(stage.statuses).toEqual(['live'])
  })

  test('S63 it is tried with growing pauses, for ever, and every other time the rung right above', async () => {
    using stage = liveOn('long-poll')
    const at: number[] = [stage.clock.now()]
    for (let i = 0; i < 9; i++) {
      const line = await nextLine(stage)
      at.push(stage.clock.now())
      line.cut()
    }
    expect(names(stage).slice(1, 5)).toEqual(['websocket', 'event-stream', 'websocket', 'event-stream'])
    const pauses = at.slice(1).map((ms, i) => ms - (at[i] ?? 0))
    pauses.forEach((pause, i) => {
      const most = Math.min(120_000, 5_000 * 2 ** i)
      expect(pause).toBeGreaterThanOrEqual(most / 2)
      expect(pause).toBeLessThanOrEqual(most + 200)
    })
    expect(stage.statuses).toEqual(['live'])
  })

  test('S63 one that brings no hello, or stops in the middle, is given up after 10 s of silence, and nobody notices', async () => {
    using stage = liveOn('event-stream')
    const stream = stage.line
    for (const say of [(): void => undefined, (): void => stage.greet()]) {
      const socket = await nextLine(stage)
      say()
      const beat = async (ms: number): Promise<void> => {
        for (let i = 0; i < ms / 100; i++) {
          await stage.clock.pass(100)
          stream.say({ type: 'ping', nonce: 1 })
        }
      }
      await beat(9_800)
      expect(socket.open).toBe(true)
      await beat(400)
      expect(socket.open).toBe(false)
    }
    expect(stream.open).toBe(true)
    expect(stage.statuses).toEqual(['live'])
  })

  test('S63 one that brings something now and then may take its time', async () => {
    using stage = liveOn('event-stream')
    const stream = stage.line
    const socket = await nextLine(stage)
    stage.greet({ head: seq(20) })
    socket.say({ type: 'resumed', seq: seq(0) })
    for (let at = 1; at <= 20; at++) {
      await stage.clock.pass(5_000)
      stream.heard()
      stage.entries(at, at, [writtenElsewhere(100 + at, 'x')])
      expect(socket.open).toBe(true)
    }
    socket.say({ type: 'step2', update: EMPTY })
    expect(stage.session.status).toMatchObject({ kind: 'live', carrier: 'websocket' })
  })

  test('S63 a try in vain leaves no trace: neither in what is said of the next channel, nor in who is here', async () => {
    using stage = liveOn('long-poll')
    const poll = stage.line
    stage.document.awareness.setLocalState({ name: 'Ana' })
    ;(await nextLine(stage)).cut()
    const before = poll.of('presence').length
    stage.document.awareness.setLocalState({ name: 'Ana', at: 3 })
    await stage.clock.pass(200)
    expect(poll.of('presence').length).toBeGreaterThan(before)
    poll.cut()
    const next = await nextLine(stage)
    expect(next.name).toBe('long-poll')
    expect(next.join.after).toBeNull()
  })

  test('S63 waking up is a good moment to try', async () => {
    using stage = liveOn('long-poll')
    for (let i = 0; i < 5; i++) (await nextLine(stage)).cut()
    const { length } = stage.lines
    await stage.clock.pass(6_000)
    stage.lines[0]?.heard()
    expect(stage.lines).toHaveLength(length)
    stage.session.wake()
    expect(stage.lines).toHaveLength(length + 1)
    expect(stage.line.name).toBe('websocket')
  })

  test('S63 the top has nothing above it', async () => {
    using stage = new Stage({ rungs: LADDER })
    stage.start()
    for (let i = 0; i < 100; i++) {
      await stage.clock.pass(5_000)
      stage.line.heard()
    }
    expect(stage.lines).toHaveLength(1)
  })

  test('S64 both channels deliver, and what comes twice or late changes nothing', async () => {
    using stage = liveOn('long-poll')
    const poll = stage.line
    const socket = await nextLine(stage)
    const [a, b, c] = ['a', 'b', 'c'].map((text, i) => writtenElsewhere(7 + i, text)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const entries = (line: Line, from: number, updates: readonly Uint8Array[]): void =>
      line.say({
        type: 'entries',
        from: seq(from),
        to: seq(from + updates.length - 1),
        hash: HASH,
        updates,
      })
    stage.greet({ head: seq(2) })
    entries(poll, 1, [a])
    socket.say({ type: 'resumed', seq: seq(0) })
    entries(socket, 1, [a, b])
    expect(stage.document.position.seq).toBe(1)
    entries(poll, 2, [b])
    entries(poll, 3, [c])
    expect(stage.document.position.seq).toBe(3)
    socket.say({ type: 'step2', update: EMPTY })
    expect(stage.session.status).toMatchObject({ kind: 'live', carrier: 'websocket' })
    // The new channel is behind by one, and says it again.
    entries(socket, 3, [c])
    expect(stage.document.position.seq).toBe(3)
    expect(stage.text.toString()).toHaveLength(3)
    expect(stage.statuses).toEqual(['live'])
  })

  test('S64 a hole above costs the channel above, not the session', async () => {
    using stage = liveOn('long-poll')
    const poll = stage.line
    const socket = await nextLine(stage)
    stage.greet({ head: seq(9) })
    socket.say({ type: 'resumed', seq: seq(0) })
    stage.entries(3, 3, [writtenElsewhere(7, 'a')])
    expect(socket.open).toBe(false)
    expect(poll.open).toBe(true)
    expect(stage.session.status.kind).toBe('live')
    expect(stage.document.position.seq).toBe(0)
  })

  test('S65 the outbox stays with the channel that leads, and goes over the new one once more', async () => {
    using stage = liveOn('long-poll')
    const poll = stage.line
    stage.write('one')
    const socket = await nextLine(stage)
    stage.greet()
    stage.write('two')
    expect(poll.pushes).toEqual([1, 2])
    expect(socket.pushes).toEqual([])
    socket.say({ type: 'resumed', seq: seq(0) }, { type: 'step2', update: EMPTY })
    expect(socket.pushes).toEqual([1, 2])
    stage.write('three')
    expect(socket.pushes).toEqual([1, 2, 3])
    expect(poll.pushes).toEqual([1, 2])
    // What the old one still had to say is not heard; the server acknowledges again.
    poll.open = true
    poll.answer({ type: 'ack', session: stage.document.outbox.session, from: 1, to: 3 })
    expect(stage.session.status.pending).toBe(3)
    stage.ack(1, 3)
    expect(stage.session.status).toMatchObject({ kind: 'live', pending: 0 })
  })

  test('S65 presence is spoken for by the channel that leads alone', async () => {
    using stage = liveOn('long-poll')
    const poll = stage.line
    stage.document.awareness.setLocalState({ name: 'Ana' })
    const socket = await nextLine(stage)
    stage.greet()
    expect(socket.of('presence')).toEqual([])
    const before = poll.of('presence').length
    expect(before).toBeGreaterThan(0)
    socket.say({ type: 'resumed', seq: seq(0) }, { type: 'step2', update: EMPTY })
    expect(socket.of('presence')).toHaveLength(1)
    stage.document.awareness.setLocalState({ name: 'Ana', at: 3 })
    await stage.clock.pass(200)
    expect(poll.of('presence')).toHaveLength(before)
    expect(socket.of('presence').length).toBeGreaterThan(1)
  })

  test('S66 what is final is believed from the channel that leads, not from one above it', async () => {
    using stage = liveOn('long-poll')
    const poll = stage.line
    const socket = await nextLine(stage)
    socket.cut(4403, 'a proxy of somebody')
    expect(stage.session.status.kind).toBe('live')
    poll.cut(4403, 'no more')
    expect(stage.session.status).toMatchObject({ kind: 'stopped', code: 4403 })
    expect(stage.open).toBe(0)
  })

  test('S66 a session that loses its channel while it climbs drops both, and goes on where a hello came', async () => {
    using stage = liveOn('long-poll')
    const poll = stage.line
    const socket = await nextLine(stage)
    stage.greet()
    poll.cut()
    expect(socket.open).toBe(false)
    expect(stage.open).toBe(0)
    expect((await nextLine(stage)).name).toBe('websocket')
  })

  test('S66 closing, stopping and "no network" end both channels', async () => {
    for (const end of [
      (stage: Stage): void => stage.session.close(),
      (stage: Stage): void => stage.session.offline(),
      (stage: Stage): void => stage.lines[0]?.cut(4404),
    ]) {
      using stage = liveOn('event-stream')
      await nextLine(stage)
      expect(stage.open).toBe(2)
      end(stage)
      expect(stage.open).toBe(0)
    }
  })

  test('S67 a carrier that joins by an offset names it, and sends no resume', async () => {
    using stage = liveOn('event-stream')
    expect(stage.line.join).toMatchObject({ offset: null, session: stage.document.outbox.session })
    stage.entries(1, 2, [writtenElsewhere(7, 'a')])
    stage.line.cut()
    const line = await nextLine(stage)
    expect(line.join.offset).toBe(`${EPOCH}.2.${HASH}`)
    stage.welcome()
    expect(stage.session.status.kind).toBe('live')
    expect(line.of('resume')).toEqual([])
  })

  test('S67 there the state vector comes before the word about the offset, and is judged by it', async () => {
    for (const [from, pushes] of [
      [0, [1]],
      [2, []],
    ] as const) {
      using stage = liveOn('event-stream')
      const theirs = writtenElsewhere(7, 'theirs')
      stage.entries(1, 2, [theirs])
      stage.line.cut()
      await nextLine(stage)
      stage.greet({ head: seq(2) })
      const vector = stage.document.stateVector()
      stage.line.say({ type: 'step1', stateVector: vector }, { type: 'resumed', seq: seq(from) })
      stage.line.say({ type: 'step2', update: EMPTY })
      // From the start again: what is here may be more than the server has, deletions too.
      expect(stage.line.pushes, `from ${from}`).toEqual(pushes)
    }
  })

  test('S67 also where it is taken up again within one channel, and the server has begun anew meanwhile', async () => {
    for (const [from, pushes] of [
      [0, [1]],
      [2, []],
    ] as const) {
      using stage = liveOn('event-stream')
      stage.entries(1, 2, [writtenElsewhere(7, 'theirs')])
      stage.greet({ head: seq(2) })
      const vector = stage.document.stateVector()
      stage.line.say({ type: 'step1', stateVector: vector }, { type: 'resumed', seq: seq(from) })
      stage.line.say({ type: 'step2', update: EMPTY })
      expect(stage.line.pushes, `from ${from}`).toEqual(pushes)
      expect(stage.statuses).toEqual(['live'])
    }
  })

  test('S67 and where a server has begun anew for the channel above, it is given back what it lacks once that leads', async () => {
    using stage = liveOn('long-poll')
    stage.entries(1, 2, [writtenElsewhere(7, 'theirs')])
    const poll = stage.line
    const socket = await nextLine(stage)
    stage.greet({ head: seq(2) })
    const vector = stage.document.stateVector()
    socket.say({ type: 'resumed', seq: seq(0) }, { type: 'step1', stateVector: vector })
    expect([poll.pushes, socket.pushes]).toEqual([[], []])
    socket.say({ type: 'step2', update: EMPTY })
    expect([poll.pushes, socket.pushes]).toEqual([[], [1]])
    expect(stage.document.position.seq).toBe(0)
  })

  test('S68 an answer to what was sent is no sign of life of the way down', async () => {
    using stage = liveOn('event-stream')
    const line = stage.line
    for (let i = 0; i < 30; i++) {
      await stage.clock.pass(1_000)
      line.answer({ type: 'pong', nonce: 1 })
    }
    expect(line.open).toBe(false)
    expect(stage.statuses).toContain('reconnecting')
  })

  test('S68 any sign of life counts, a comment too', async () => {
    using stage = liveOn('event-stream')
    const line = stage.line
    for (let i = 0; i < 30; i++) {
      await stage.clock.pass(10_000)
      line.heard()
    }
    expect(line.open).toBe(true)
    expect(stage.statuses).toEqual(['live'])
  })
})

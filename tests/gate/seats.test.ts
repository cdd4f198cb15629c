/** Seats over HTTP: whose presence stays, and for how long, where requests overlap, break off or fall silent. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Frame } from '#shared/frame.ts'
import { presenceOf } from '#tests/carriers/writing.ts'
import { RawSocket } from '#tests/process/raw-socket.ts'
import { HttpStage } from './http-stage.ts'

let stage: HttpStage

beforeEach(async () => {
  stage = await HttpStage.open({ limits: { signalsPerSecond: 20 } })
})

afterEach(async () => {
  await stage.close()
  expect(stage.failed).toEqual([])
})

function ada(clock = 1): Frame {
  return { type: 'presence', presence: presenceOf(7, clock, JSON.stringify({ name: 'Ada' })) }
}

async function isHere(): Promise<boolean> {
  const { frames } = await stage.during(stage.get(''))
  return frames.some(
    (frame) => frame.type === 'presence' && Buffer.from(frame.presence).includes('{"name":"Ada"}'),
  )
}

/** An event stream whose beginning has come. */
async function stream(query: string): Promise<RawSocket> {
  const raw = await RawSocket.connect(stage.port)
  raw.say(`GET /sync/plan?live=sse&${query} HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\n\r\n`)
  await stage.during(raw.until((text) => text.includes('event: frame')))
  return raw
}

function streams(): number {
  return stage.house.metrics.carriers['event-stream'].channels
}

describe('N7 presence', () => {
  test('that a post brings after its seat was left does not stay for ever', async () => {
    const pings: Frame[] = Array.from({ length: 30 }, (_, nonce) => ({ type: 'ping', nonce }))
    const slow = stage.post('?session=ada', [...pings, ada()])
    await stage.until(() => stage.house.metrics.counts.slowed > 0)
    await stage.during(stage.post('?session=ada&leave=1', []))
    await stage.house.clock.pass(5_000)
    expect((await stage.during(slow)).status).toBe(200)
    await stage.house.clock.pass(31_000)
    expect(await isHere()).toBe(false)
    await stage.house.clock.pass(10_000)
    expect(stage.house.metrics.levels.rooms).toBe(0)
  })

  test('stays 10 s after a held poll broke, however long that was held', async () => {
    const { offset, told } = await stage.during(stage.get('?join=1&session=ada'))
    await stage.during(stage.post('?session=ada&beat=8000', [ada()]))
    const gone = new AbortController()
    const query = `?live=long-poll&offset=${offset}&told=${told}&session=ada&beat=8000`
    await stage.hold(query, { signal: gone.signal })
    await stage.house.clock.pass(20_000)
    gone.abort()
    await stage.until(() => stage.held === 0)
    await stage.house.clock.pass(9_000)
    expect(await isHere()).toBe(true)
    await stage.house.clock.pass(2_000)
    expect(await isHere()).toBe(false)
  })

  test('stays where a stream broke after another one of the same client had come', async () => {
    const old = await stream('session=ada')
    await stage.during(stage.post('?session=ada', [ada()]))
    await stream('session=ada')
    old.reset()
    await stage.until(() => streams() === 1)
    await stage.house.clock.pass(15_000)
    expect(await isHere()).toBe(true)
  })

  test('goes 10 s after the last stream of its client broke', async () => {
    const only = await stream('session=ada')
    await stage.during(stage.post('?session=ada', [ada()]))
    only.reset()
    await stage.until(() => streams() === 0)
    await stage.house.clock.pass(9_000)
    expect(await isHere()).toBe(true)
    await stage.house.clock.pass(2_000)
    expect(await isHere()).toBe(false)
  })
})

describe('N7 an event stream', () => {
  test('whose client promised to be heard and is not is told to come back after 45 s, and ended', async () => {
    const silent = await stream('session=ada&beat=8000')
    const heard = await stream('session=eve&beat=8000')
    const promisedNothing = await stream('session=bob')
    for (let seconds = 0; seconds < 44; seconds += 4) {
      await stage.house.clock.pass(4_000)
      await stage.during(stage.post('?session=eve', []))
    }
    expect(streams()).toBe(3)
    await stage.house.clock.pass(2_000)
    // The last frame and the end of the response.
    await stage.during(silent.until((text) => text.endsWith('\r\n0\r\n\r\n')))
    await stage.until(() => streams() === 2)
    expect([heard, promisedNothing].map(({ received }) => received.includes('\r\n0\r\n\r\n'))).toEqual([
      false,
      false,
    ])
  })
})

describe('N8 how fast a client may go', () => {
  const pings = (count: number): Frame[] =>
    Array.from({ length: count }, (_, nonce) => ({ type: 'ping', nonce }))

  test.each(['?session=ada', ''])('does not begin anew with each post: %s', async (query) => {
    await stage.during(stage.post(query, pings(20)))
    expect(stage.house.metrics.counts.slowed).toBe(0)
    const next = stage.post(query, pings(5))
    await stage.until(() => stage.house.metrics.counts.slowed > 0)
    expect((await stage.during(stage.post('?session=eve', pings(20)))).status).toBe(200)
    await stage.house.clock.pass(2_000)
    const { status, frames } = await stage.during(next)
    expect([status, frames.length]).toEqual([200, 5])
  })
})

/** Channels that go too fast: they are read more slowly, and that is all that happens to them. */
import { describe, expect, test } from 'vitest'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { Principal } from '#server/access/principal.ts'
import type { NetworkEnd } from './channel.ts'
import { Author, House, NO_CLOCKS, OTHER_SESSION, push, update } from './house.ts'

const READER: Principal = { author: 'reader', role: 'reader' }

function pings(count: number): { type: 'ping'; nonce: number }[] {
  return Array.from({ length: count }, (_, nonce) => ({ type: 'ping', nonce }))
}

function pongs(end: NetworkEnd): number[] {
  return end.of('pong').map(({ nonce }) => nonce)
}

describe('I6 frames other than updates', () => {
  test('beyond their rate are read more slowly: none is lost, the order is kept, others are not slowed', async () => {
    const house = new House({ limits: { signalsPerSecond: 20 } })
    const [fast, other] = [await house.sit('vellum'), await house.sit('vellum')]
    await house.clock.pass(1_000)
    fast.say(...pings(60), push(1, new Author(1).writes('after the pings')))
    other.say(...pings(5))
    await house.clock.pass(0)
    expect(pongs(fast)).toHaveLength(20)
    expect(fast.isPaused).toBe(true)
    expect(pongs(other)).toHaveLength(5)
    await house.clock.pass(1_000)
    expect(pongs(fast).length).toBeLessThan(45)
    expect(fast.of('ack')).toEqual([])
    await house.clock.pass(3_000)
    expect(pongs(fast)).toEqual(Array.from({ length: 60 }, (_, nonce) => nonce))
    expect(fast.of('ack')).toHaveLength(1)
    expect([fast.isPaused, fast.ending]).toEqual([false, null])
    expect(house.metrics.counts.slowed).toBeGreaterThan(10)
  })

  test.each([
    ['presence', { type: 'presence', presence: Uint8Array.of(0) }],
    ['a presence query', { type: 'presenceQuery' }],
    ['SyncStep1', { type: 'step1', stateVector: NO_CLOCKS }],
    ['a type of a later version', Uint8Array.of(0xf0, 0x07)],
  ] as const)('%s counts', async (_what, frame) => {
    const house = new House({ limits: { signalsPerSecond: 20 } })
    const fast = await house.sit('yjs')
    await house.clock.pass(1_000)
    fast.say(...Array.from({ length: 21 }, () => frame))
    await house.clock.pass(0)
    expect(fast.isPaused).toBe(true)
    await house.clock.pass(2_000)
    expect([fast.isPaused, fast.ending]).toEqual([false, null])
  })

  test('a channel that ends while it is slowed leaves nothing behind', async () => {
    const house = new House({ limits: { signalsPerSecond: 20 } })
    const fast = await house.sit('vellum')
    fast.say(...pings(60))
    fast.cut()
    await house.clock.pass(10_000)
    expect(house.metrics.levels.rooms).toBe(0)
  })
})

describe('I6 updates that are not stored', () => {
  test('count as well: a reader’s are declined no faster than others are taken', async () => {
    const house = new House({ limits: { updatesPerSecond: 10 } })
    const reader = await house.sit('yjs', { by: READER })
    const edit = new Author(1).writes('no')
    reader.say(...Array.from({ length: 30 }, () => update(edit)))
    await house.clock.pass(500)
    expect(reader.of('denied').length).toBeLessThan(20)
    expect(reader.isPaused).toBe(true)
    await house.clock.pass(4_000)
    expect(reader.of('denied')).toHaveLength(30)
  })

  test('so do pushes that come again', async () => {
    const house = new House({ limits: { updatesPerSecond: 10 } })
    const author = await house.sit('vellum')
    const edit = new Author(1).writes('once')
    author.say(push(1, edit))
    await house.clock.pass(20)
    const again = await house.sit('vellum', { sessions: [{ session: OTHER_SESSION, oldest: 1 }] })
    const other = new Author(2)
    const same = push(1, edit, OTHER_SESSION)
    again.say(same, ...Array.from({ length: 40 }, () => same), push(2, other.writes('new'), OTHER_SESSION))
    await house.clock.pass(500)
    expect(again.of('ack').some(({ from, to }) => from <= 2 && to >= 2)).toBe(false)
    await house.clock.pass(10_000)
    expect(again.of('ack').some(({ from, to }) => from <= 2 && to >= 2)).toBe(true)
    expect(again.ending).toBeNull()
  })
})

describe('I6 questions', () => {
  const asked = (count: number) =>
    Array.from({ length: count }, () => ({ type: 'step1', stateVector: NO_CLOCKS }) as const)
  /** To what it asked beyond what it came with. */
  const answers = (end: NetworkEnd) => end.of('step2').length - 1

  test('beyond what one address may be answered wait, over all its channels together; nobody else’s, and no edit of theirs is lost', async () => {
    const house = new House({ limits: { answerBytesPerSecond: 80 << 10 } })
    const from = (address: string) => house.sit('vellum', { address })
    const [one, two, elsewhere] = [await from('10.0.0.1'), await from('10.0.0.1'), await from('10.0.0.2')]
    await house.clock.pass(1_000)
    one.say(...asked(60))
    two.say(...asked(60), push(1, new Author(1).writes('after the questions')))
    elsewhere.say(...asked(20))
    await house.clock.pass(100)
    // One more of each is not counted; 40 answers of 8 KB are four seconds' worth.
    expect(answers(one) + answers(two)).toBeLessThanOrEqual(46)
    expect(answers(elsewhere)).toBe(20)
    expect(house.metrics.limited.answers).toBeGreaterThan(0)
    await house.clock.pass(20_000)
    expect([answers(one), answers(two), two.of('ack').length]).toEqual([60, 60, 1])
    expect([one.isPaused, one.ending]).toEqual([false, null])
  })

  test('that a channel begins with are answered at once, however much its address was told', async () => {
    const house = new House({ limits: { answerBytesPerSecond: 8 << 10 } })
    const greedy = await house.sit('vellum', { address: '10.0.0.1' })
    greedy.say(...asked(100))
    await house.clock.pass(0)
    expect(greedy.isPaused).toBe(true)
    const newcomer = await house.sit('vellum', { address: '10.0.0.1' })
    newcomer.say(...asked(1))
    await house.clock.pass(0)
    expect(answers(newcomer)).toBe(1)
  })
})

describe('I6 bytes of frames', () => {
  test('beyond their rate are read more slowly, after four seconds’ worth at once; all of it is stored', async () => {
    const house = new House({ limits: { bytesPerSecond: 1_000 } })
    const fast = await house.sit('vellum')
    await house.clock.pass(1_000)
    const author = new Author(1)
    fast.say(...Array.from({ length: 12 }, (_, at) => push(at + 1, author.writes('x'.repeat(500)))))
    await house.clock.pass(0)
    expect(fast.isPaused).toBe(true)
    const before = house.metrics.counts.entries
    expect(before).toBeLessThan(12)
    await house.clock.pass(10_000)
    expect([house.metrics.counts.entries, fast.isPaused, fast.ending]).toEqual([12, false, null])
    expect(house.metrics.counts.slowed).toBeGreaterThan(0)
  })
})

describe('I6 presence', () => {
  test('larger than it may be is dropped, and counted', async () => {
    const house = new House({ limits: { presenceBytes: 100 } })
    const end = await house.sit('vellum')
    const awareness = new Awareness(new Y.Doc())
    awareness.setLocalState({ name: 'x'.repeat(200) })
    end.say({ type: 'presence', presence: encodeAwarenessUpdate(awareness, [awareness.clientID]) })
    awareness.destroy()
    await house.clock.pass(100)
    expect([house.metrics.limited.presenceBytes, end.ending]).toEqual([1, null])
  })
})

/** Slow channels, and fast ones: queues that stay short, pauses that end, signs of life. */
import { describe, expect, test } from 'vitest'
import type { Frame } from '#shared/frame.ts'
import { Author, House, NO_CLOCKS, OTHER_SESSION, push, SESSION, shown, textOf, update } from './house.ts'

const QUEUE = 4 << 10

describe('P2 a channel is never queued without bound', () => {
  test.each(['yjs', 'vellum'] as const)(
    'a %s channel that reads nothing is caught up once when it does',
    async (dialect) => {
      const house = new House({ limits: { queueBytes: QUEUE } })
      const [author, slow] = [await house.sit('yjs'), await house.sit(dialect)]
      const writer = new Author(1)
      author.say(update(writer.writes('before')))
      await house.clock.pass(5)
      slow.stall()
      const packets = slow.packets.length
      for (let at = 0; at < 500; at++) {
        author.say(update(writer.writes('0123456789'.repeat(5))))
        await house.clock.pass(2)
      }
      expect(slow.queuedBytes).toBeLessThan(QUEUE + 2_000)
      expect(house.metrics.levels.laggingChannels).toBe(1)
      const before = slow.packets.length - packets
      slow.drain()
      await house.clock.pass(5)
      expect(slow.packets.length - packets - before).toBe(1)
      expect(house.metrics.levels.laggingChannels).toBe(0)
      expect(house.metrics.counts.catchUps).toBe(1)
      author.say(update(writer.writes('after')))
      await house.clock.pass(20)
      expect(textOf(shown(slow.frames))).toBe(textOf(writer.doc))
      let position = 0
      for (const { from, to } of slow.of('entries')) {
        expect(from).toBe(position + 1)
        position = to
      }
      if (dialect === 'vellum') expect(position).toBe(502)
    },
  )

  test('caught up by the newest checkpoint and its tail where that is less', async () => {
    const house = new House({ limits: { queueBytes: QUEUE } })
    const [author, slow] = [await house.sit('yjs'), await house.sit('vellum')]
    const writer = new Author(1)
    author.say(update(writer.writes('start')))
    await house.clock.pass(5)
    slow.stall()
    for (let at = 0; at < 300; at++) {
      author.say(update(writer.writes('x'.repeat(100))), update(writer.deletes(5, 100)))
      await house.clock.pass(3)
    }
    await house.clock.pass(5_000)
    const { checkpointSeq } = await house.disk.outline(house.document)
    expect(checkpointSeq).toBe(601)
    slow.drain()
    await house.clock.pass(5)
    expect(slow.of('entries').at(-1)).toMatchObject({ from: 1, to: 601 })
    expect(textOf(shown(slow.frames))).toBe(textOf(writer.doc))
  })

  test('its own acknowledgements are not lost while it lags', async () => {
    const house = new House({ limits: { queueBytes: QUEUE } })
    const [author, other] = [await house.sit('vellum'), await house.sit('yjs')]
    author.stall()
    const writing = new Author(2)
    for (let at = 0; at < 200; at++) other.say(update(writing.writes('x'.repeat(100))))
    await house.clock.pass(20)
    const writer = new Author(1)
    author.say(push(1, writer.writes('a')))
    await house.clock.pass(5)
    author.say(push(2, writer.writes('b')))
    await house.clock.pass(5)
    author.drain()
    await house.clock.pass(5)
    expect(author.of('ack').flatMap(({ from, to }) => (from === to ? [from] : [from, to]))).toEqual([1, 2])
    expect(textOf(shown(author.frames))).toBe(textOf(await house.stored()))
  })

  test('a reading waits for a channel that does not take it, and ends with it', async () => {
    const house = new House({ limits: { queueBytes: QUEUE } })
    const author = await house.sit('yjs')
    const writer = new Author(1)
    for (let at = 0; at < 300; at++) author.say(update(writer.writes('x'.repeat(10_000))))
    await house.clock.pass(100)
    const joining = await house.arrive('yjs')
    joining.stall()
    joining.say({ type: 'step1', stateVector: NO_CLOCKS })
    await house.clock.pass(100)
    expect(joining.queuedBytes).toBeLessThan(1_200_000)
    expect(joining.of('step2')).toEqual([])
    author.say(update(writer.writes('meanwhile')))
    await house.clock.pass(20)
    for (let turn = 0; turn < 20 && joining.of('step2').length === 0; turn++) {
      joining.drain()
      joining.stall()
      await house.clock.pass(20)
    }
    expect(textOf(shown(joining.frames))).toBe(textOf(writer.doc))
  })

  test.each<[string, Frame]>([
    ['SyncStep1 of who has everything', { type: 'step1', stateVector: NO_CLOCKS }],
    ['questions who is here', { type: 'presenceQuery' }],
    ['pings', { type: 'ping', nonce: 1 }],
  ])(
    'a flood of %s from a client that reads nothing is answered as far as its queue goes',
    async (_, question) => {
      const house = new House({ limits: { queueBytes: QUEUE } })
      const author = await house.sit('yjs')
      const writer = new Author(1)
      writer.writes('0123456789'.repeat(100))
      for (let at = 0; at < 400; at++) writer.deletes(at, 1)
      author.say(update(writer.state), presence(1, 1, `{"name":"${'n'.repeat(500)}"}`))
      await house.clock.pass(100)
      const flood = await house.sit('yjs')
      flood.stall()
      const asked = question.type === 'step1' ? { ...question, stateVector: writer.stateVector } : question
      for (let at = 0; at < 5_000; at++) flood.say(asked)
      await house.clock.pass(100)
      expect(flood.queuedBytes).toBeLessThan(3 * QUEUE)
      flood.drain()
      await house.clock.pass(10)
      expect(flood.ending).toBeNull()
    },
  )

  test('a reader that floods edits and reads no answer is not answered without bound either', async () => {
    const house = new House({ limits: { queueBytes: QUEUE } })
    const flood = await house.sit('vellum', { by: { author: 'reader', role: 'reader' } })
    flood.stall()
    const edit = new Author(1).writes('x')
    for (let at = 1; at <= 5_000; at++) flood.say(push(at, edit))
    await house.clock.pass(100)
    expect(flood.queuedBytes).toBeLessThan(3 * QUEUE)
  })

  test('frames that wait for an answer are bounded in number too, however small they are', async () => {
    const house = new House({ limits: { signalsPerSecond: Number.POSITIVE_INFINITY } })
    const flood = await house.sit('yjs')
    flood.say(update(new Author(1).writes('x'.repeat(70_000))))
    let said = 0
    while (!flood.isPaused && said < 100_000) {
      flood.say({ type: 'presenceQuery' })
      said += 1
    }
    expect(said).toBeLessThan(10_000)
    await house.clock.pass(100)
    expect(flood.isPaused).toBe(false)
    expect(flood.ending).toBeNull()
  })
})

test('P2 acknowledgements are sent beside a full queue, but not without end: who reads nothing is ended with 4508', async () => {
  const house = new House({ limits: { updatesPerSecond: Number.POSITIVE_INFINITY } })
  const [deaf, other] = [await house.sit('vellum'), await house.sit('yjs')]
  deaf.stall()
  other.say(
    update(new Author(2).writes('x'.repeat(60_000))),
    update(new Author(3).writes('x'.repeat(60_000))),
  )
  await house.clock.pass(50)
  const writer = new Author(1)
  let number = 1
  for (; number < 60_000 && deaf.ending === null; number += 2) {
    // Every second number, so that each is acknowledged by itself.
    deaf.say(push(number, writer.writes('.')))
    if (number % 1_000 === 1) await house.clock.pass(10)
  }
  expect(deaf.ending?.code).toBe(4508)
  expect(deaf.of('ack').length).toBeGreaterThan(1_000)
  await house.clock.pass(50)
  expect(other.ending).toBeNull()
})

describe('P3 what is on its way to the disk is bounded for all channels together', () => {
  test('beyond it those with more than their share are not read, and others are; when the disk is back all of it is stored', async () => {
    const limits = { waitingBytes: 200_000, updatesPerSecond: Number.POSITIVE_INFINITY }
    const house = new House({ limits })
    const [big, other, small] = [
      await house.sit('vellum'),
      await house.sit('vellum', { sessions: [{ session: OTHER_SESSION, oldest: 1 }] }),
      await house.sit('yjs'),
    ]
    house.hold()
    const [writer, second, typist] = [new Author(1), new Author(2), new Author(3)]
    for (let number = 1; number <= 20; number++) {
      big.say(push(number, writer.writes('x'.repeat(10_000))))
      other.say(push(number, second.writes('y'.repeat(9_000)), OTHER_SESSION))
      small.say(update(typist.writes('z')))
      await house.clock.pass(1)
    }
    expect([big.isPaused, other.isPaused, small.isPaused]).toEqual([true, true, false])
    expect(house.metrics.levels.waitingBytes).toBeLessThan(230_000)
    await house.release()
    await house.clock.pass(2_000)
    expect([big.isPaused, other.isPaused]).toEqual([false, false])
    expect(textOf(await house.stored())).toHaveLength(20 * 19_001)
    expect(house.metrics.levels.waitingBytes).toBe(0)
  })

  test('what a worker is asked about counts like it', async () => {
    let ask: (() => void) | null = null
    const house = new House({
      history: (history) => ({
        build: (replay, asker) => history.build(replay, asker),
        state: (replay) => history.state(replay),
        merge: (replay, window) => history.merge(replay, window),
        diff: (replay, stateVector, asker) => history.diff(replay, stateVector, asker),
        compare: (replay, overlap, asker) => history.compare(replay, overlap, asker),
        close: () => history.close(),
        judge: async (known, question, asker) => {
          await new Promise<void>((resolve) => {
            ask = resolve
          })
          return history.judge(known, question, asker)
        },
      }),
    })
    const author = await house.sit('yjs')
    author.say(update(new Author(1).writes('x'.repeat(70_000))))
    await house.clock.pass(0)
    expect(house.metrics.levels.waitingBytes).toBeGreaterThan(70_000)
    ;(ask as (() => void) | null)?.()
    await house.clock.pass(50)
    expect(house.metrics.levels.waitingBytes).toBe(0)
    expect(textOf(await house.stored())).toHaveLength(70_000)
  })
})

describe('P3 what is on its way to the disk is bounded for each channel', () => {
  test('beyond it the socket is not read until the disk has caught up; nothing is lost', async () => {
    const house = new House({ limits: { updatesPerSecond: Number.POSITIVE_INFINITY } })
    const author = await house.sit('vellum')
    const writer = new Author(1)
    house.hold()
    let number = 0
    while (!author.isPaused && number < 1_000) {
      number += 1
      author.say(push(number, writer.writes('x'.repeat(50_000))))
    }
    expect(number).toBeLessThan(100)
    expect(author.isPaused).toBe(true)
    for (let more = 0; more < 5; more++) author.say(push(++number, writer.writes('y')))
    await house.release()
    await house.clock.pass(50)
    expect(author.isPaused).toBe(false)
    expect(author.of('ack').at(-1)).toEqual({
      type: 'ack',
      session: SESSION,
      from: expect.any(Number),
      to: number,
    })
    expect(textOf(await house.stored())).toBe(textOf(writer.doc))
  })

  test('a push that another channel of the same client takes over weighs on that one, and no longer on the first', async () => {
    const house = new House({ limits: { updatesPerSecond: Number.POSITIVE_INFINITY } })
    const first = await house.sit('vellum')
    const writer = new Author(1)
    house.hold()
    const edits: Uint8Array[] = []
    for (let at = 1; at <= 90; at++) {
      edits.push(writer.writes('x'.repeat(50_000)))
      first.say(push(at, edits.at(-1) ?? NO_CLOCKS))
    }
    expect(first.isPaused).toBe(true)
    first.cut()
    const second = await house.sit('vellum')
    for (const [at, edit] of edits.entries()) second.say(push(at + 1, edit))
    await house.release()
    await house.clock.pass(50)
    expect(second.isPaused).toBe(false)
    expect(textOf(await house.stored())).toBe(textOf(writer.doc))
  })
})

describe('P4 there is never silence', () => {
  test('a y-websocket channel hears something within 30 s, a vellum channel within its heartbeat', async () => {
    const house = new House()
    const ends = [await house.sit('yjs'), await house.sit('vellum')]
    const longest = [0, 0]
    const counts = ends.map((end) => end.packets.length)
    const heardAt = [house.clock.now(), house.clock.now()]
    for (let at = 0; at < 1_200; at++) {
      await house.clock.pass(100)
      for (const [index, end] of ends.entries()) {
        if (end.packets.length > (counts[index] ?? 0)) heardAt[index] = house.clock.now()
        counts[index] = end.packets.length
        longest[index] = Math.max(longest[index] ?? 0, house.clock.now() - (heardAt[index] ?? 0))
      }
    }
    expect(longest[0]).toBeLessThan(30_000)
    expect(longest[1]).toBeLessThan(5_000)
    // And no more than that: silence is cheap.
    expect(ends[0]?.packets.length).toBeLessThan(15)
  })

  test('a ping is answered with its own nonce', async () => {
    const house = new House()
    const end = await house.sit('vellum')
    end.say({ type: 'ping', nonce: 7 }, { type: 'ping', nonce: 8 })
    expect(end.of('pong').map(({ nonce }) => nonce)).toEqual([7, 8])
  })
})

function presence(client: number, clock: number, json: string): Frame {
  const text = new TextEncoder().encode(json)
  const length = text.length < 128 ? [text.length] : [(text.length & 127) | 128, text.length >> 7]
  return { type: 'presence', presence: Uint8Array.of(1, client, clock, ...length, ...text) }
}

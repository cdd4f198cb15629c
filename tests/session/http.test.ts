/** The carriers over HTTP, request by request: what they ask, what they believe, and what they take up again. */
import { describe, expect, test } from 'vitest'
import { settled } from '#tests/simulation/clock.ts'
import { type Asked, HELLO, HttpStage, NOBODY } from './http-stage.ts'

const push = (number: number, bytes = 2) =>
  ({ type: 'push', session: NOBODY.session, number, update: new Uint8Array(bytes) }) as const
const PONG = { type: 'pong', nonce: 1 } as const
const CARET = { type: 'presence', presence: Uint8Array.of(0) } as const

/** A stage on which the hello has come. */
async function joined(name: 'event-stream' | 'long-poll', options = {}): Promise<HttpStage> {
  const stage = new HttpStage(name, options)
  await settled()
  await greet(stage.get, name)
  return stage
}

async function greet(asked: Asked, name: 'event-stream' | 'long-poll'): Promise<void> {
  if (name === 'long-poll') {
    await asked.answer([HELLO])
    return
  }
  await asked.begin()
  await asked.event(HELLO, 'o1')
}

describe('S70 long-polls', () => {
  test('S70 a channel begins with one that is answered at once, and goes on with held ones from where that ended', async () => {
    using stage = new HttpStage('long-poll', { join: { ...NOBODY, offset: 'o0', after: 'event-stream' } })
    await settled()
    expect(Object.fromEntries(stage.get.query)).toEqual({
      session: NOBODY.session,
      kind: 'page',
      schema: '1',
      join: '1',
      offset: 'o0',
      after: 'event-stream',
    })
    await stage.get.answer([HELLO, PONG], 'o7', { 'Stream-Told': 't1' })
    expect(stage.told).toContain('frame 100')
    expect(Object.fromEntries(stage.get.query)).toMatchObject({ live: 'long-poll', offset: 'o7', told: 't1' })
    expect(stage.get.query.has('after')).toBe(false)
    await stage.get.answer([PONG], 'o8')
    expect(stage.get.query.get('offset')).toBe('o8')
  })

  test('S70 there is one at a time, ever, whatever happens', async () => {
    using stage = await joined('long-poll')
    const happens: (() => unknown)[] = [
      () => stage.channel.probe(),
      () => stage.show(false),
      () => stage.clock.pass(11_000),
      () => stage.show(true),
      () => stage.get.break(),
      () => stage.channel.probe(),
      () => stage.get.nothing(),
      () => stage.clock.pass(700),
      () => stage.get.answer([PONG]),
    ]
    for (let i = 0; i < 60; i++) {
      await happens[(i * 7) % happens.length]?.()
      await settled()
      expect(stage.openGets).toBeLessThanOrEqual(1)
      if (stage.told.at(-1)?.startsWith('closed') === true) break
      if (i % 3 === 0 && stage.openGets === 1) await stage.get.nothing()
    }
    expect(stage.gets.length).toBeGreaterThan(20)
  })

  test('S70 one that ends without anything is a sign of life, and is taken up again at once', async () => {
    using stage = await joined('long-poll')
    for (let i = 0; i < 5; i++) {
      await stage.clock.pass(25_000)
      const { length } = stage.told
      await stage.get.nothing()
      expect(stage.told.slice(length)).toEqual(['heard'])
      expect(stage.openGets).toBe(1)
    }
  })

  test('S70 a server that answers "nothing" at once is not asked without pause', async () => {
    using stage = await joined('long-poll')
    for (let i = 0; i < 400; i++) {
      if (stage.openGets === 1) await stage.get.nothing()
      await stage.clock.pass(100)
    }
    expect(stage.gets.length).toBeLessThan(25)
  })

  test('S70 one that was cut in the middle brings nothing, and is asked for again', async () => {
    using stage = await joined('long-poll')
    const { get } = stage
    await get.begin('application/octet-stream')
    await get.write(Uint8Array.of(2, 111))
    await get.break()
    expect(stage.told.filter((line) => line === 'frame 111')).toEqual([])
    await stage.clock.pass(1_000)
    expect(stage.get).not.toBe(get)
    expect(stage.get.query.get('offset')).toBe('o1')
    await stage.get.answer([PONG])
    expect(stage.told).toContain('frame 111')
  })

  test('S70 three that fail one after another end the channel, and an answer in between forgives', async () => {
    using stage = await joined('long-poll')
    for (const fail of [true, true, false, true, true]) {
      if (fail) await stage.get.break()
      else await stage.get.answer([PONG])
      await stage.clock.pass(3_000)
      expect(stage.openGets).toBe(1)
    }
    await stage.get.break()
    expect(stage.told.at(-1)).toBe('closed 1006')
    await stage.clock.pass(60_000)
    expect(stage.openGets).toBe(0)
  })

  test('S70 one that never ends is given up for a new one', async () => {
    using stage = await joined('long-poll')
    const { get } = stage
    await stage.clock.pass(36_000)
    expect(get.isAborted).toBe(true)
    expect(stage.openGets).toBe(1)
  })

  test('S70 waking up asks for a sign at once', async () => {
    using stage = await joined('long-poll')
    expect(stage.channel.probe()).toBe(true)
    await settled()
    expect(stage.gets.at(-2)?.isAborted).toBe(true)
    expect(stage.get.query.has('live')).toBe(false)
    expect(stage.get.query.has('join')).toBe(false)
    await stage.get.nothing()
    expect(stage.told.at(-1)).toBe('heard')
  })
})

describe('S71 event streams', () => {
  test('S71 a stream that ends, or is cut, is taken up again from its last event, without a word', async () => {
    using stage = await joined('event-stream')
    await stage.get.event(PONG, 'o5')
    await stage.clock.pass(30_000)
    await stage.get.end()
    expect(stage.openGets).toBe(1)
    expect(Object.fromEntries(stage.get.query)).toMatchObject({ live: 'sse', offset: 'o5' })
    await greet(stage.get, 'event-stream')
    await stage.clock.pass(5_000)
    await stage.get.break()
    expect(stage.get.query.get('offset')).toBe('o1')
    expect(stage.told.some((line) => line.startsWith('closed'))).toBe(false)
  })

  test('S71 a comment is a sign of life, and so is a piece of a frame', async () => {
    using stage = await joined('event-stream')
    for (const piece of [':\n\n', 'event: fra', 'me\ndata: bw==\r\n\r', '\n']) {
      const { length } = stage.told
      await stage.get.write(piece)
      expect(stage.told.slice(length)).toContain('heard')
    }
    expect(stage.told.at(-1)).toBe('heard')
    expect(stage.told).toContain('frame 111')
  })

  test('S71 a stream that brings its hello in pieces is one, and one that never does is none', async () => {
    using stage = new HttpStage('event-stream')
    await settled()
    await stage.get.begin()
    await stage.get.write(':\n\n')
    await stage.clock.pass(10_500)
    expect(stage.told.at(-1)).toBe('closed 1006')
  })

  test('S71 events that are none of ours are passed over', async () => {
    using stage = await joined('event-stream')
    const { length } = stage.told
    await stage.get.write('event: advertisement\ndata: bw==\n\ndata: bw==\n\nevent: frame\ndata: %%%\n\n')
    expect(stage.told.slice(length)).toEqual(['heard'])
  })

  test('S71 streams that end at once are not opened without pause', async () => {
    using stage = new HttpStage('event-stream')
    await settled()
    for (let i = 0; i < 400; i++) {
      if (stage.openGets === 1) {
        await greet(stage.get, 'event-stream')
        await stage.get.end()
      }
      await stage.clock.pass(100)
    }
    expect(stage.gets.length).toBeLessThan(25)
  })

  test('S71 waking up opens the stream anew, so that the hello comes over it', async () => {
    using stage = await joined('event-stream')
    stage.channel.probe()
    await settled()
    expect(stage.openGets).toBe(1)
    expect(stage.get.query.get('live')).toBe('sse')
    expect(stage.gets).toHaveLength(2)
  })

  test('S71 while a stream is open the server hears of this client every 8 s at the latest', async () => {
    using stage = await joined('event-stream')
    for (let i = 0; i < 300; i++) {
      await stage.clock.pass(100)
      if (stage.posts.at(-1)?.open === true) await stage.post.answer([])
    }
    expect(stage.posts.length).toBeGreaterThan(3)
    expect(stage.posts.length).toBeLessThan(6)
    for (const { query } of stage.posts) {
      expect(query.get('beat')).toBe('8000')
      expect(query.get('live')).toBe('sse')
    }
  })
})

describe("S72 an answer is ours by its marks, and anything else is nobody's word", () => {
  const portal = (): Response =>
    new Response('<h1>Sign in to the wifi</h1>', { headers: { 'Content-Type': 'text/html' } })
  const foreign: readonly (readonly [string, (asked: Asked) => Promise<void>])[] = [
    ['a page of a captive portal', (asked) => asked.respond(portal())],
    ['401 of a captive portal', (asked) => asked.problem(401)],
    ['403 of a proxy', (asked) => asked.respond(new Response('no', { status: 403 }))],
    ['502 of a proxy', (asked) => asked.respond(new Response('', { status: 502 }))],
    ['407 with a code that is none of ours', (asked) => asked.problem(407, 407)],
    ['an answer without an offset', (asked) => asked.respond(new Response(null, { status: 204 }))],
    ['a broken connection', (asked) => asked.break()],
  ]
  for (const name of ['event-stream', 'long-poll'] as const)
    for (const [what, answer] of foreign)
      test(`S72 ${name}: ${what} ends a first attempt as lost, a running channel not at once`, async () => {
        using first = new HttpStage(name)
        await settled()
        await answer(first.get)
        expect(first.told).toEqual(['closed 1006'])
        using running = await joined(name)
        if (name === 'event-stream') {
          await running.clock.pass(2_000)
          await running.get.end()
        }
        const { length } = running.told
        await answer(running.get)
        expect(running.told.slice(length)).toEqual([])
        await running.clock.pass(1_000)
        expect(running.openGets).toBe(1)
      })

  for (const name of ['event-stream', 'long-poll'] as const)
    test(`S72 ${name}: our own refusal ends the channel with its code, and names the time to come back`, async () => {
      for (const [status, code, headers, told] of [
        [403, 4403, {}, 'closed 4403'],
        [410, 4404, {}, 'closed 4404'],
        [503, 4503, { 'Retry-After': '3' }, 'closed 4503 3000'],
      ] as const) {
        using stage = new HttpStage(name)
        await settled()
        await stage.get.problem(status, code, headers)
        expect(stage.told).toEqual([told])
      }
    })
})

describe('S73 what is sent', () => {
  test('S73 goes in order, one request at a time, several frames in each', async () => {
    using stage = await joined('long-poll')
    stage.send(push(1))
    stage.send(push(2))
    await stage.clock.pass(50)
    expect(stage.posts).toHaveLength(1)
    stage.send(push(3))
    stage.send(push(4))
    await stage.clock.pass(1_000)
    expect(stage.posts).toHaveLength(1)
    await stage.post.answer([{ type: 'ack', session: NOBODY.session, from: 1, to: 2 }])
    expect(stage.told).toContain('answer 104')
    await stage.clock.pass(50)
    expect(stage.posts.map(({ frames }) => frames.length)).toEqual([2, 2])
  })

  test('S73 goes again where no answer came, byte for byte, and four times in vain ends the channel', async () => {
    using stage = await joined('long-poll')
    stage.send(push(1, 100))
    await stage.clock.pass(50)
    const sent = stage.post.frames
    for (let i = 1; i < 4; i++) {
      await (i === 2 ? stage.post.respond(new Response('', { status: 502 })) : stage.post.break())
      await stage.clock.pass(10_000)
      expect(stage.posts).toHaveLength(i + 1)
      expect(stage.post.frames).toEqual(sent)
    }
    await stage.post.break()
    expect(stage.told.at(-1)).toBe('closed 1006')
  })

  test('S73 an answer in between forgives', async () => {
    using stage = await joined('long-poll')
    for (let i = 1; i <= 6; i++) {
      stage.send(push(i))
      await stage.clock.pass(50)
      await stage.post.break()
      await stage.clock.pass(3_000)
      await stage.post.answer([])
    }
    expect(stage.told.some((line) => line.startsWith('closed'))).toBe(false)
  })

  test('S73 waits while the server cannot commit, for as long as it takes', async () => {
    using stage = await joined('long-poll')
    stage.send(push(1))
    await stage.clock.pass(50)
    for (let i = 1; i < 12; i++) {
      await stage.post.problem(503, 4503, { 'Retry-After': '2' })
      await stage.clock.pass(1_990)
      expect(stage.posts).toHaveLength(i)
      await stage.clock.pass(2_100)
      if (stage.openGets === 1) await stage.get.nothing()
    }
    expect(stage.told.some((line) => line.startsWith('closed'))).toBe(false)
    await stage.post.problem(403, 4403)
    expect(stage.told.at(-1)).toBe('closed 4403')
  })

  test('S73 a proxy that takes no large bodies gets smaller ones', async () => {
    using stage = await joined('long-poll')
    for (let i = 1; i <= 16; i++) stage.send(push(i))
    await stage.clock.pass(50)
    const sizes: number[] = []
    while (sizes.at(-1) !== 2) {
      sizes.push(stage.post.frames.length)
      await stage.post.respond(new Response('', { status: 413 }))
      await stage.clock.pass(3_000)
    }
    expect(sizes).toEqual([16, 8, 4, 2])
    expect(stage.told.some((line) => line.startsWith('closed'))).toBe(false)
  })

  test('S73 of several states of this client only the newest goes', async () => {
    using stage = await joined('long-poll')
    stage.send(CARET)
    stage.send(push(1))
    stage.send(CARET)
    await stage.clock.pass(50)
    expect(stage.post.frames.map(([type]) => type)).toEqual([103, 1])
  })

  test('S73 the farewell outlives the page, with everything that is not answered, and keeps the rest', async () => {
    using stage = await joined('long-poll')
    stage.send(push(1))
    await stage.clock.pass(50)
    stage.send(push(2))
    stage.send(CARET)
    stage.channel.leave()
    await settled()
    const farewell = stage.post
    expect(farewell.keepalive).toBe(true)
    expect(farewell.query.get('leave')).toBe('1')
    expect(farewell.frames.map(([type]) => type)).toEqual([103, 103, 1])
    // The page came back after all: nothing has been dropped.
    await stage.posts[0]?.answer([])
    await stage.clock.pass(50)
    expect(stage.post.frames).toHaveLength(2)
  })

  test('S73 the farewell fits into what a browser lets outlive a page', async () => {
    using stage = await joined('long-poll')
    stage.send(push(1, 50_000))
    stage.send(push(2, 50_000))
    stage.send(CARET)
    stage.channel.leave()
    await settled()
    expect(stage.post.frames.map(({ length }) => length > 1_000)).toEqual([true, false])
  })
})

describe('S74 a page that is not looked at holds no request', () => {
  for (const name of ['event-stream', 'long-poll'] as const) {
    test(`S74 ${name}: hidden, it looks now and then, more and more rarely, under every 20 s`, async () => {
      using stage = await joined(name)
      await stage.show(false)
      await stage.clock.pass(9_000)
      expect(stage.openGets).toBe(1)
      await stage.clock.pass(1_500)
      const from = stage.gets.length
      const at: number[] = []
      for (let ms = 0; ms < 200_000; ms += 100) {
        if (stage.posts.at(-1)?.open === true) await stage.post.answer([])
        if (stage.openGets > 0 && stage.get.query.get('live') === null) {
          at.push(stage.clock.now())
          await stage.get.nothing()
        }
        expect(stage.openGets).toBe(0)
        await stage.clock.pass(100)
      }
      for (const { query } of stage.gets.slice(from)) expect(query.has('live')).toBe(false)
      const pauses = at.slice(1).map((ms, i) => ms - (at[i] ?? 0))
      expect(Math.max(...pauses)).toBeLessThan(20_000)
      expect(pauses.at(-1)).toBeGreaterThan(10_000)
      await stage.show(true)
      expect(stage.openGets).toBe(1)
      if (stage.get.query.get('live') === null) await stage.get.nothing()
      await stage.clock.pass(1_000)
      expect(stage.get.query.get('live')).toBe(name === 'event-stream' ? 'sse' : 'long-poll')
    })

    test(`S74 ${name}: where others hold all that may be held, it glances until one is given back`, async () => {
      using stage = await joined(name, { places: 0 })
      for (let i = 0; i < 50; i++) {
        await stage.clock.pass(1_000)
        if (stage.posts.at(-1)?.open === true) await stage.post.answer([])
        if (stage.openGets > 0) await stage.get.nothing()
      }
      expect(stage.gets.slice(1).every(({ query }) => !query.has('live'))).toBe(true)
      expect(stage.gets.length).toBeGreaterThan(8)
      stage.places = 1
      await stage.clock.pass(6_000)
      expect(stage.get.query.has('live')).toBe(true)
      expect(stage.places).toBe(0)
      stage.channel.close()
      expect(stage.places).toBe(1)
    })
  }

  test('S74 a page never takes two of the places, however its turns follow one another', async () => {
    using stage = new HttpStage('event-stream', { places: 4 })
    stage.holdMs = 500
    await settled()
    await greet(stage.get, 'event-stream')
    await stage.get.end()
    await stage.clock.pass(2_000)
    expect(stage.taken).toBe(1)
    stage.channel.close()
    expect(stage.places).toBe(4)
  })

  test('S74 a stream proves itself first, hidden or not', async () => {
    using stage = new HttpStage('event-stream', { isShown: false })
    await settled()
    expect(stage.get.query.get('live')).toBe('sse')
    await greet(stage.get, 'event-stream')
    await settled()
    expect(stage.gets[0]?.isAborted).toBe(true)
    expect(stage.get.query.has('live')).toBe(false)
  })
})

test('S74 pages of one origin find out one after the other whether a stream is passed on', async () => {
  using stage = new HttpStage('event-stream')
  await settled()
  expect(stage.attempts.size).toBe(1)
  await greet(stage.get, 'event-stream')
  await settled()
  expect(stage.attempts.size).toBe(0)
  using other = new HttpStage('event-stream', { isAttempted: true })
  await other.clock.pass(3_000)
  expect(other.asked).toEqual([])
  other.channel.close()
  await settled()
  expect(other.asked).toEqual([])
  using third = new HttpStage('event-stream')
  await settled()
  await third.get.break()
  await settled()
  expect(third.attempts.size).toBe(0)
})

test('S75 after the end nothing is asked and nothing is told', async () => {
  for (const name of ['event-stream', 'long-poll'] as const) {
    using stage = await joined(name)
    stage.send(push(1))
    await stage.clock.pass(50)
    const { length } = stage.told
    stage.channel.close()
    stage.channel.close()
    await settled()
    expect(stage.asked.every(({ open }) => !open)).toBe(true)
    const asked = stage.asked.length
    await stage.clock.pass(100_000)
    stage.send(push(2))
    expect(stage.asked).toHaveLength(asked)
    expect(stage.told).toHaveLength(length)
  }
})

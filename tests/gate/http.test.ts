/** The carriers over HTTP, with time that passes when told to. What a whole process does: tests/carriers. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Frame } from '#shared/frame.ts'
import { decodeFrame } from '#shared/wire.ts'
import { presenceOf } from '#tests/carriers/writing.ts'
import { RawSocket } from '#tests/process/raw-socket.ts'
import { Author, push, SESSION, update } from '#tests/room/house.ts'
import { ask, HttpStage, type StageOptions, type Told } from './http-stage.ts'

let stage: HttpStage

beforeEach(async () => {
  stage = await HttpStage.open()
})

afterEach(async () => {
  await stage.close()
  expect(stage.failed).toEqual([])
})

async function restage(options: StageOptions): Promise<void> {
  await stage.close()
  stage = await HttpStage.open(options)
}

function types(told: Told): string[] {
  return told.frames.map(({ type }) => type)
}

function named(name: string, client = 7, clock = 1): Frame {
  return { type: 'presence', presence: presenceOf(client, clock, JSON.stringify({ name })) }
}

function states(told: Told): string {
  return told.frames
    .map((frame) => (frame.type === 'presence' ? Buffer.from(frame.presence).toString('latin1') : ''))
    .join()
}

/** Where somebody stands who was told everything. */
async function joined(query = ''): Promise<string> {
  const { offset, told } = await stage.during(stage.get(`?join=1${query}`))
  return `offset=${offset}&told=${told}${query}`
}

describe('N4 a poll', () => {
  test('begins with hello, SyncStep1 and resumed, and ends its beginning with SyncStep2', async () => {
    const told = await stage.during(stage.get(''))
    expect(told.status).toBe(200)
    expect(types(told)).toEqual(['hello', 'step1', 'resumed', 'step2'])
    expect(told.headers.get('cache-control')).toContain('no-store')
    expect(told.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('at the head waits 25 s and is answered with 204 and the same offset', async () => {
    const query = await joined()
    const { answer } = await stage.hold(`?live=long-poll&${query}`)
    await stage.house.clock.pass(24_999)
    expect(stage.held).toBe(1)
    await stage.house.clock.pass(1)
    const told = await stage.during(answer)
    expect([told.status, told.bytes.length]).toEqual([204, 0])
    expect(query).toContain(told.offset)
  })

  test('at the head is answered at once where it does not want to wait', async () => {
    const query = await joined()
    for (const live of ['', '&live=false']) {
      const told = await stage.during(stage.get(`?${query}${live}`))
      expect(told.status).toBe(204)
    }
  })

  test('that waits is answered at the first edit, together with what comes within some milliseconds', async () => {
    const author = new Author(1)
    const { answer } = await stage.hold(`?live=long-poll&${await joined()}`)
    await stage.during(stage.post('', [update(author.writes('one '))]))
    await stage.during(stage.post('', [update(author.writes('two'))]))
    await stage.house.clock.pass(10)
    const told = await stage.during(answer)
    expect(told.frames.map((frame) => frame.type === 'entries' && frame.to)).toEqual([1, 2])
    expect(told.offset).toMatch(/\.2\./)
  })

  test('behind the head is answered at once, with SyncStep2 last', async () => {
    const author = new Author(1)
    const query = await joined()
    await stage.during(stage.post('', [update(author.writes('meanwhile'))]))
    const told = await stage.during(stage.get(`?live=long-poll&${query}`))
    expect(types(told)).toEqual(['entries', 'step2'])
  })

  test('is answered in pieces where there is much, and SyncStep2 comes with the last of them', async () => {
    await restage({ limits: { frameBytes: 1 << 20 } })
    const author = new Author(1)
    for (let i = 0; i < 8; i++)
      await stage.during(stage.post('', [update(author.writes(`${i}`.repeat(500_000)))]))
    let told = await stage.during(stage.get('?join=1'))
    expect(types(told).slice(0, 3)).toEqual(['hello', 'step1', 'resumed'])
    const all = [...told.frames]
    let answers = 1
    while (types(told).at(-1) !== 'step2') {
      expect(told.bytes.length).toBeLessThan(2 << 20)
      told = await stage.during(stage.get(`?live=long-poll&offset=${told.offset}&told=${told.told}`))
      all.push(...told.frames)
      answers += 1
    }
    expect(answers).toBeGreaterThan(2)
    const ranges = all.flatMap((frame) => (frame.type === 'entries' ? [[frame.from, frame.to] as const] : []))
    let at = 0
    for (const [from, to] of ranges) {
      expect(from).toBe(at + 1)
      at = to
    }
    expect(at).toBe(8)
  })

  test('of a checkpoint goes on after it', async () => {
    const author = new Author(1)
    const edits = Array.from({ length: 600 }, () => update(author.writes(`${'x'.repeat(200)} `)))
    await stage.during(stage.post('', edits))
    await stage.house.clock.pass(60_000)
    expect(stage.house.metrics.counts.checkpoints).toBeGreaterThan(0)
    const first = await stage.during(stage.get('?join=1'))
    const [entries] = first.frames.flatMap((frame) => (frame.type === 'entries' ? [frame] : []))
    expect(entries?.from).toBe(1)
    expect(entries?.to).toBeGreaterThan(1)
    await stage.during(stage.post('', [update(author.writes('more'))]))
    const next = await stage.during(stage.get(`?offset=${first.offset}&told=${first.told}`))
    expect(
      next.frames.flatMap((frame) => (frame.type === 'entries' ? [[frame.from, frame.to]] : [])),
    ).toEqual([[601, 601]])
  })

  test('N1 goes on from Last-Event-ID, where that and an offset are given', async () => {
    const author = new Author(1)
    const first = await stage.during(stage.post('', [update(author.writes('a'))]))
    const second = await stage.during(stage.post('', [update(author.writes('b'))]))
    await stage.during(stage.post('', [update(author.writes('c'))]))
    const headers = { 'last-event-id': second.offset }
    const told = await stage.during(stage.get(`?offset=${first.offset}`, { headers }))
    expect(
      told.frames.flatMap((frame) => (frame.type === 'entries' ? [[frame.from, frame.to]] : [])),
    ).toEqual([[3, 3]])
  })

  test('whose client goes away is over', async () => {
    const gone = new AbortController()
    await stage.hold(`?live=long-poll&${await joined()}`, { signal: gone.signal })
    gone.abort()
    await stage.until(() => stage.held === 0)
    expect(stage.house.metrics.levels.channels).toBe(0)
  })

  test('N12 whose connection goes is over, and those that waited behind it were never begun', async () => {
    const raw = await RawSocket.connect(stage.port)
    const query = await joined()
    raw.say(`GET /sync/plan?live=long-poll&${query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(50))
    raw.say('GET /sync/plan?live=sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await stage.until(() => stage.held === 1)
    raw.reset()
    await stage.until(() => stage.held === 0)
    expect(stage.house.metrics.carriers['event-stream'].hellos).toBe(0)
    expect(stage.house.metrics.levels.channels).toBe(0)
  })

  test('N12 with a hundred behind it on one connection ends that connection', async () => {
    const raw = await RawSocket.connect(stage.port)
    raw.say(`GET /sync/plan?live=long-poll&${await joined()} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(101))
    await stage.during(raw.ended)
    expect(stage.held).toBe(0)
  })

  test('that waits for its turn on a connection is answered in turn', async () => {
    const raw = await RawSocket.connect(stage.port)
    raw.say(`GET /sync/plan?live=long-poll&${await joined()} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(2))
    await stage.until(() => stage.held === 1)
    for (const times of [1, 2]) {
      await stage.house.clock.pass(25_000)
      await stage.during(raw.until((text) => text.split('HTTP/1.1 204').length > times))
    }
    raw.reset()
  })

  test('that is held is told when the server cannot save any more, and when it can', async () => {
    const author = new Author(1)
    const query = await joined()
    const { answer } = await stage.hold(`?live=long-poll&${query}`)
    stage.house.disk.notSaved = 'full'
    const lost = stage.post('', [update(author.writes('waits'))])
    await stage.until(() => !stage.house.rooms.saving)
    await stage.house.clock.pass(10)
    const told = await stage.during(answer)
    expect(told.frames).toContainEqual({ type: 'saving', saving: false })
    const { answer: next } = await stage.hold(`?live=long-poll&offset=${told.offset}&told=${told.told}`)
    stage.house.disk.notSaved = null
    await stage.house.clock.pass(5_000)
    expect((await stage.during(next)).frames).toContainEqual({ type: 'saving', saving: true })
    expect((await stage.during(lost)).status).toBe(200)
  })
})

describe('N5 presence over polls', () => {
  test('is told once, and its owner is not told of it', async () => {
    const ada = await joined('&session=ada')
    const bob = await joined('&session=bob')
    const { answer: toBob } = await stage.hold(`?live=long-poll&${bob}`)
    const { answer: toAda } = await stage.hold(`?live=long-poll&${ada}`)
    await stage.during(stage.post('?session=ada', [named('Ada')]))
    await stage.house.clock.pass(60)
    const told = await stage.during(toBob)
    expect(states(told)).toContain('Ada')
    const { answer } = await stage.hold(`?live=long-poll&session=bob&offset=${told.offset}&told=${told.told}`)
    await stage.house.clock.pass(25_000)
    expect((await stage.during(toAda)).status).toBe(204)
    expect((await stage.during(answer)).status).toBe(204)
  })

  test('that changed between two polls is told by the next', async () => {
    const bob = await joined('&session=bob')
    await stage.during(stage.post('?session=ada', [named('Ada')]))
    const told = await stage.during(stage.get(`?live=long-poll&${bob}`))
    expect(states(told)).toContain('Ada')
  })

  test('does not keep answering who does not say what it was told', async () => {
    await stage.during(stage.post('?session=ada', [named('Ada')]))
    const { offset } = await stage.during(stage.get(''))
    const { answer } = await stage.hold(`?live=long-poll&offset=${offset}`)
    await stage.during(stage.post('?session=ada', [named('Ada again', 7, 2)]))
    await stage.house.clock.pass(60)
    expect(states(await stage.during(answer))).toContain('Ada again')
    await stage.hold(`?live=long-poll&offset=${offset}`)
    expect(stage.held).toBe(1)
  })

  test('is told whole to who was told by another room', async () => {
    await stage.during(stage.post('?session=ada', [named('Ada')]))
    const { offset } = await stage.during(stage.get(''))
    const told = await stage.during(
      stage.get(`?live=long-poll&offset=${offset}&told=00000000000000ff.99.1.2`),
    )
    expect(states(told)).toContain('Ada')
  })
})

describe('N7 a seat', () => {
  /** Whether others are still told of Ada. */
  async function isHere(): Promise<boolean> {
    return states(await stage.during(stage.get(''))).includes('Ada')
  }

  test('goes 30 s after the last request that named it', async () => {
    await stage.during(stage.post('?session=ada', [named('Ada')]))
    await stage.house.clock.pass(20_000)
    await stage.during(stage.post('?session=ada', []))
    await stage.house.clock.pass(29_000)
    expect(await isHere()).toBe(true)
    await stage.house.clock.pass(2_000)
    expect(await isHere()).toBe(false)
  })

  test('goes at once with leave=1', async () => {
    await stage.during(stage.post('?session=ada', [named('Ada')]))
    expect(await isHere()).toBe(true)
    await stage.during(stage.post('?session=ada&leave=1', []))
    expect(await isHere()).toBe(false)
  })

  test('of a client that promised to be heard goes 5 s after the promise is broken', async () => {
    await stage.during(stage.post('?session=ada&beat=8000', [named('Ada')]))
    await stage.house.clock.pass(12_000)
    expect(await isHere()).toBe(true)
    await stage.house.clock.pass(2_000)
    expect(await isHere()).toBe(false)
  })

  test('stays for as long as a poll of it is held', async () => {
    const query = await joined('&session=ada')
    await stage.during(stage.post('?session=ada', [named('Ada')]))
    const { answer } = await stage.hold(`?live=long-poll&${query}`)
    await stage.house.clock.pass(24_000)
    await stage.house.clock.pass(2_000)
    await stage.during(answer)
    await stage.house.clock.pass(20_000)
    expect(await isHere()).toBe(true)
    await stage.house.clock.pass(11_000)
    expect(await isHere()).toBe(false)
  })

  test('goes 10 s after a held poll of it broke, unless another request comes', async () => {
    const query = await joined('&session=ada')
    for (const comesBack of [true, false]) {
      await stage.during(stage.post('?session=ada', [named('Ada', 7, comesBack ? 1 : 2)]))
      const gone = new AbortController()
      await stage.hold(`?live=long-poll&${query}`, { signal: gone.signal })
      gone.abort()
      await stage.until(() => stage.held === 0)
      if (comesBack) await stage.during(stage.post('?session=ada', []))
      await stage.house.clock.pass(11_000)
      expect(await isHere()).toBe(comesBack)
    }
  })

  test('of somebody else under the same name is another', async () => {
    await stage.during(stage.post('?session=ada', [named('Ada')]))
    await stage.during(stage.post('?session=eve&leave=1', []))
    expect(await isHere()).toBe(true)
  })
})

describe('N6 a post', () => {
  test('is answered once the log holds what it said, and not before', async () => {
    const author = new Author(1)
    stage.house.hold()
    let isAnswered = false
    const answer = stage.post('', [push(1, author.writes('word'))]).finally(() => {
      isAnswered = true
    })
    await stage.until(() => stage.house.groups.length === 1)
    await stage.house.clock.pass(1_000)
    expect(isAnswered).toBe(false)
    await stage.house.release()
    const told = await stage.during(answer)
    expect([told.status, told.offset]).toEqual([200, expect.stringMatching(/\.1\./)])
    expect(told.frames).toEqual([{ type: 'ack', session: SESSION, from: 1, to: 1 }])
  })

  test('that is not stored within 25 s is to be sent again, and stores nothing twice', async () => {
    const author = new Author(1)
    const edit = push(1, author.writes('word'))
    stage.house.hold()
    const answer = stage.post('', [edit])
    await stage.until(() => stage.house.groups.length === 1)
    await stage.house.clock.pass(25_000)
    const told = await stage.during(answer)
    expect([told.status, told.code, told.headers.get('retry-after')]).toEqual([503, 4503, '1'])
    await stage.house.release()
    const again = await stage.during(stage.post('', [edit]))
    expect(again.frames).toEqual([{ type: 'ack', session: SESSION, from: 1, to: 1 }])
    expect((await stage.house.entries()).length).toBe(1)
  })

  test('that comes twice at the same time is stored once and answered both times', async () => {
    const edit = push(1, new Author(1).writes('word'))
    stage.house.hold()
    const answers = [stage.post('', [edit]), stage.post('', [edit])]
    await stage.until(() => stage.house.metrics.carriers['long-poll'].bytesIn > 0)
    await stage.house.clock.pass(100)
    await stage.house.release()
    for (const told of await stage.during(Promise.all(answers)))
      expect(told.frames).toEqual([{ type: 'ack', session: SESSION, from: 1, to: 1 }])
    expect((await stage.house.entries()).length).toBe(1)
  })

  test('names the position of the last edit it brought, not what others wrote after it', async () => {
    const [ada, bob] = [new Author(1), new Author(2)]
    stage.house.hold()
    const first = stage.post('', [push(1, ada.writes('a'))])
    await stage.until(() => stage.house.groups.length === 1)
    const second = stage.post('', [update(ada.writes('b'))])
    await stage.until(() => stage.house.metrics.counts.framesIn === 2)
    const third = stage.post('', [update(bob.writes('c'))])
    await stage.until(() => stage.house.metrics.counts.framesIn === 3)
    await stage.house.release()
    const offsets = (await stage.during(Promise.all([first, second, third]))).map(
      ({ offset }) => offset.split('.')[1],
    )
    expect(offsets).toEqual(['1', '2', '3'])
  })

  test('is answered with what of it is missing', async () => {
    const author = new Author(1)
    author.writes('never sent')
    const told = await stage.during(stage.post('', [push(1, author.writes('depends on it'))]))
    expect(types(told)).toEqual(['gap', 'step1'])
    expect(told.status).toBe(200)
  })

  test('that is malformed keeps what it said before', async () => {
    const author = new Author(1)
    const good = push(1, author.writes('good'))
    const told = await stage.during(stage.post('', [good, { type: 'step2', update: Uint8Array.of(9, 9, 9) }]))
    expect([told.status, told.code]).toEqual([400, 4400])
    await stage.house.clock.pass(100)
    expect((await stage.house.entries()).length).toBe(1)
  })

  test('to a deleted document is answered with 410, as is a look at it', async () => {
    await stage.during(stage.post('', [update(new Author(1).writes('word'))]))
    await stage.during(stage.house.rooms.delete(stage.house.document))
    const told = await stage.during(stage.post('', [update(new Author(2).writes('late'))]))
    expect([told.status, told.code]).toEqual([410, 4404])
    for (const query of ['', '?live=sse', '?live=long-poll']) {
      const look = await stage.during(stage.get(query))
      expect([look.status, look.code]).toEqual([410, 4404])
    }
  })

  test('whose body takes longer than 30 s is not waited for', async () => {
    const raw = await RawSocket.connect(stage.port)
    raw.say('POST /sync/plan HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nsome')
    await stage.until(() => stage.carriers.waitingBytes > 0)
    await stage.house.clock.pass(30_000)
    await stage.during(raw.until((text) => text.includes('\r\n\r\n')))
    expect(raw.status).toBe(503)
    await stage.house.clock.pass(2_000)
    await stage.during(raw.ended)
    expect(stage.carriers.waitingBytes).toBe(0)
  })

  test('over a connection whose stream has ended is answered there', async () => {
    const raw = await RawSocket.connect(stage.port)
    raw.say('GET /sync/plan?live=sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await stage.during(raw.until((text) => text.includes('event: hello')))
    await stage.during(stage.post('', [update(new Author(1).writes('word'))]))
    await stage.during(stage.house.rooms.delete(stage.house.document))
    await stage.during(raw.until((text) => text.endsWith('0\r\n\r\n')))
    const [, refused = ''] = /data: (.*)\n\n\r\n0\r\n\r\n$/.exec(raw.received.toString('latin1')) ?? []
    expect(decodeFrame(new Uint8Array(Buffer.from(refused, 'base64')))).toMatchObject({
      type: 'refused',
      code: 4404,
    })
    raw.say('POST /sync/plan HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n')
    await stage.during(raw.until((text) => text.includes('HTTP/1.1 410')))
    expect(raw.received.toString('latin1')).toContain('HTTP/1.1 410')
    raw.reset()
  })

  test('of a page makes a page', async () => {
    await stage.during(stage.post('?kind=page', [{ type: 'step1', stateVector: Uint8Array.of(0) }]))
    expect((await stage.during(stage.get('?kind=page&schema=1'))).status).toBe(200)
    const old = await stage.during(stage.get('?kind=page&schema=0'))
    expect([old.status, old.code]).toEqual([426, 4426])
  })
})

describe('N8 limits', () => {
  test('only so many requests are held in all; further ones are told to come back', async () => {
    await restage({ maxHeld: 2 })
    const query = await joined()
    await stage.hold(`?live=long-poll&${query}`)
    await stage.hold(`?live=long-poll&${query}`)
    const told = await stage.during(stage.get(`?live=long-poll&${query}`))
    expect([told.status, told.code]).toEqual([503, 4503])
    expect(stage.house.metrics.limited.heldRequests).toBe(1)
    expect((await stage.during(stage.post('', []))).status).toBe(200)
  })

  test('one address holds only so many, and can still write', async () => {
    await restage({ env: { MAX_CHANNELS_PER_ADDRESS: '2' } })
    const query = await joined()
    await stage.hold(`?live=long-poll&${query}`)
    await stage.hold(`?live=long-poll&${query}`)
    const told = await stage.during(stage.get('?live=sse'))
    expect([told.status, told.code, told.headers.get('retry-after')]).toEqual([429, 4529, '1'])
    expect((await stage.during(stage.post('', []))).status).toBe(200)
  })

  test('N9 a body that is compressed, or of a type that a form can send, is 415 and not read; one of no type is', async () => {
    for (const headers of [
      { 'content-encoding': 'gzip' },
      { 'content-type': 'text/plain;charset=UTF-8' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'Multipart/Form-Data; boundary=a' },
    ])
      expect(
        (await stage.during(stage.get('', { method: 'POST', headers, body: new Uint8Array(3) }))).status,
      ).toBe(415)
    for (const headers of [
      {},
      { 'content-type': 'application/octet-stream', 'content-encoding': 'identity' },
    ])
      expect(
        (await stage.during(stage.get('', { method: 'POST', headers, body: new Uint8Array(0) }))).status,
      ).toBe(200)
  })

  test('a body above the limit is 413, declared or not', async () => {
    await restage({ maxFrameBytes: 10_000 })
    const body = new Uint8Array(200_000)
    for (const sent of [body, streamOf(body)]) {
      const told = await stage.during(
        ask(`${stage.url}/sync/plan`, { method: 'POST', body: sent, duplex: 'half' } as RequestInit),
      )
      expect([told.status, told.code]).toEqual([413, 4413])
    }
    expect(stage.carriers.waitingBytes).toBe(0)
  })
})

describe('N9 refusals', () => {
  test('of a foreign Origin: 403, whatever the method', async () => {
    for (const method of ['GET', 'POST'])
      expect(
        await stage.during(stage.get('', { method, headers: { origin: 'https://evil.example' } })),
      ).toMatchObject({
        status: 403,
        code: 4403,
      })
  })

  test('of other methods: 405, and which there are', async () => {
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD']) {
      const told = await stage.during(stage.get('', { method }))
      expect([told.status, told.headers.get('allow')]).toEqual([405, 'GET, POST'])
    }
  })

  test.each(['%', '%zz', '%ff', 'a//b', '%2e%2e', 'a/%2e/b', '%00', ''])(
    'W10 the name %j: 400',
    async (name) => {
      const raw = await RawSocket.connect(stage.port)
      raw.say(`GET /sync/${name} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
      await stage.during(raw.ended)
      expect(raw.status).toBe(400)
    },
  )

  test('W10 a name is decoded once', async () => {
    await stage.during(ask(`${stage.url}/sync/a%2Fb`, { method: 'POST', body: new Uint8Array() }))
    const once = await stage.during(stage.house.disk.outline('a/b' as never))
    expect(once.deleted).toBe(false)
    expect((await stage.during(ask(`${stage.url}/sync/a%252Fb`))).status).toBe(200)
  })

  test.each([
    'live=websocket',
    'live=',
    'offset=',
    'offset=17',
    'offset=0123456789abcdef.-1.0123456789abcdef',
    'offset=0123456789abcdef.99999999999999999999.0123456789abcdef',
    'offset=0123456789abcdeg.1.0123456789abcdef',
    `session=${'a'.repeat(65)}`,
    'session=a%20b',
    'session=',
    'kind=none',
    'schema=x',
    'beat=0',
    'beat=soon',
  ])('N10 a request with %s: 400, and the rest of the query is not looked at', async (query) => {
    const told = await stage.during(stage.get(`?${query}&unknown=1`))
    expect([told.status, told.code]).toEqual([400, 4400])
  })

  test('N10 what it does not know it ignores', async () => {
    expect((await stage.during(stage.get('?colour=blue&told=rubbish'))).status).toBe(200)
  })
})

function streamOf(bytes: Uint8Array): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}

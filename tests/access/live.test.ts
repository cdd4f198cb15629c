import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Share } from '#server/access/share.ts'
import { type SessionId, seq } from '#shared/id.ts'
import { type End, type EndOptions, ends, freshSession, WebSocketEnd } from '#tests/carriers/end.ts'
import { Author, here, presenceOf, shown, states } from '#tests/carriers/writing.ts'
import { AccessStage, named, type TokenOf } from './stage.ts'

let stage: AccessStage
let made = 0
const opened: End[] = []

beforeAll(async () => {
  stage = await AccessStage.open()
})

afterEach(() => {
  for (const end of opened.splice(0)) end.cut()
})

afterAll(async () => {
  await stage.close()
})

function somewhere(): string {
  made += 1
  return `plan-${made}`
}

type Shown = Pick<EndOptions, 'query' | 'headers' | 'protocols'>

/** Somebody at a document, with what they write, and their own outbox. */
class Person {
  readonly end: End
  readonly session: SessionId = freshSession()
  readonly author = new Author()
  #number = 0

  constructor(Carrier: (typeof ends)[keyof typeof ends], document: string, by: Shown) {
    this.end = new Carrier({ url: stage.url, document, sessions: [this.session], ...by })
    opened.push(this.end)
  }

  async here(): Promise<this> {
    await stage.during(this.end.next('step2'))
    return this
  }

  write(words: string, author = this.author): number {
    this.#number += 1
    const update = author.write(words)
    this.end.send({ type: 'push', session: this.session, number: this.#number, update })
    return this.#number
  }

  /** Writes, and waits until that is saved. */
  async saves(words: string): Promise<void> {
    const number = this.write(words)
    await stage.during(this.end.until(() => this.end.of('ack').some(({ to }) => to >= number), 'an ack'))
  }

  /** Writes, and waits until that is refused. */
  async mayNot(words: string): Promise<number> {
    // What is refused is no part of what they write later.
    const number = this.write(words, new Author())
    const isIt = () => this.end.of('refused').find((refused) => refused.number === number)
    await stage.during(this.end.until(() => isIt() !== undefined, 'a refusal'))
    return isIt()?.code ?? 0
  }

  ended(): Promise<number> {
    return stage.during(this.end.ended)
  }

  async hears(role: string): Promise<void> {
    await stage.passing(this.end.until(() => this.end.of('hello').at(-1)?.role === role, role))
  }
}

async function owner(document: string): Promise<Person> {
  return new Person(WebSocketEnd, document, await bearing({ sub: 'olga', role: 'owner' })).here()
}

async function bearing(of: TokenOf = {}): Promise<Shown> {
  return { headers: { authorization: `Bearer ${await stage.token(of)}` } }
}

async function cookieFor(
  token: string,
  secret: string | null = null,
): Promise<{ secret: string; shown: Shown }> {
  const entered = await stage.access.enter(token, secret)
  if ('kind' in entered) throw new Error(entered.reason)
  return { secret: entered.secret, shown: { headers: { cookie: `vellum=${entered.secret}` } } }
}

async function sharing(document: string, role: Share['role']) {
  const { share, token } = await stage.access.shares.make({
    document: named(document),
    role,
    name: '',
    by: 'olga',
    expiresAtMs: null,
  })
  return { share: { document: share.document, id: share.id, by: 'olga' }, ...(await cookieFor(token)) }
}

describe.each(Object.entries(ends))('over %s', (_name, Carrier) => {
  const at = (document: string, by: Shown) => new Person(Carrier, document, by)

  test('V2 who shows nothing, or what is not good, is asked who they are; who may not read is turned away', async () => {
    const document = somewhere()
    expect(await at(document, {}).ended()).toBe(4401)
    expect(await at(document, { headers: { authorization: 'Bearer made.up.token' } }).ended()).toBe(4401)
    expect(await at(document, await bearing({ expiresInSeconds: -60 })).ended()).toBe(4401)
    expect(await at(document, { query: { token: 'made up' } }).ended()).toBe(4401)
    expect(await at(document, await bearing({ doc: 'another' })).ended()).toBe(4403)
  })

  test('V2 a token in the query opens what one in the header does', async () => {
    const document = somewhere()
    const ana = await at(document, { query: { token: await stage.token() } }).here()
    await ana.saves('by the query')
  })

  test.each(['reader', 'commenter'] as const)(
    'V10 what a %s writes is refused with a code and reaches nobody; they stay, read on and are seen',
    async (role) => {
      const document = somewhere()
      const olga = await owner(document)
      const rita = await at(document, await bearing({ sub: 'rita', role })).here()
      expect(rita.end.of('hello')[0]?.role).toBe(role)
      expect(await rita.mayNot('not mine to write')).toBe(4403)
      rita.end.send({ type: 'update', update: rita.author.write('by the plain wire') })
      rita.end.send({ type: 'step2', update: rita.author.write('as an answer') })
      await stage.during(rita.end.until(() => rita.end.of('refused').length >= 3, 'three refusals'))
      rita.end.send({ type: 'presence', presence: presenceOf(77, 1, '{"cursor":null}') })
      await olga.saves('what the owner wrote')
      await stage.passing(rita.end.until(() => shown(rita.end) === 'what the owner wrote', 'the text'))
      await stage.passing(olga.end.until(() => here(olga.end).has(77), 'presence'))
      expect((await stage.house.entries(named(document))).length).toBe(1)
      expect(rita.end.code).toBeNull()
    },
  )

  test('R24 others see who somebody was verified to be, whatever they say of themselves', async () => {
    const document = somewhere()
    const olga = await owner(document)
    const rita = await at(document, await bearing({ sub: 'rita', name: 'Rita' })).here()
    const picture = 'https://olga.example/face.png'
    const forged = { name: 'Olga', username: 'Olga', avatar: picture }
    const said = JSON.stringify({ ...forged, picture, user: { ...forged, image: picture }, cursor: null })
    rita.end.send({ type: 'presence', presence: presenceOf(79, 1, said) })
    await stage.passing(olga.end.until(() => here(olga.end).has(79), 'presence'))
    const seen = states(olga.end).get(79) ?? ''
    expect(JSON.parse(seen)).toMatchObject({
      name: 'Rita',
      username: 'Rita',
      user: { name: 'Rita' },
      cursor: null,
    })
    expect(seen).not.toMatch(/Olga|olga/)
  })

  test.each(['writer', 'owner'] as const)('V5 a %s writes', async (role) => {
    const ana = await at(somewhere(), await bearing({ role })).here()
    expect(ana.end.of('hello')[0]?.role).toBe(role)
    await ana.saves('written')
  })

  test('V8 who is let in by a token that expires is put out within five seconds, and nobody else', async () => {
    const document = somewhere()
    const olga = await owner(document)
    const ana = await at(document, await bearing({ expiresInSeconds: 20 })).here()
    await stage.pass(18)
    expect(ana.end.code).toBeNull()
    await stage.pass(7)
    expect(await ana.ended()).toBe(4401)
    await olga.saves('still here')
  })

  test('V8 a link that is taken back puts out who came by it, and nobody else', async () => {
    const document = somewhere()
    const { share, shown: by } = await sharing(document, 'writer')
    const olga = await owner(document)
    const guest = await at(document, by).here()
    await guest.saves('while it lasted')
    guest.end.send({ type: 'presence', presence: presenceOf(78, 1, '{}') })
    await stage.passing(olga.end.until(() => here(olga.end).has(78), 'presence'))
    await stage.access.shares.revoke(share)
    expect(await guest.ended()).toBe(4403)
    await stage.passing(olga.end.until(() => !here(olga.end).has(78), 'their leaving'))
    await olga.saves('still here')
    expect(await at(document, by).ended()).toBe(4403)
  })

  test('V16 tokens that are taken back put out who came by one, by a cookie too, and nobody else', async () => {
    const document = somewhere()
    const olga = await owner(document)
    const sub = `mia ${document}`
    const token = await stage.token({ sub })
    const shows = { headers: { authorization: `Bearer ${token}` } }
    const signedIn = await cookieFor(token)
    const before = await Promise.all([shows, signedIn.shown].map((by) => at(document, by).here()))
    for (const mia of before) await mia.saves('while they counted')
    await stage.access.takenBack.takeBack({ sub, by: 'olga' })
    for (const mia of before) expect(await mia.ended()).toBe(4403)
    for (const by of [shows, signedIn.shown]) expect(await at(document, by).ended()).toBe(4403)
    await olga.saves('still here')
    await stage.pass(1)
    const fresh = await stage.token({ sub })
    await (await at(document, { headers: { authorization: `Bearer ${fresh}` } }).here()).saves('here again')
    await cookieFor(fresh, signedIn.secret)
    await (await at(document, signedIn.shown).here()).saves('and here')
    expect(stage.lines.filter(({ event, of }) => event === 'took back tokens' && of === sub)).toMatchObject([
      { author: 'olga', document: null },
    ])
  })

  test('V8 a document that is deleted ends its channels with 4404', async () => {
    const document = somewhere()
    const ana = await at(document, await bearing()).here()
    await ana.saves('soon gone')
    await stage.during(stage.house.rooms.delete(named(document)))
    expect(await ana.ended()).toBe(4404)
  })

  test('V8 who signs out is put out', async () => {
    const document = somewhere()
    const { secret, shown: by } = await cookieFor(await stage.token())
    const ana = await at(document, by).here()
    await stage.access.leave(secret)
    expect(await ana.ended()).toBe(4401)
  })

  test('V6 a channel by the cookie of before goes on for a minute when a person signs in, and is not that person', async () => {
    const document = somewhere()
    const { secret, shown: by } = await sharing(document, 'writer')
    const guest = await at(document, by).here()
    await guest.saves('as a guest')
    const { shown: hers } = await cookieFor(await stage.token({ sub: 'vera' }), secret)
    const vera = await at(document, hers).here()
    await guest.saves('still a guest')
    await vera.saves('somebody by now')
    const entries = await stage.house.disk.read(named(document), seq(0), Number.POSITIVE_INFINITY)
    expect(entries.map(({ author }) => author.replace(/:.*/, ''))).toEqual(['guest', 'guest', 'vera'])
    expect(guest.end.code).toBeNull()
    await stage.pass(63)
    expect(await guest.ended()).toBe(4401)
    expect(vera.end.code).toBeNull()
  })

  test('V8 a role that changes is told by another hello, and counts from then on; the channel stays', async () => {
    const document = somewhere()
    const { share, shown: by } = await sharing(document, 'reader')
    const guest = await at(document, by).here()
    expect(await guest.mayNot('too early')).toBe(4403)
    await stage.access.shares.change(share, { role: 'writer', by: 'ana' })
    await guest.hears('writer')
    await guest.saves('now I may')
    await stage.access.shares.change(share, { role: 'reader', by: 'ana' })
    await guest.hears('reader')
    expect(await guest.mayNot('too late')).toBe(4403)
    expect(guest.end.code).toBeNull()
  })

  test('V9 a session that gets a new token goes on without a gap', async () => {
    const document = somewhere()
    const { secret, shown: by } = await cookieFor(await stage.token({ expiresInSeconds: 10 }))
    const ana = await at(document, by).here()
    await cookieFor(await stage.token({ expiresInSeconds: 600 }), secret)
    await stage.pass(20)
    await ana.saves('still writing')
    expect(ana.end.of('hello')).toHaveLength(1)
    expect(ana.end.code).toBeNull()
  })

  test('V11 nobody writes under the client id of somebody else', async () => {
    const document = somewhere()
    const olga = await owner(document)
    await olga.saves('olga wrote this')
    const mallory = await at(document, await bearing({ sub: 'mallory' })).here()
    mallory.end.send({
      type: 'push',
      session: mallory.session,
      number: 1,
      update: olga.author.write(' and not this'),
    })
    await stage.during(mallory.end.until(() => mallory.end.of('refused')[0]?.code === 4409, 'a refusal'))
    expect(mallory.end.code).toBeNull()
    expect(await stage.house.entries(named(document))).toHaveLength(1)
  })
})

describe('over a WebSocket', () => {
  test('V9 a channel goes on with a new token that it sends, and is told its role', async () => {
    const document = somewhere()
    const token = await stage.token({ expiresInSeconds: 10 })
    const ana = await new Person(WebSocketEnd, document, { protocols: [`bearer.${token}`] }).here()
    ana.end.send({ type: 'renew', token: await stage.token({ expiresInSeconds: 600, role: 'reader' }) })
    await ana.hears('reader')
    await stage.pass(20)
    expect(await ana.mayNot('only a reader now')).toBe(4403)
    expect(ana.end.code).toBeNull()
  })

  test.each([
    ['is none', 'made.up.token', 4401],
    ['is for somebody else', { sub: 'bo' }, 4403],
    ['is for another document', { doc: 'another' }, 4403],
  ] as const)('V9 a new token that %s ends the channel', async (_what, of, code) => {
    const ana = await new Person(WebSocketEnd, somewhere(), await bearing()).here()
    ana.end.send({ type: 'renew', token: typeof of === 'string' ? of : await stage.token(of) })
    expect(await ana.ended()).toBe(code)
  })

  test.each([
    [['vellum', 'bearer.TOKEN'], 'vellum'],
    [['bearer.TOKEN', 'vellum'], 'vellum'],
    [['bearer.TOKEN', 'yjs'], 'yjs'],
  ])('V12 of the subprotocols %j the answer names %s, never the token', async (offered, chosen) => {
    const token = await stage.token()
    const protocols = offered.map((one) => one.replace('TOKEN', token))
    const socket = new WebSocket(`${stage.url.replace('http', 'ws')}/sync/${somewhere()}`, protocols)
    const [response] = await stage.during(once(socket, 'upgrade'))
    expect(JSON.stringify(response.headers)).not.toContain(token)
    if (socket.readyState === WebSocket.CONNECTING) await stage.during(once(socket, 'open'))
    expect(socket.protocol).toBe(chosen)
    socket.terminate()
  })

  test('V10 a y-websocket client that may only read is told so when it writes, not when it has nothing to say', async () => {
    const document = somewhere()
    const url = `${stage.url.replace('http', 'ws')}/sync/${document}?token=${await stage.token({ role: 'reader' })}`
    const socket = new WebSocket(url)
    const came: number[][] = []
    socket.on('message', (data: Buffer) => came.push([...data]))
    await stage.during(once(socket, 'open'))
    socket.send(Uint8Array.of(0, 1, 2, 0, 0))
    const update = new Author().write('hello')
    socket.send(Uint8Array.of(0, 2, update.length, ...update))
    await stage.during(
      (async () => {
        while (!came.some(([type]) => type === 2)) await once(socket, 'message')
      })(),
    )
    expect(came.filter(([type]) => type === 2)).toHaveLength(1)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    expect(await stage.house.entries(named(document))).toHaveLength(0)
    socket.terminate()
  })
})

/** People who have signed in and do what is not theirs to do: over every carrier, while two others write elsewhere. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeSecret, makeToken, type TokenFor } from '#server/access/making.ts'
import { encodeFrame } from '#shared/wire.ts'
import { made, typed } from '#tests/gate/make.ts'
import { clientFrame, RawSocket, upgradeRequest } from '#tests/process/raw-socket.ts'
import { removeFolder, temporaryFolder } from '#tests/server-process.ts'
import { Attacked, carriers, everyWay, type Headers } from './attacked.ts'
import { freshSession } from './end.ts'
import { presenceOf, states } from './writing.ts'

const SECRET = makeSecret()
const PATIENCE = { timeout: 30_000 }
/** Ends of lines, and what a terminal takes for commands or turns the text around. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

let folder: string
let attacked: Attacked

beforeAll(async () => {
  folder = await temporaryFolder()
  const env = { AUTH_SECRET: SECRET, AUDIT_LOG: join(folder, 'audit.log'), LOG_LEVEL: 'trace' }
  attacked = await Attacked.open({ env, token: await token({ sub: 'olga', role: 'owner' }) })
})

beforeEach(() => attacked.begin())
afterEach(() => attacked.noticedByNobody())

afterAll(async () => {
  await attacked?.close()
  await removeFolder(folder)
})

function token(of: Partial<TokenFor> = {}): Promise<string> {
  return makeToken({ secret: SECRET, sub: 'ana', doc: '*', role: 'writer', expiresInSeconds: 600, ...of })
}

async function bearing(of: Partial<TokenFor> = {}): Promise<{ readonly headers: Headers }> {
  return { headers: { authorization: `Bearer ${await token(of)}` } }
}

describe.each(carriers)('over %s', (carrier) => {
  test("G11 a thousand of a victim's clocks, claimed in each way: stripped with a code, and the victim's next words live", async () => {
    const document = `attacked-claim-${carrier}`
    const words = typed(5, 'abc')
    await attacked.write(document, words)
    const mallory = await bearing({ sub: 'mallory' })
    const claim = bytes('0101050300e80700')
    expect(await attacked.everyWay(carrier, document, claim, mallory)).toEqual([4409, 4409, 4409])
    const posted = await attacked.ask(`/v1/documents/${document}/updates`, {
      method: 'POST',
      body: claim,
      ...typedBytes(mallory),
    })
    expect(posted.status).toBe(409)
    expect(await attacked.stored(document)).toHaveLength(1)
    await attacked.write(
      document,
      made(5, (doc) => doc.getText('t').insert(3, 'de'), words),
    )
    expect((await attacked.read(document, carrier)).getText('t').toString()).toBe('abcde')
  })

  test('R24 R12 nobody is shown under the name of somebody else, nor moves or ends their presence', async () => {
    const document = `attacked-seen-${carrier}`
    const watcher = attacked.end('websocket', document)
    const vera = attacked.end('websocket', document, await bearing({ sub: 'vera', name: 'Vera' }))
    const mallory = attacked.end(carrier, document, await bearing({ sub: 'mallory', name: 'Mallory' }))
    await Promise.all([watcher, vera, mallory].map((end) => end.next('step2')))
    const say = (client: number, clock: number, json: string) =>
      ({ type: 'presence', presence: presenceOf(client, clock, json) }) as const
    vera.send(say(77, 1, '{"user":{"name":"Vera"},"caret":1}'))
    await watcher.until(() => states(watcher).has(77), 'Vera')
    const shown = states(watcher).get(77)
    mallory.send(
      say(77, 2, '{"user":{"name":"Mallory"}}'),
      say(77, 2, 'null'),
      say(77, Number.MAX_SAFE_INTEGER, '{"caret":9}'),
    )
    mallory.send(say(78, 1, '{"user":{"name":"Vera","id":"vera","color":"#ff0000"},"name":"Vera"}'))
    await watcher.until(() => states(watcher).has(78), 'Mallory')
    expect(states(watcher).get(77)).toBe(shown)
    expect(shown).toContain('"name":"Vera"')
    expect(states(watcher).get(78)).toContain('"name":"Mallory"')
    expect(states(watcher).get(78)).not.toMatch(/vera|#ff0000/i)
    vera.send(say(77, 2, '{"user":{"name":"Vera"},"caret":2}'))
    await watcher.until(() => states(watcher).get(77)?.includes('"caret":2') === true, 'that Vera goes on')
    for (const end of [watcher, vera, mallory]) end.cut()
  })

  test('V10 a reader who writes, in each way there is: 4403, the channel stays, nothing is stored, and nobody sees it', async () => {
    const document = `attacked-read-${carrier}`
    await attacked.write(document, typed(1, 'as it was'))
    const before = await attacked.stored(document)
    const watcher = attacked.end('websocket', document)
    await watcher.next('step2')
    const reader = await bearing({ sub: 'rita', role: 'reader' })
    for (const update of [typed(9, 'no'), bytes('0001010100ffffffff0f'), bytes('01010100000000')])
      expect(await attacked.everyWay(carrier, document, update, reader)).toEqual([4403, 4403, 4403])
    const session = freshSession()
    const end = attacked.end(carrier, document, { sessions: [session], ...reader })
    await end.next('step2')
    end.send(...everyWay(typed(9, 'no'), session), { type: 'presence', presence: presenceOf(90, 1, '{}') })
    await watcher.until(() => states(watcher).has(90), 'the reader')
    await end.until(() => end.of('refused').length >= 3, 'three refusals')
    expect([end.code, end.of('refused').length, end.of('ack').length]).toEqual([null, 3, 0])
    expect(watcher.of('entries').at(-1)?.to).toBe(1)
    expect(await attacked.stored(document)).toEqual(before)
    for (const one of [watcher, end]) one.cut()
  })

  test('V2 what is sent before anybody said who they are is not taken', async () => {
    const document = `attacked-early-${carrier}`
    await attacked.write(document, typed(1, 'as it was'))
    const update = encodeFrame({ type: 'update', update: typed(9, 'no') })
    const raw = await RawSocket.connect(attacked.server.port)
    if (carrier === 'websocket') {
      const frames = Array.from({ length: 2_000 }, () => clientFrame({ first: 0x82, payload: update }))
      frames.push(clientFrame({ first: 0x88, payload: Uint8Array.of(3, 232) }))
      raw.say(
        Buffer.concat([
          Buffer.from(upgradeRequest(`/sync/${document}`, ['Sec-WebSocket-Protocol: vellum'])),
          ...frames,
        ]),
      )
      expect(await raw.closeCode()).toBe(4401)
    } else {
      const live = carrier === 'event-stream' ? 'sse' : 'long-poll'
      const head = `POST /sync/${document}?live=${live} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 8000000\r\n\r\n`
      raw.say(Buffer.concat([Buffer.from(head), Buffer.of(update.length), update, Buffer.alloc(500_000, 1)]))
      await raw.until((text) => text.includes('"code":4401'))
      expect(raw.status).toBe(401)
      raw.reset()
    }
    expect(await attacked.stored(document)).toHaveLength(1)
  })
})

test('V5 a reader changes nothing over the API either', async () => {
  const { headers } = await bearing({ sub: 'rita', role: 'reader' })
  const base = '/v1/documents/attacked-api'
  const put = { method: 'PUT', body: '{"title":"T","content":"hello","format":"text"}' }
  expect((await attacked.ask(base, put)).status).toBe(201)
  const kept = await attacked.ask(`${base}/snapshots`, { method: 'POST', body: '{"name":"S"}' })
  const { id } = (await kept.json()) as { id: string }
  const lists = async () =>
    Promise.all(
      ['', '/updates', '/snapshots', '/shares'].map(async (path) => (await attacked.ask(base + path)).text()),
    )
  const before = await lists()
  for (const [method, path, body] of [
    ['PUT', '', '{"title":"X"}'],
    ['PUT', '-new', '{"title":"X"}'],
    ['PATCH', '', '{"title":"X"}'],
    ['DELETE', '', undefined],
    ['PUT', '/content?format=text', 'words'],
    ['POST', '/content?format=text', 'words'],
    ['POST', '/updates', typed(9, 'no')],
    ['POST', '/snapshots', '{"name":"X"}'],
    ['PATCH', `/snapshots/${id}`, '{"name":"X"}'],
    ['DELETE', `/snapshots/${id}`, undefined],
    ['POST', `/snapshots/${id}/restore`, undefined],
    ['GET', '/shares', undefined],
    ['POST', '/shares', '{"role":"owner"}'],
  ] as const)
    expect(
      (
        await attacked.ask(base + path, {
          method,
          headers,
          ...(body !== undefined && { body: body instanceof Uint8Array ? new Uint8Array(body) : body }),
        })
      ).status,
      `${method} ${path}`,
    ).toBe(403)
  expect(await lists()).toEqual(before)
  expect((await attacked.ask(`${base}-new`)).status).toBe(404)
})

test('W9 W10 an id opens the document of that very name over every door, or none: 400', async () => {
  const none = [
    '%00',
    'a%00b',
    '%2e%2e%2fetc%2fpasswd',
    'a%2F..%2Fb',
    '%2e',
    '%ff',
    '%zz',
    'a%c3%28',
    'x'.repeat(10_240),
    '%0a',
    '%1b%5b2J',
    '%ed%a0%80',
    'a%2F%2Fb',
    'a%2F',
  ]
  const { headers } = await bearing({ sub: 'olga', role: 'owner' })
  const heads = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const asked = async (head: string): Promise<string> => {
    const raw = await RawSocket.connect(attacked.server.port)
    raw.say(`${head}\r\nHost: 127.0.0.1\r\n${heads}Connection: close\r\nContent-Length: 0\r\n\r\n`)
    return (await raw.ended).toString('latin1')
  }
  const upgraded = async (id: string): Promise<string> => {
    const raw = await RawSocket.connect(attacked.server.port)
    raw.say(upgradeRequest(`/sync/${id}`, [`Authorization: ${headers['authorization']}`]))
    return (await raw.ended).toString('latin1')
  }
  const doors = [
    (id: string) => asked(`GET /sync/${id}?live=sse HTTP/1.1`),
    (id: string) => asked(`GET /sync/${id}?live=long-poll HTTP/1.1`),
    (id: string) => asked(`POST /sync/${id} HTTP/1.1`),
    (id: string) => asked(`GET /v1/documents/${id} HTTP/1.1`),
    (id: string) => asked(`PUT /v1/documents/${id} HTTP/1.1`),
    (id: string) => asked(`GET /v1/documents/${id}/content HTTP/1.1`),
    upgraded,
  ]
  await Promise.all(
    none.flatMap((id) =>
      doors.map(async (door, at) => {
        const answer = await door(id)
        expect(answer, `${id.slice(0, 40)} at door ${at}`).toMatch(/^HTTP\/1\.1 (400|414|431) /)
        expect(answer).not.toMatch(/node_modules|\.ts:|at file|\/work|passwd/)
      }),
    ),
  )
  // Alike to people, and each a document of its own.
  const names = [
    '__proto__',
    'constructor',
    'plan',
    'Plan',
    'рlan',
    'pla\u0301n',
    'plán',
    'plan ',
    'plan.',
    '..plan',
    'a/b',
    'a%2Fb',
    '?',
    '#',
  ]
  await Promise.all(names.map((name, at) => attacked.write(encodeURIComponent(name), typed(100 + at, name))))
  for (const [at, name] of names.entries()) {
    const carrier = carriers[at % carriers.length] ?? 'websocket'
    expect((await attacked.read(encodeURIComponent(name), carrier)).getText('t').toString()).toBe(name)
    const json = await attacked.ask(`/v1/documents/${encodeURIComponent(name)}`)
    expect(await json.json()).toMatchObject({ id: name, seq: 1 })
  }
})

test('V13 no name, title or id writes a line of its own into a log, turns one around or commands a terminal', async () => {
  const evil = 'x\n{"level":"fatal","msg":"forged"}\r\u001b[2J\u009b31m\u202edetfig\u2066\u2028'
  for (const of of [
    { sub: 'eve', name: evil },
    { sub: evil },
    { sub: 'eve\u202e\u2066' },
    { sub: 'eve', doc: `${evil}*` },
  ]) {
    const { headers } = await bearing(of)
    for (const path of [
      '/v1/documents/attacked-log',
      '/v1/documents/attacked%E2%80%AElog',
      '/sync/attacked-log',
    ])
      await (await attacked.ask(path, { headers })).arrayBuffer()
    const body = JSON.stringify({ token: headers['authorization']?.slice(7) })
    await attacked.ask('/v1/session', { method: 'POST', body })
  }
  const put = { method: 'PUT', body: JSON.stringify({ title: evil }) }
  expect((await attacked.ask('/v1/documents/attacked%E2%80%AElog', put)).status).toBe(201)
  const share = { method: 'POST', body: JSON.stringify({ role: 'reader', name: evil.slice(0, 40) }) }
  await attacked.ask('/v1/documents/attacked%E2%80%AElog/shares', share)
  const long = { method: 'POST', body: JSON.stringify({ token: 'x'.repeat(1_000_000) }) }
  expect((await attacked.ask('/v1/session', long)).status).toBeGreaterThanOrEqual(400)
  const odd = { 'user-agent': 'x\u001b[2J', 'x-forwarded-for': '\u009b31m, 1.2.3.4', referer: 'http://x/\t' }
  const raw = await RawSocket.connect(attacked.server.port)
  raw.say(
    `GET /v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\n${Object.entries(odd)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}Connection: close\r\n\r\n`,
  )
  await raw.ended
  const audit = () => readFile(join(folder, 'audit.log'), 'utf8')
  await expect.poll(audit, PATIENCE).toContain('made a share')
  for (const line of `${await audit()}${attacked.server.stderr}`.trim().split('\n')) {
    expect(line).not.toMatch(UNPRINTABLE)
    expect(JSON.parse(line)).not.toMatchObject({ level: 'fatal' })
    expect(line.length).toBeLessThan(4_000)
  }
})

function typedBytes({ headers }: { readonly headers: Headers }): { readonly headers: Headers } {
  return { headers: { ...headers, 'content-type': 'application/octet-stream' } }
}

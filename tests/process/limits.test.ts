/** Limits of a real server: who comes to one is told with a code, and nobody else notices. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { settings } from '#server/settings.ts'
import { WebSocketEnd } from '#tests/carriers/end.ts'
import { Author } from '#tests/carriers/writing.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Bystanders, metric } from './bystanders.ts'
import { clientFrame, RawSocket } from './raw-socket.ts'

const MAX_ROOMS = 30

let server: ServerProcess
let bystanders: Bystanders

beforeAll(async () => {
  server = await startServer({
    env: {
      TRUST_PROXY: 'true',
      MAX_ROOMS: String(MAX_ROOMS),
      MAX_REQUESTS_PER_SECOND: '2',
      MAX_NEW_DOCUMENTS_PER_HOUR: '3',
      MAX_SIGN_INS_PER_MINUTE: '3',
      MAX_MALFORMED_PER_MINUTE: '2',
    },
  })
  bystanders = new Bystanders(server)
  await bystanders.noticeNothing()
})

afterAll(async () => {
  await bystanders?.noticeNothing()
  bystanders?.leave()
  await server?.[Symbol.asyncDispose]()
})

const limited = (limit: string) => metric(server, `vellum_limited_total{limit="${limit}"}`)

function from(address: string, path: string, init: RequestInit = {}): Promise<Response> {
  // What its client says of itself stands before what the proxy says.
  const headers = { 'X-Forwarded-For': `127.0.0.1, ${address}`, 'Content-Type': 'application/json' }
  return fetch(`${server.url}/v1/documents${path}`, { ...init, headers })
}

test('more requests than one address may make are answered with 429 and when to come back, others are served', async () => {
  const answers = await Promise.all(Array.from({ length: 60 }, () => from('10.0.0.1', '')))
  const refused = answers.filter(({ status }) => status === 429)
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(20)
  expect(refused.length).toBeGreaterThan(0)
  const [one] = refused
  expect(one?.headers.get('content-type')).toBe('application/problem+json')
  expect(Number(one?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(await one?.json()).toMatchObject({ type: '/v1/docs#too-many', code: 4529 })
  expect((await from('10.0.0.2', '')).status).toBe(200)
  expect(await limited('requests')).toBe(refused.length)
  await bystanders.noticeNothing()
})

test('N8 V6 more sign-ins than one address may make in a minute: 429 and when to come back, others sign in', async () => {
  const signIn = (address: string, token: string) =>
    fetch(`${server.url}/v1/session`, {
      method: 'POST',
      headers: { 'X-Forwarded-For': address, 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    })
  for (const token of ['a', 'b', 'c']) expect((await signIn('10.0.2.1', token)).status).toBe(200)
  const refused = await signIn('10.0.2.1', 'd')
  expect([refused.status, await refused.json()]).toMatchObject([429, { code: 4529 }])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  // The same link, from wherever.
  for (const address of ['10.0.2.2', '10.0.2.3']) expect((await signIn(address, 'a')).status).toBe(200)
  expect((await signIn('10.0.2.4', 'a')).status).toBe(429)
  expect((await signIn('10.0.2.4', 'e')).status).toBe(200)
  expect(await limited('sign_ins')).toBe(2)
})

test('N14 behind a proxy an address that sends what is malformed waits for its turn, and comes in; others do not wait', async () => {
  const upgrade = (address: string) =>
    RawSocket.upgrade(server.port, '/sync/malformed', [`X-Forwarded-For: 127.0.0.1, ${address}`])
  for (let at = 0; at < 2; at++) {
    const bad = await upgrade('10.0.4.1')
    bad.say(clientFrame({ first: 0x83 }))
    expect(await bad.closeCode()).toBe(1002)
  }
  const other = await upgrade('10.0.4.2')
  expect([other.status, await limited('malformed')]).toEqual([101, 0])
  const shares = await upgrade('10.0.4.1')
  expect([shares.status, await limited('malformed')]).toEqual([101, 1])
  for (const raw of [other, shares]) raw.reset()
})

test('a body larger than one may be: 413, and it is counted, over the API and to a channel', async () => {
  const before = await limited('body_bytes')
  const body = JSON.stringify({ token: 'x'.repeat(20_000) })
  const headers = { 'X-Forwarded-For': '10.0.3.1', 'Content-Type': 'application/json' }
  expect((await fetch(`${server.url}/v1/session`, { method: 'POST', headers, body })).status).toBe(413)
  const raw = await RawSocket.connect(server.port)
  raw.say(`POST /sync/large HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${1 << 30}\r\n\r\n`)
  await raw.until((text) => text.includes('\r\n\r\n'))
  expect(raw.status).toBe(413)
  raw.reset()
  expect((await limited('body_bytes')) - before).toBe(2)
})

test('more documents than one address may make in an hour: 429, also over a channel; there may be others', async () => {
  for (const id of ['one', 'two', 'three', 'three'])
    expect((await from('10.0.1.1', `/${id}`, { method: 'PUT' })).status).toBeLessThan(300)
  const refused = await from('10.0.1.1', '/four', { method: 'PUT' })
  expect([refused.status, await refused.json()]).toMatchObject([429, { code: 4529 }])
  expect(refused.headers.get('retry-after')).toBe('60')
  expect((await from('10.0.1.2', '/four', { method: 'PUT' })).status).toBe(201)
  // The bystanders' own document was the first of this address.
  for (const id of ['five', 'six']) expect(await written(id)).toBe('stored')
  expect(await written('seven')).toBe(4529)
  expect(await written('six')).toBe('stored')
  expect(await limited('new_documents')).toBe(2)
})

/** What came of a first edit over a WebSocket. */
async function written(document: string): Promise<number | 'stored'> {
  const end = new WebSocketEnd({ url: server.url, document })
  await end.next('step2')
  end.send({ type: 'update', update: new Author().write('x') })
  const outcome = await Promise.race([end.next('entries').then(() => 'stored' as const), end.ended])
  end.cut()
  return outcome
}

test('more open documents than there may be: 4503, those that are open go on', async () => {
  const ends: WebSocketEnd[] = []
  for (let at = 0; at <= MAX_ROOMS; at++) {
    const end = new WebSocketEnd({ url: server.url, document: `open-${at}` })
    ends.push(end)
    await Promise.race([end.next('hello').catch(() => {}), end.ended])
  }
  expect(ends.filter(({ code }) => code === 4503).length).toBeGreaterThan(0)
  expect(await limited('rooms')).toBeGreaterThan(0)
  await bystanders.noticeNothing()
  for (const end of ends) end.cut()
})

test('docs/operations.md names every setting there is, and none that is not', () => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const named = [...page.matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map(([, name]) => name)
  expect(named).toEqual(Object.values(settings).map(({ name }) => name))
  const mentioned = [...page.matchAll(/\b((?:MAX|AUTH|ALLOW|TRUST|KEEP|ERASE|CHANNEL|PRESENCE)_[A-Z_]+)\b/g)]
  expect(mentioned.map(([, name]) => name).filter((name) => !named.includes(name))).toEqual([])
})

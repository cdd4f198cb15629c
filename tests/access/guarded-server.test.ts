/** A server whose people have to say who they are, as a process of its own: what it answers, and what it writes down. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routes } from '#server/access/doors.ts'
import { makeSecret, makeToken, type TokenFor } from '#server/access/making.ts'
import { ends, freshSession, WebSocketEnd } from '#tests/carriers/end.ts'
import { Author } from '#tests/carriers/writing.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'

const SECRET = makeSecret()

let folder: string
let server: ServerProcess

beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startServer({
    dataDir: join(folder, 'data'),
    env: {
      AUTH_SECRET: SECRET,
      AUDIT_LOG: join(folder, 'audit.log'),
      LOG_LEVEL: 'trace',
      PUBLIC_URL: 'https://notes.example',
    },
  })
})

afterAll(async () => {
  await server?.kill()
  await removeFolder(folder)
})

function token(of: Partial<TokenFor> = {}): Promise<string> {
  return makeToken({ secret: SECRET, sub: 'ana', doc: '*', role: 'writer', expiresInSeconds: 600, ...of })
}

async function bearing(of: Partial<TokenFor> = {}): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await token(of)}` }
}

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, init)
}

function signIn(given: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify({ token: given })
  return ask('/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
}

function cookieOf(response: Response): string {
  return /vellum=[^;]*/.exec(response.headers.get('set-cookie') ?? '')?.[0] ?? ''
}

describe('V5 every operation', () => {
  const guarded = Object.entries(routes).filter(([, action]) => action !== 'public')

  test.each(guarded)('V5 %s lets in who may %s, and tells everybody else why not', async (route, action) => {
    const [method = '', template = ''] = route.split(' ')
    const path = template.replace('{id}', 'there%20is%20none').replace(/\{(snapshot|share)\}/, '0'.repeat(16))
    const outcome = async (headers: Record<string, string>) => {
      const { status } = await ask(path, { method, headers })
      return status === 401 || status === 403 ? status : 'let in'
    }
    expect(await outcome({})).toBe(401)
    expect(await outcome({ authorization: `Bearer ${await token()}x` })).toBe(401)
    expect(await outcome(await bearing({ expiresInSeconds: -60 }))).toBe(401)
    if (action !== 'list') expect(await outcome(await bearing({ role: 'owner', doc: 'another' }))).toBe(403)
    const least = {
      list: 'reader',
      read: 'reader',
      write: 'writer',
      create: 'writer',
      manage: 'owner',
      share: 'owner',
      govern: 'owner',
    }
    for (const role of ['reader', 'commenter', 'writer', 'owner'] as const) {
      const mayNot =
        ['reader', 'commenter', 'writer', 'owner'].indexOf(role) <
        ['reader', '', 'writer', 'owner'].indexOf(least[action as keyof typeof least])
      expect(await outcome(await bearing({ role })), role).toBe(mayNot ? 403 : 'let in')
    }
  })

  test('V5 a list names the documents one may read, and no others', async () => {
    const headers = await bearing()
    for (const id of ['team%2Fa', 'team%2Fb', 'private'])
      expect((await ask(`/v1/documents/${id}`, { method: 'PUT', headers })).status).toBe(201)
    const list = await ask('/v1/documents', { headers: await bearing({ doc: 'team/*', role: 'reader' }) })
    const { documents } = (await list.json()) as { documents: { id: string }[] }
    expect(documents.map(({ id }) => id).toSorted()).toEqual(['team/a', 'team/b'])
  })

  test('V5 whoever may not read a document does not learn whether there is one', async () => {
    const headers = await bearing({ doc: 'another' })
    await ask('/v1/documents/hidden', { method: 'PUT', headers: await bearing() })
    const [there, none] = await Promise.all(
      ['hidden', 'nowhere'].map((id) => ask(`/v1/documents/${id}`, { headers })),
    )
    expect(there?.status).toBe(403)
    expect(await there?.text()).toBe(await none?.text())
  })

  test('V1 the page, and whether the server lives, are for everybody', async () => {
    for (const path of ['/', '/d/plan', '/healthz', '/readyz', '/metrics', '/v1/openapi.json', '/v1/docs'])
      expect((await ask(path)).status, path).toBe(200)
  })
})

describe('V8 a read that waits for a change', () => {
  test('V8 is not answered with the change where what let it in has ended meanwhile', async () => {
    const owner = { ...(await bearing({ role: 'owner' })), 'content-type': 'application/json' }
    const path = '/v1/documents/waited%20for'
    await ask(path, { method: 'PUT', headers: owner, body: '{"content":"first","format":"text"}' })
    const made = await ask(`${path}/shares`, { method: 'POST', headers: owner, body: '{"role":"reader"}' })
    const { id, url } = (await made.json()) as { id: string; url: string }
    const authorization = `Bearer ${url.split('#token=')[1]}`
    const first = await ask(`${path}/content`, { headers: { authorization } })
    expect(first.status).toBe(200)
    const known = { authorization, 'if-none-match': first.headers.get('etag') ?? '', prefer: 'wait=20' }
    const waiting = ask(`${path}/content`, { headers: known })
    expect((await ask(`${path}/shares/${id}`, { method: 'DELETE', headers: owner })).status).toBe(204)
    await ask(`${path}/content?format=text`, { method: 'PUT', headers: owner, body: 'second' })
    expect((await waiting).status).toBe(403)
  })
})

describe('V6 the cookie', () => {
  test('V6 has every flag, and says nothing', async () => {
    const given = await token()
    const response = await signIn(given)
    expect(response.status).toBe(200)
    const header = response.headers.get('set-cookie') ?? ''
    const [pair = '', ...flags] = header.split('; ')
    expect(flags.toSorted()).toEqual(['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict', 'Secure'])
    expect(pair).toMatch(/^vellum=[A-Za-z0-9_-]{43}$/)
    expect(given).not.toContain(pair.slice('vellum='.length))
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('V6 adds up, outlives the server, and is gone when signed out of', async () => {
    const headers = { cookie: cookieOf(await signIn(await token({ doc: 'one' }))) }
    await signIn(await token({ doc: 'two', role: 'reader' }), headers)
    server = await server.restart()
    const who = await (await ask('/v1/session?document=two', { headers })).json()
    expect(who).toMatchObject({
      mode: 'guarded',
      role: 'reader',
      principal: { id: 'ana', name: 'ana', isGuest: false },
      grants: [{ doc: 'one', role: 'writer' }, { doc: 'two' }],
    })
    expect((await ask('/v1/documents/one', { method: 'PUT', headers })).status).toBe(201)
    expect((await ask('/v1/documents/three', { method: 'PUT', headers })).status).toBe(403)
    const end = new WebSocketEnd({ url: server.url, document: 'one', headers })
    await end.next('step2')
    const left = await ask('/v1/session', { method: 'DELETE', headers })
    expect(left.headers.get('set-cookie')).toContain('vellum=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0')
    expect(await end.ended).toBe(4401)
    expect(await (await ask('/v1/session', { headers })).json()).toMatchObject({
      principal: null,
      grants: [],
    })
    expect((await ask('/v1/documents', { headers })).status).toBe(401)
  })

  test("V6 that somebody planted is theirs still when a person signs in over it, and never the person's", async () => {
    const owner = { ...(await bearing({ role: 'owner' })), 'content-type': 'application/json' }
    await ask('/v1/documents/planted', { method: 'PUT', headers: owner })
    const made = await ask('/v1/documents/planted/shares', {
      method: 'POST',
      headers: owner,
      body: '{"role":"reader"}',
    })
    const { url } = (await made.json()) as { url: string }
    const planted = { cookie: cookieOf(await signIn(url.split('#token=')[1] ?? '')) }
    const signedIn = await signIn(await token({ sub: 'vera' }), planted)
    const hers = { cookie: cookieOf(signedIn) }
    expect(signedIn.status).toBe(200)
    expect(hers.cookie).toMatch(/^vellum=[A-Za-z0-9_-]{43}$/)
    expect(hers).not.toEqual(planted)
    const who = async (headers: Record<string, string>) => (await ask('/v1/session', { headers })).json()
    expect(await who(hers)).toMatchObject({
      principal: { id: 'vera' },
      grants: [{ doc: 'planted' }, { doc: '*' }],
    })
    expect(await who(planted)).toMatchObject({ principal: { isGuest: true }, grants: [{ doc: 'planted' }] })
    const write = (headers: Record<string, string>) => ask('/v1/documents/hers', { method: 'PUT', headers })
    expect((await write(planted)).status).toBe(403)
    expect((await write(hers)).status).toBe(201)
  })

  test('V6 makes nobody somebody else where that is not asked for, and says who would be', async () => {
    const attempt = async (given: string, headers: Record<string, string>) => {
      const body = JSON.stringify({ token: given, switch: false })
      const type = { 'content-type': 'application/json' }
      return ask('/v1/session', { method: 'POST', headers: { ...headers, ...type }, body })
    }
    const ana = { cookie: cookieOf(await signIn(await token())) }
    const refused = await attempt(await token({ sub: 'mallory', name: 'Mallory' }), ana)
    expect([refused.status, refused.headers.get('set-cookie')]).toEqual([409, null])
    expect(await refused.json()).toMatchObject({
      type: '/v1/docs#somebody-else',
      here: { id: 'ana', name: 'ana', isGuest: false },
      link: { id: 'mallory', name: 'Mallory' },
    })
    expect(await (await ask('/v1/session', { headers: ana })).json()).toMatchObject({
      grants: [{ doc: '*' }],
    })
    // Their own, and a first one, need no word.
    expect((await attempt(await token({ doc: 'more' }), ana)).status).toBe(200)
    expect((await attempt(await token(), {})).status).toBe(200)
    expect((await attempt('made up', ana)).status).toBe(401)
  })

  test.each([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a site beside this one', { origin: 'https://wiki.notes.example', 'sec-fetch-site': 'same-site' }],
    ['no site', { origin: 'null' }],
    ['a page that hides where it is', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
  ])('V6 is of no use to a page of %s', async (_what, from) => {
    const headers = { cookie: cookieOf(await signIn(await token())), ...from }
    for (const [method, path] of [
      ['PUT', '/v1/documents/forged'],
      ['POST', '/v1/session'],
      ['DELETE', '/v1/session'],
      ['POST', '/sync/forged'],
      ['GET', '/v1/documents'],
    ] as const)
      expect((await ask(path, { method, headers })).status, path).toBe(403)
  })

  test('V6 is not given for what a form can send, nor for what is no token', async () => {
    const body = JSON.stringify({ token: await token() })
    expect(
      (await ask('/v1/session', { method: 'POST', headers: { 'content-type': 'text/plain' }, body })).status,
    ).toBe(415)
    const bad = await signIn('made up')
    expect([bad.status, bad.headers.get('set-cookie')]).toEqual([401, null])
  })
})

describe('V12 what lets somebody in', () => {
  test('V12 is in no log, no metric and no file, whichever way it came; who was let in is in the audit log', async () => {
    const given = await token({ sub: 'carla' })
    const wrong = `${await token({ sub: 'dan' })}x`
    const cookie = cookieOf(await signIn(given))
    const secret = cookie.slice('vellum='.length)
    const owner = { ...(await bearing({ role: 'owner' })), 'content-type': 'application/json' }
    const made = await ask('/v1/documents/noted/shares', {
      method: 'POST',
      headers: owner,
      body: '{"role":"writer"}',
    })
    const link = String(((await made.json()) as { url: string }).url.split('#token=')[1])
    for (const [name, Carrier] of Object.entries(ends)) {
      for (const shown of [
        { query: { token: given } },
        { headers: { authorization: `Bearer ${given}` } },
        { headers: { cookie } },
        { query: { token: link } },
        ...(name === 'websocket' ? [{ protocols: [`bearer.${given}`] }] : []),
      ]) {
        const end = new Carrier({ url: server.url, document: 'noted', ...shown })
        await end.next('step2')
        end.cut()
      }
      for (const shown of [{ query: { token: wrong } }, { headers: { authorization: `Bearer ${wrong}` } }])
        expect(await new Carrier({ url: server.url, document: 'noted', ...shown }).ended).toBe(4401)
    }
    const session = freshSession()
    const renewing = new WebSocketEnd({
      url: server.url,
      document: 'noted',
      protocols: [`bearer.${given}`],
      sessions: [session],
    })
    await renewing.next('step2')
    renewing.send({ type: 'renew', token: await token({ sub: 'carla', role: 'owner' }) })
    renewing.send({ type: 'push', session, number: 1, update: new Author().write('words of a document') })
    await renewing.next('ack')
    renewing.cut()
    await ask(`/v1/documents/noted?token=${given}`)
    await ask(`/v1/documents/noted?token=${wrong}`)
    await ask(`/nowhere?token=${given}`)
    const metrics = await (await ask('/metrics')).text()
    const audit = await readFile(join(folder, 'audit.log'), 'utf8')
    const kept = await Promise.all(
      (await readdir(join(folder, 'data'))).map((name) => readFile(join(folder, 'data', name), 'latin1')),
    )
    const places = { metrics, audit, errors: server.stderr, out: server.stdout, files: kept.join('') }
    const parts = [given, given.split('.')[2], wrong.split('.')[2], secret, link, SECRET]
    for (const [place, text] of Object.entries(places))
      for (const part of parts) expect(text.includes(part ?? SECRET), place).toBe(false)
    const lines = audit
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toContainEqual(
      expect.objectContaining({ audit: 'let in', author: 'carla', document: 'noted', by: 'query' }),
    )
    expect(lines).toContainEqual(
      expect.objectContaining({ audit: 'refused', author: null, document: 'noted' }),
    )
    expect(lines).toContainEqual(
      expect.objectContaining({ audit: 'made a share', author: 'ana', document: 'noted' }),
    )
    expect(audit + server.stderr + metrics).not.toContain('words of a document')
  })
})

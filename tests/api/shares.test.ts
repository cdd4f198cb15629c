/** Links to a document: given out, listed, changed and taken back over HTTP, by its owners alone. */
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeToken } from '#server/access/making.ts'
import { MemoryAccessStore } from '#server/access/memory-store.ts'
import { openAccess } from '#server/access/open.ts'
import { Bodies } from '#server/api/body.ts'
import { Places } from '#server/api/places.ts'
import { apiRoutes, NO_DOOR } from '#server/api/router.ts'
import { shareOperations } from '#server/api/shares.ts'
import { MemoryLog } from '#server/log/memory.ts'
import type { Role } from '#shared/frame.ts'
import { documentId } from '#shared/id.ts'
import { accessOf } from '#tests/access/stage.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'
import { freshId, Program, type Told } from './program.ts'

const SECRET = 'a secret of forty-three characters, or more.'

let server: ServerProcess
let open: ServerProcess
let program: Program

beforeAll(async () => {
  ;[server, open] = await Promise.all([startServer({ env: { AUTH_SECRET: SECRET } }), startServer()])
  program = new Program(server)
})

afterAll(() => Promise.all([server?.[Symbol.asyncDispose](), open?.[Symbol.asyncDispose]()]))

async function by(sub: string, role: Role, doc = '*'): Promise<Record<string, string>> {
  const token = await makeToken({ secret: SECRET, sub, doc, role, expiresInSeconds: 600 })
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
}

const path = (id: string, share = '') => `/${encodeURIComponent(id)}/shares${share === '' ? '' : `/${share}`}`

async function make(id: string, body: object, headers?: Record<string, string>): Promise<Told> {
  return program.ask('POST', path(id), {
    headers: headers ?? (await by('ana', 'owner')),
    body: JSON.stringify(body),
  })
}

/** What the token of a link may do to its document. */
async function mayRead(url: string, id: string): Promise<number> {
  const authorization = `Bearer ${url.slice(url.indexOf('#token=') + '#token='.length)}`
  return (await program.get(`/${encodeURIComponent(id)}/content`, { authorization })).status
}

describe('A30 links', () => {
  test('A30 lets in by its token what its role allows; the list never has the token, and says the rest', async () => {
    const id = freshId('shared')
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const made = await make(id, { role: 'reader', name: 'The printers', expiresAt })
    expect(made.status).toBe(201)
    expect(made.headers.get('cache-control')).toBe('no-store')
    const { url, ...told } = made.json as { url: string; id: string }
    expect(url).toMatch(new RegExp(`^${server.url}/d/shared%20\\d+/%C3%BC#token=vs_[\\w-]{43}$`))
    expect(made.headers.get('location')).toBe(`/v1/documents${path(id, told.id)}`)
    expect(told).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      role: 'reader',
      name: 'The printers',
      createdBy: 'ana',
      createdAt: expect.any(String),
      expiresAt,
    })
    const listed = await program.get(path(id), await by('bo', 'owner', id))
    expect(listed.json).toEqual({ shares: [told] })
    expect(listed.text).not.toContain('vs_')
    // Nothing is written there yet, and it is known that whoever asks may read it.
    expect(await mayRead(url, id)).toBe(404)
    expect(server.stderr).not.toContain(url.slice(-43))
  })

  test('A30 is an owner’s to give, to see and to take back, and nobody else’s', async () => {
    const id = freshId('owned')
    const { json } = await make(id, { role: 'writer' })
    const share = String(json?.['id'])
    for (const role of ['reader', 'commenter', 'writer'] as const) {
      const headers = await by('eve', role)
      expect((await make(id, { role: 'reader' }, headers)).status).toBe(403)
      expect((await program.get(path(id), headers)).status).toBe(403)
      expect(
        (await program.ask('PATCH', path(id, share), { headers, body: '{"role":"owner"}' })).status,
      ).toBe(403)
      expect((await program.ask('DELETE', path(id, share), { headers })).status).toBe(403)
    }
    // An owner of another document is none of this one, and its links are none of that one.
    const other = freshId('other')
    const stranger = await by('eve', 'owner', other)
    expect((await program.get(path(id), stranger)).status).toBe(403)
    expect((await program.ask('DELETE', path(other, share), { headers: stranger })).json).toMatchObject({
      type: '/v1/docs#share-not-found',
    })
    expect((await program.get(path(id))).status).toBe(401)
    expect(await mayRead(String(json?.['url']), id)).toBe(404)
  })

  test('A31 a role is changed for all who came by it; what is revoked lets nobody in and is not listed', async () => {
    const id = freshId('changed')
    const owner = await by('ana', 'owner')
    const { json } = await make(id, { role: 'reader' })
    const [url, share] = [String(json?.['url']), String(json?.['id'])]
    const token = `Bearer ${url.slice(url.indexOf('=') + 1)}`
    const put = () =>
      program.ask('PUT', `/${encodeURIComponent(id)}`, {
        headers: { authorization: token, 'content-type': 'application/json' },
        body: '{}',
      })
    expect((await put()).status).toBe(403)
    const changed = await program.ask('PATCH', path(id, share), { headers: owner, body: '{"role":"writer"}' })
    expect(changed.json).toMatchObject({ id: share, role: 'writer' })
    expect((await put()).status).toBe(201)
    expect(await mayRead(url, id)).toBe(200)
    expect((await program.ask('DELETE', path(id, share), { headers: owner })).status).toBe(204)
    expect(await mayRead(url, id)).toBe(403)
    expect((await program.get(path(id), owner)).json).toEqual({ shares: [] })
    for (const ask of [{ method: 'DELETE' }, { method: 'PATCH', body: '{"role":"owner"}' }])
      expect((await program.ask(ask.method, path(id, share), { headers: owner, ...ask })).status).toBe(404)
  })

  test('A32 a document has a bounded number of them that work', async () => {
    const { shares } = await accessOf({ store: new MemoryAccessStore(), wall: Date.now })
    const document = documentId('bounded')
    if (document === null) throw new Error('not an id')
    const parts = {
      shares,
      log: new MemoryLog({ wall: Date.now }),
      clock: new VirtualClock(),
      publicUrl: 'https://notes.example',
    }
    const operations = apiRoutes(shareOperations(parts), {
      access: openAccess(),
      places: new Places({ maxWaiting: Number.POSITIVE_INFINITY }),
      bodies: new Bodies({ maxBytes: 1 << 20 }),
      door: NO_DOOR,
      onFailed: (error) => {
        throw error
      },
    })
    const one = { document, role: 'reader', name: '', by: 'ana', expiresAtMs: null } as const
    const routes = new Hono().route('/v1', operations)
    for (let made = 0; made < 499; made++) await shares.make(one)
    const ask = () =>
      routes.request('/v1/documents/bounded/shares', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"role":"reader"}',
      })
    const last = await ask()
    expect(await last.json()).toMatchObject({
      url: expect.stringMatching(/^https:\/\/notes\.example\/d\/bounded#/),
    })
    const refused = await ask()
    expect(await refused.json()).toMatchObject({ status: 409, type: '/v1/docs#shares-full' })
  })

  test('A32 what is malformed, past or of a deleted document is refused', async () => {
    const id = freshId('bounded')
    const owner = await by('ana', 'owner')
    for (const body of [
      {},
      { role: 'king' },
      { role: 'reader', token: 'vs_mine' },
      { role: 'reader', expiresAt: 'tomorrow' },
      { role: 'reader', expiresAt: new Date(Date.now() - 1_000).toISOString() },
      { role: 'reader', name: 'a'.repeat(101) },
      { role: 'reader', name: '\ud800' },
    ])
      expect((await make(id, body)).json, JSON.stringify(body)).toMatchObject({
        type: '/v1/docs#invalid-request',
      })
    expect((await program.ask('DELETE', path(id, 'x'), { headers: owner })).status).toBe(404)
    const gone = freshId('deleted')
    await program.ask('PUT', `/${encodeURIComponent(gone)}`, { headers: owner, body: '{}' })
    await program.ask('DELETE', `/${encodeURIComponent(gone)}`, { headers: owner })
    expect((await make(gone, { role: 'reader' })).status).toBe(410)
  })

  test('A33 in open mode there is nobody to let in, and the answer says so', async () => {
    const everybody = new Program(open)
    for (const [method, body] of [
      ['GET', null],
      ['POST', '{"role":"reader"}'],
    ] as const) {
      const headers = { 'content-type': 'application/json' }
      const told = await everybody.ask(method, path('any'), { headers, body })
      expect(told.json).toMatchObject({ status: 409, type: '/v1/docs#open-mode' })
    }
  })
})

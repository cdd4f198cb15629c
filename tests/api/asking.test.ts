/** What is the same for every operation: addresses, types, conditions, pages of other origins. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'
import { freshId, Program, pathOf } from './program.ts'

const OTHER = 'https://product.example'

let server: ServerProcess
let folder: string
let program: Program
beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startServer({ env: { ALLOWED_ORIGINS: OTHER, AUDIT_LOG: join(folder, 'audit') } })
  program = new Program(server)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await removeFolder(folder)
})

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

describe('A1 what is asked', () => {
  test('is read by what it holds where it names no type', async () => {
    const path = pathOf(freshId())
    const body = bytes({ title: 'Mine', format: 'markdown', content: '# Kept' })
    const made = await program.ask('PUT', path, { body })
    expect([made.status, made.json?.['title']]).toEqual([201, 'Mine'])
    expect(await program.markdown(path)).toBe('# Kept\n')
    const kept = await program.ask('POST', `${path}/snapshots`, { body: bytes({ name: 'First' }) })
    expect([kept.status, kept.json?.['name']]).toEqual([201, 'First'])
  })

  test('is not taken from a form, which any page can send', async () => {
    const path = await program.make('x')
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a'])
      for (const what of ['/snapshots', '/updates']) {
        const told = await program.ask('POST', `${path}${what}`, {
          headers: { 'content-type': type },
          body: '{}',
        })
        expect([told.status, told.json?.['type']]).toEqual([415, '/v1/docs#unsupported-format'])
      }
    const added = await program.ask('POST', `${path}/content`, {
      headers: { 'content-type': 'text/plain' },
      body: 'y',
    })
    expect([added.status, await program.markdown(path)]).toEqual([200, 'x\n\ny\n'])
  })

  test('of an address that is none is a problem like others', async () => {
    for (const path of ['/../nothing', '/a/b/c/d']) {
      const told = await program.ask('GET', path)
      expect([told.status, told.json?.['type']]).toEqual([404, '/v1/docs#not-found'])
    }
  })

  test('with an empty Accept is answered as without one', async () => {
    const path = await program.make('x')
    const { status, headers } = await program.get(`${path}/content`, { accept: '' })
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
  })

  test('with an empty Idempotency-Key is refused: two requests would be one', async () => {
    const path = await program.make('x')
    const told = await program.ask('POST', `${path}/snapshots`, { headers: { 'idempotency-key': '' } })
    expect(told.status).toBe(400)
  })
})

describe('A4 a document', () => {
  test('that is called something else is not the same to who asks whether it changed', async () => {
    const path = await program.make('x')
    const before = await program.get(path)
    const tag = before.headers.get('etag') ?? ''
    expect((await program.get(path, { 'if-none-match': tag })).status).toBe(304)
    await program.ask('POST', `${path}/snapshots`)
    const title = 'T'.repeat(300)
    const headers = { 'content-type': 'application/json', 'if-match': tag }
    const named = await program.ask('PATCH', path, { headers, body: JSON.stringify({ title }) })
    expect([named.status, named.json?.['title']]).toEqual([200, title])
    const after = await program.get(path, { 'if-none-match': tag })
    expect([after.status, after.json?.['title']]).toEqual([200, title])
    const late = await program.ask('PATCH', path, { headers, body: JSON.stringify({ title: 'Late' }) })
    expect(late.status).toBe(412)
  })
})

describe('A1 pages of another origin', () => {
  const readable = (headers: Headers) => headers.get('access-control-allow-origin')

  test('that is allowed read answers, and may say what a program may', async () => {
    const path = await program.make('x')
    const told = await program.get(`${path}/content`, { origin: OTHER })
    expect([told.status, readable(told.headers)]).toEqual([200, OTHER])
    expect(told.headers.get('access-control-expose-headers')).toContain('ETag')
    expect(told.headers.get('access-control-allow-credentials')).toBeNull()
    expect(told.headers.get('vary')).toContain('Origin')
    const refused = await program.get(`${path}/content?at=999`, { origin: OTHER })
    expect([refused.status, readable(refused.headers)]).toEqual([400, OTHER])
    const asked = await program.ask('OPTIONS', `${path}/content`, {
      headers: {
        origin: OTHER,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'authorization,content-type,if-match',
      },
    })
    expect([asked.status, readable(asked.headers)]).toEqual([204, OTHER])
    expect(asked.headers.get('access-control-allow-methods')).toContain('PUT')
    expect(asked.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('if-match')
  })

  test.each(['https://evil.example', 'null', `${OTHER}.evil.example`, 'http://product.example'])(
    '%s read nothing',
    async (origin) => {
      const path = await program.make('x')
      for (const method of ['GET', 'OPTIONS'] as const) {
        const told = await program.ask(method, `${path}/content`, {
          headers: { origin, 'access-control-request-method': 'PUT' },
        })
        expect(readable(told.headers)).toBeNull()
        expect(told.text).not.toContain('"x"')
      }
    },
  )
})

describe('V13 the audit log', () => {
  test('V13 tells of what was renamed, restored and deleted, also where nobody signs in, and only where it was done', async () => {
    const id = freshId()
    const path = await program.make('x', id)
    const json = { 'content-type': 'application/json' }
    const kept = await program.ask('POST', `${path}/snapshots`)
    const snapshot = `${path}/snapshots/${kept.json?.['id']}`
    await program.put(path, 'y')
    await program.ask('PATCH', path, { headers: json, body: JSON.stringify({ title: 'Secret' }) })
    await program.ask('PATCH', path, { headers: json, body: '{' })
    await program.ask('PATCH', snapshot, { headers: json, body: JSON.stringify({ name: 'First' }) })
    await program.ask('POST', `${snapshot}/restore`)
    await program.ask('DELETE', snapshot)
    await program.ask('DELETE', snapshot)
    await program.ask('DELETE', path)
    const text = readFileSync(join(folder, 'audit'), 'utf8')
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const done = lines.filter(({ audit, document }) => audit === 'did' && document === id)
    expect(done.map(({ act, author }) => [act, author])).toEqual(
      ['renameDocument', 'renameSnapshot', 'restoreSnapshot', 'deleteSnapshot', 'deleteDocument'].map(
        (act) => [act, 'anonymous'],
      ),
    )
    expect(text).not.toMatch(/Secret|First/)
  })
})

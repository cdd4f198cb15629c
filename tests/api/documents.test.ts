/** Documents as programs list, make, name and delete them, on a real server. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { LiveSession } from '#tests/session/live.ts'
import { freshId, Program, pathOf, problemIn } from './program.ts'

const JSON_BODY = { 'content-type': 'application/json' }

/** Two servers more, on a small machine that does other things, too. */
const PATIENT = { timeout: 240_000 }

let server: ServerProcess
let program: Program
beforeAll(async () => {
  server = await startServer({ env: { ERASE_AFTER_DAYS: '0' } })
  program = new Program(server)
})
afterAll(() => server[Symbol.asyncDispose]())

function idsIn(json: Record<string, unknown> | null): string[] {
  return ((json?.['documents'] ?? []) as { id: string }[]).map(({ id }) => id)
}

describe('A2 an id is one percent-encoded segment', () => {
  test.each(['team/plan', '100%', 'ü', 'a b+c', '%2F', 'what?', '#1', "it's", '文書'])('%s', async (name) => {
    const id = `${freshId('id')} ${name}`
    const path = await program.make('words', id)
    expect((await program.get(path)).json?.['id']).toBe(id)
    expect((await program.get(`${path}/content?format=text`)).text).toBe('words\n')
    const { json } = await program.get('?limit=1')
    expect(idsIn(json)[0]).toBe(id)
  })

  test.each(['%zz', '%', 'a%2F%2Fb', '%2e%2e%2fa', 'a%00', `${'a'.repeat(256)}`, '%ff'])(
    'not %s',
    async (segment) => {
      const told = await program.get(`/${segment}`)
      expect([told.status, problemIn(told)]).toEqual([400, 'invalid-id'])
    },
  )
})

describe('A3 making a document', () => {
  test('brings its title and first content in one entry, and again changes nothing', async () => {
    const path = pathOf(freshId())
    const body = JSON.stringify({ title: 'Plan', format: 'html', content: '<p>Hello</p>' })
    const first = await program.ask('PUT', path, { headers: JSON_BODY, body })
    expect(first).toMatchObject({
      status: 201,
      json: { title: 'Plan', kind: 'page', seq: 1, author: 'anonymous' },
    })
    expect(first.headers.get('location')).toBe(`/v1/documents${path}`)
    expect(first.headers.get('etag')).toBe('"1"')
    const again = await program.ask('PUT', path, {
      headers: JSON_BODY,
      body: JSON.stringify({ title: 'Other' }),
    })
    expect(again).toMatchObject({ status: 200, json: { title: 'Plan', seq: 1 } })
    expect(await program.markdown(path)).toBe('Hello\n')
  })

  test('needs neither title nor content', async () => {
    const path = pathOf(freshId())
    expect(await program.ask('PUT', path)).toMatchObject({
      status: 201,
      json: { title: '', kind: 'page', seq: 1 },
    })
    expect((await program.get(`${path}/content?format=text`)).text).toBe('')
  })

  test('by ten programs at once makes it once', async () => {
    const path = pathOf(freshId())
    const told = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        program.ask('PUT', path, {
          headers: JSON_BODY,
          body: JSON.stringify({ format: 'text', content: `from ${index}` }),
        }),
      ),
    )
    expect(told.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201])
    expect(await program.log(path)).toHaveLength(1)
    expect(await program.markdown(path)).toMatch(/^from \d\n$/)
  })

  test('in any format', async () => {
    const source = await program.make('# A\n\n- b\n')
    const yjs = await program.get(`${source}/content?format=yjs`)
    const json = (await program.get(`${source}/content?format=json`)).json
    const bodies = [
      { format: 'yjs', content: Buffer.from(yjs.bytes).toString('base64') },
      { format: 'json', content: json },
      { format: 'html', content: '<h1>A</h1><ul><li>b</li></ul>' },
    ]
    for (const body of bodies) {
      const path = pathOf(freshId())
      const made = await program.ask('PUT', path, { headers: JSON_BODY, body: JSON.stringify(body) })
      expect([made.status, await program.markdown(path)]).toEqual([201, '# A\n\n- b\n'])
    }
  })

  test('that cannot be made whole makes nothing', async () => {
    const bad = [
      { title: 'x'.repeat(301) },
      { name: 'x' },
      { content: { type: 'doc', content: [{ type: 'marquee' }] } },
      { format: 'yjs', content: 'AAECAw==' },
      { format: 'yjs', content: 'not base64!' },
      { format: 'markdown', content: 7 },
      { format: 'docx' },
    ]
    for (const body of bad) {
      const path = pathOf(freshId())
      const told = await program.ask('PUT', path, { headers: JSON_BODY, body: JSON.stringify(body) })
      expect([400, 422]).toContain(told.status)
      expect(problemIn(told)).toMatch(/^invalid-(request|content)$/)
      expect(problemIn(await program.get(path))).toBe('document-not-found')
    }
    const path = pathOf(freshId())
    expect(problemIn(await program.ask('PUT', path, { headers: JSON_BODY, body: '{"title":' }))).toBe(
      'invalid-request',
    )
  })

  test('is seen by a page, and a page makes one that programs see', async () => {
    const id = freshId('live')
    await program.make('from a program', id)
    using person = new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
    await person.shows(1)
    expect(person.paragraphs).toEqual(['from a program'])
    const other = freshId('live')
    using author = new LiveSession(`${server.syncUrl}/${encodeURI(other)}`)
    author.write('from a person')
    await author.saved()
    expect(await program.markdown(pathOf(other))).toBe('from a person\n')
  })
})

describe('A4 a deleted document', () => {
  test(
    'is gone for programs and for people, also after a restart, and what it held is erased',
    PATIENT,
    async () => {
      await using own = await startServer({ env: { ERASE_AFTER_DAYS: '0' } })
      const asker = new Program(own)
      const id = freshId('gone')
      const path = await asker.make('secret', id)
      using person = new LiveSession(`${own.syncUrl}/${encodeURI(id)}`)
      await person.shows(1)
      expect((await asker.ask('DELETE', path)).status).toBe(204)
      await person.until(({ kind }) => kind === 'stopped')
      expect(person.session.status).toMatchObject({ code: 4404 })
      const every = async (one: Program) => {
        const asked = await Promise.all([
          one.get(path),
          one.get(`${path}/content`),
          one.get(`${path}/updates`),
          one.ask('DELETE', path),
          one.ask('PUT', path),
          one.put(path, 'again'),
          one.ask('POST', `${path}/content?format=text`, { body: 'more' }),
          one.update(path, new Uint8Array([0, 0])),
          one.ask('PATCH', path, { headers: JSON_BODY, body: '{"title":"x"}' }),
        ])
        return new Set(
          asked.map((told) => `${told.status} ${problemIn(told)} ${String(told.json?.['code'])}`),
        )
      }
      expect(await every(asker)).toEqual(new Set(['410 document-deleted 4404']))
      expect((await asker.get('')).json).toEqual({ documents: [], next: null })
      await using next = await own.restart()
      expect(await every(new Program(next))).toEqual(new Set(['410 document-deleted 4404']))
      await expect.poll(() => next.stderr).toContain('"msg":"erased"')
      await next.kill('SIGTERM')
      const store = new DatabaseSync(join(next.dataDir, 'vellum.db'))
      const held = store.prepare('SELECT count(*) AS runs FROM runs').get()
      store.close()
      expect(held).toEqual({ runs: 0 })
    },
  )

  test('that never was one is not found', async () => {
    expect(problemIn(await program.ask('DELETE', pathOf(freshId())))).toBe('document-not-found')
  })
})

describe('A5 the list', () => {
  test('is read page by page, and shows what changed last first', async () => {
    const ids: string[] = []
    for (let index = 0; index < 7; index++) {
      ids.unshift(freshId('listed'))
      await program.make(`words ${index}`, ids[0])
    }
    const found: string[] = []
    let query = '?limit=3'
    while (found.length < ids.length) {
      const { json } = await program.get(query)
      expect(idsIn(json)).toHaveLength(3)
      found.push(...idsIn(json))
      query = `?limit=3&cursor=${String(json?.['next'])}`
    }
    expect(found.slice(0, ids.length)).toEqual(ids)
    expect(new Set(found).size).toBe(found.length)
    const all = await program.get('?limit=500')
    expect(all.json?.['next']).toBeNull()
    const wrong = await program.get('?cursor=nonsense')
    expect([wrong.status, problemIn(wrong)]).toEqual([400, 'invalid-request'])
    expect(problemIn(await program.get('?limit=0'))).toBe('invalid-request')
    expect(problemIn(await program.get('?colour=red'))).toBe('invalid-request')
  })
})

describe('A6 a title', () => {
  test('is one line, without what turns or hides text, however it came', async () => {
    const id = freshId('hostile title')
    const path = await program.make('words', id)
    const body = JSON.stringify({ title: ' A\u202eB\u0007\n\u200bC ' })
    const told = await program.ask('PATCH', path, { headers: JSON_BODY, body })
    expect([told.status, told.json?.['title']]).toEqual([200, 'A B C'])
    const half = await program.ask('PATCH', path, { headers: JSON_BODY, body: '{"title":"\\ud800"}' })
    expect(problemIn(half)).toBe('invalid-request')
    using person = new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
    await person.shows(1)
    expect(person.document.doc.getMap('meta').get('title')).toBe('A B C')
    person.document.doc.getMap('meta').set('title', '\u202eevil\n')
    await person.saved()
    await expect.poll(async () => (await program.get(path)).json?.['title'], { timeout: 20_000 }).toBe('evil')
    const other = await program.ask('PUT', pathOf(freshId('hostile title')), {
      headers: JSON_BODY,
      body: JSON.stringify({ title: '\u2066one\u2069\u0000two' }),
    })
    expect(other.json?.['title']).toBe('one two')
  })

  test('given by a program is an edit: who has the document open sees it, and lists show it', async () => {
    const id = freshId('title')
    const path = await program.make('words', id)
    using person = new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
    await person.shows(1)
    const title = person.document.doc.getMap('meta')
    const told = await program.ask('PATCH', path, { headers: JSON_BODY, body: '{"title":"New"}' })
    expect(told).toMatchObject({ status: 200, json: { title: 'New', seq: 2 } })
    await expect.poll(() => title.get('title')).toBe('New')
    expect((await program.get(path)).json?.['title']).toBe('New')
    const late = await program.ask('PATCH', path, {
      headers: { ...JSON_BODY, 'if-match': '"1"' },
      body: '{"title":"Late"}',
    })
    expect([late.status, problemIn(late)]).toEqual([412, 'precondition-failed'])
    expect(problemIn(await program.ask('PATCH', path, { headers: JSON_BODY, body: '{}' }))).toBe(
      'invalid-request',
    )
    expect((await program.get(path)).json).toMatchObject({ title: 'New', seq: 2 })
  })
})

describe('A1 the door', () => {
  test('lets no page of another origin in, and no other name for this server', async () => {
    const path = await program.make('words')
    for (const [method, where] of [
      ['GET', path],
      ['PUT', path],
      ['DELETE', path],
      ['POST', `${path}/updates`],
    ] as const) {
      const told = await program.ask(method, where, { headers: { origin: 'https://evil.example' } })
      expect([told.status, problemIn(told), told.json?.['code']]).toEqual([403, 'forbidden', 4403])
      expect(told.headers.get('access-control-allow-origin')).toBeNull()
    }
    const own = await program.get(path, { origin: server.url })
    expect(own.status).toBe(200)
  })

  test('says which methods there are', async () => {
    const told = await program.ask('POST', '')
    expect([told.status, told.headers.get('allow'), problemIn(told)]).toEqual([
      405,
      'GET, HEAD',
      'method-not-allowed',
    ])
  })

  test('answers HEAD like GET, without a body', async () => {
    const path = await program.make('words')
    for (const where of ['', path, `${path}/content`, `${path}/updates`]) {
      const [got, headed] = [await program.get(where), await program.ask('HEAD', where)]
      expect([headed.status, headed.text, headed.headers.get('etag')]).toEqual([
        got.status,
        '',
        got.headers.get('etag'),
      ])
    }
  })
})

/** Snapshots: positions that programs name, read and restore while people type, on a real server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { LiveSession } from '#tests/session/live.ts'
import { freshId, Program, pathOf, problemIn, type Told } from './program.ts'

const JSON_BODY = { 'content-type': 'application/json' }

let server: ServerProcess
let program: Program
beforeAll(async () => {
  server = await startServer()
  program = new Program(server)
})
afterAll(() => server[Symbol.asyncDispose]())

function keep(
  path: string,
  body: object = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Told> {
  return program.ask('POST', `${path}/snapshots`, {
    headers: { ...JSON_BODY, ...headers },
    body: JSON.stringify(body),
  })
}

async function idOf(made: Promise<Told>): Promise<string> {
  const told = await made
  if (told.status !== 201) throw new Error(`${told.status}: ${told.text}`)
  return String(told.json?.['id'])
}

async function listed(path: string, query = ''): Promise<readonly Record<string, unknown>[]> {
  const { json } = await program.get(`${path}/snapshots${query}`)
  return json?.['snapshots'] as readonly Record<string, unknown>[]
}

function read(path: string, id: string, format = 'markdown'): Promise<string> {
  return program.get(`${path}/snapshots/${id}/content?format=${format}`).then(({ text }) => text)
}

function restore(path: string, id: string): Promise<Told> {
  return program.ask('POST', `${path}/snapshots/${id}/restore`)
}

describe('A16 a snapshot', () => {
  test('names the newest position, or an older one, and is read in any format whatever is written later', async () => {
    const path = await program.make('# One\n')
    await program.put(path, '# Two\n')
    const made = await keep(path, { name: 'Release ü' })
    expect([made.status, made.json]).toEqual([
      201,
      {
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        name: 'Release ü',
        kind: 'named',
        seq: 2,
        author: 'anonymous',
        authorName: null,
        time: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ])
    expect(made.headers.get('location')).toBe(`/v1/documents${path}/snapshots/${String(made.json?.['id'])}`)
    const older = await idOf(keep(path, { seq: 1 }))
    await program.put(path, '# Three\n')
    const id = String(made.json?.['id'])
    expect([await read(path, id), await read(path, older), await read(path, id, 'text')]).toEqual([
      '# Two\n',
      '# One\n',
      'Two\n',
    ])
    const doc = new Y.Doc()
    Y.applyUpdate(doc, (await program.get(`${path}/snapshots/${id}/content?format=yjs`)).bytes)
    expect(doc.getXmlFragment('prosemirror').length).toBe(1)
    const { headers } = await program.get(`${path}/snapshots/${id}/content`)
    expect(headers.get('etag')).toBe('"2"')
    const again = await program.get(`${path}/snapshots/${id}/content`, { 'if-none-match': '"2"' })
    expect([again.status, again.text]).toEqual([304, ''])
    expect((await program.get(`${path}/snapshots/${id}`)).json).toEqual(made.json)
    expect((await program.get(path)).json?.['seq']).toBe(3)
  })

  test('is listed newest position first, page by page', async () => {
    const path = await program.make('words')
    for (let seq = 2; seq <= 5; seq++) await program.put(path, `words ${seq}`)
    for (const seq of [2, 5, 1, 4, 3]) await idOf(keep(path, { seq }))
    expect((await listed(path)).map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1])
    const first = await program.get(`${path}/snapshots?limit=2`)
    expect(first.json?.['next']).toEqual(expect.any(String))
    const rest = `?limit=3&cursor=${String(first.json?.['next'])}`
    expect((await listed(path, rest)).map(({ seq }) => seq)).toEqual([3, 2, 1])
    expect((await program.get(`${path}/snapshots${rest}`)).json?.['next']).toBeNull()
    expect(problemIn(await program.get(`${path}/snapshots?cursor=nonsense`))).toBe('invalid-request')
  })

  test('is named, unnamed and deleted, and its position stays', async () => {
    const path = await program.make('words')
    const id = await idOf(keep(path))
    const rename = (body: string) =>
      program.ask('PATCH', `${path}/snapshots/${id}`, { headers: JSON_BODY, body })
    expect((await rename('{"name":"A name"}')).json).toMatchObject({ id, name: 'A name', kind: 'named' })
    expect((await listed(path))[0]).toMatchObject({ id, name: 'A name' })
    expect((await rename('{"name":null}')).json?.['name']).toBeNull()
    for (const name of ['x'.repeat(201), 'x'.repeat(10_000), 7, '\ud800'])
      expect(problemIn(await rename(JSON.stringify({ name })))).toBe('invalid-request')
    expect(problemIn(await keep(path, { name: 'x'.repeat(201) }))).toBe('invalid-request')
    expect((await program.ask('DELETE', `${path}/snapshots/${id}`)).status).toBe(204)
    expect(problemIn(await program.ask('DELETE', `${path}/snapshots/${id}`))).toBe('snapshot-not-found')
    expect(await listed(path)).toEqual([])
    expect((await program.get(`${path}/content?format=text&at=1`)).text).toBe('words\n')
  })

  test('has a name of one line, without what turns or hides text; an empty one is none', async () => {
    const path = await program.make('words')
    const made = await keep(path, { name: ' Re\u202elease\u0000 7\n\u2066👩\u200d💻 ' })
    expect([made.status, made.json?.['name']]).toEqual([201, 'Re lease  7 👩\u200d💻'])
    const rename = (name: string) =>
      program.ask('PATCH', `${path}/snapshots/${String(made.json?.['id'])}`, {
        headers: JSON_BODY,
        body: JSON.stringify({ name }),
      })
    expect((await rename('\u001b[31mred')).json).toMatchObject({ name: '[31mred' })
    expect((await listed(path))[0]).toMatchObject({ name: '[31mred' })
    for (const empty of ['', '  ', '\u200b\u202e\n']) {
      expect((await rename(empty)).json?.['name']).toBeNull()
      expect((await keep(path, { name: empty })).json).toMatchObject({ name: null, kind: 'named' })
    }
    expect(problemIn(await rename('\udc00'))).toBe('invalid-request')
    expect(problemIn(await keep(path, { name: 'x\ud800' }))).toBe('invalid-request')
  })

  test('is made once by the same key of the same request', async () => {
    const path = await program.make('words')
    const other = await program.make('words')
    const key = { 'idempotency-key': 'release 7' }
    const made = await Promise.all(Array.from({ length: 5 }, () => keep(path, { name: 'Seven' }, key)))
    expect(made.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201])
    expect(new Set(made.map(({ text }) => text)).size).toBe(1)
    expect(await listed(path)).toHaveLength(1)
    expect((await keep(other, {}, key)).status).toBe(201)
    expect((await keep(path, {}, { 'idempotency-key': 'release 8' })).status).toBe(201)
  })

  test('of another document, or of none, is not found; a position that is not there yet is told', async () => {
    const path = await program.make('words')
    const other = await program.make('words')
    const id = await idOf(keep(other))
    for (const wrong of [id, '0'.repeat(16), 'nonsense']) {
      const told = await Promise.all([
        program.get(`${path}/snapshots/${wrong}`),
        program.get(`${path}/snapshots/${wrong}/content`),
        program.ask('PATCH', `${path}/snapshots/${wrong}`, { headers: JSON_BODY, body: '{"name":"x"}' }),
        program.ask('DELETE', `${path}/snapshots/${wrong}`),
        restore(path, wrong),
      ])
      for (const one of told) expect(problemIn(one)).toBe('snapshot-not-found')
    }
    expect(await listed(other)).toHaveLength(1)
    expect(problemIn(await keep(path, { seq: 2 }))).toBe('position-ahead')
    expect(problemIn(await keep(path, { seq: 0 }))).toBe('invalid-request')
    expect(problemIn(await keep(pathOf(freshId())))).toBe('document-not-found')
    expect(await listed(path)).toEqual([])
  })

  test('goes with its document', async () => {
    const path = await program.make('words')
    const id = await idOf(keep(path))
    await program.ask('DELETE', path)
    const told = [await keep(path), await program.get(`${path}/snapshots`), await restore(path, id)]
    expect(told.map((one) => `${one.status} ${problemIn(one)}`)).toEqual(
      Array(3).fill('410 document-deleted'),
    )
  })

  test('outlives a server that is killed', async () => {
    await using own = await startServer()
    const asker = new Program(own)
    const path = await asker.make('words')
    const made = await asker.ask('POST', `${path}/snapshots`)
    await using next = await own.restart()
    expect((await new Program(next).get(`${path}/snapshots/${String(made.json?.['id'])}`)).json).toEqual(
      made.json,
    )
  })
})

describe('A17 restoring', () => {
  test('makes today what the snapshot says, by one edit, and restoring what was kept undoes it', async () => {
    const first = '# Tides\n\n- [x] **measured**\n- [ ] read\n\n| a | b |\n| - | - |\n| 1 | 2 |\n'
    const path = await program.make(first)
    const id = await idOf(keep(path, { name: 'First' }))
    await program.put(path, 'Something else\n\nand more\n')
    const today = (await program.get(`${path}/content?format=json`)).text
    const told = await restore(path, id)
    expect(told).toMatchObject({ status: 200, json: { seq: 3, changed: true, kept: expect.any(String) } })
    expect(await program.markdown(path)).toBe(first)
    expect((await program.get(`${path}/content`)).text).toBe(await read(path, id, 'json'))
    const kept = String(told.json?.['kept'])
    expect((await listed(path)).map((one) => [one['id'], one['seq'], one['name']])).toEqual([
      [kept, 2, null],
      [id, 1, 'First'],
    ])
    const undone = await restore(path, kept)
    expect(undone.json?.['seq']).toBe(4)
    expect((await program.get(`${path}/content?format=json`)).text).toBe(today)
    expect((await program.log(path)).map(({ author }) => author)).toEqual(Array(4).fill('anonymous'))
  })

  test('what is there already changes nothing, says so, and keeps nothing', async () => {
    const path = await program.make('words')
    const id = await idOf(keep(path))
    const nothing = { seq: 1, changed: false, kept: null }
    expect(await restore(path, id)).toMatchObject({ status: 200, json: nothing })
    const told = await Promise.all([restore(path, id), restore(path, id)])
    expect(told.map(({ json }) => json)).toEqual([nothing, nothing])
    expect(await program.log(path)).toHaveLength(1)
    expect((await listed(path)).map((one) => one['id'])).toEqual([id])
  })

  test('what is mostly there already, while somebody types: what was kept is what each one took away', async () => {
    const id = freshId('live')
    const path = await program.make('one\n', id)
    const snapshot = await idOf(keep(path))
    using ada = new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
    await ada.shows(1)
    const typed: string[] = []
    const kept: string[] = []
    const isOver = () => typed.length >= 4 && kept.length >= 2
    const type = async (): Promise<void> => {
      while (!isOver()) {
        typed.push(`ada${typed.length}`)
        ada.write(typed.at(-1) ?? '')
        await ada.saved()
      }
    }
    const goBack = async (): Promise<void> => {
      while (!isOver()) {
        const { status, json } = await restore(path, snapshot)
        expect(status).toBe(200)
        expect(json?.['changed']).toBe(typeof json?.['kept'] === 'string')
        if (typeof json?.['kept'] === 'string') kept.push(json['kept'])
      }
    }
    await Promise.all([type(), goBack()])
    expect(new Set((await listed(path)).map((one) => one['id']))).toEqual(new Set([snapshot, ...kept]))
    const texts = await Promise.all([...kept.map((one) => read(path, one)), program.markdown(path)])
    const words = new Set(texts.flatMap((text) => text.split('\n\n').map((one) => one.trim())))
    for (const one of typed) expect(words).toContain(one)
    expect((await restore(path, snapshot)).json?.['seq']).toEqual(expect.any(Number))
    expect(await restore(path, snapshot)).toMatchObject({ json: { changed: false, kept: null } })
    expect(await program.markdown(path)).toBe('one\n')
  })

  test('while people type loses nothing of what they type: it is in what was kept, or in what is there', async () => {
    const id = freshId('live')
    const path = await program.make('one\n\ntwo\n', id)
    const snapshot = await idOf(keep(path))
    await program.put(path, 'three\n')
    using ada = new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
    using bo = new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
    await Promise.all([ada.shows(1), bo.shows(1)])
    let isRestored = false
    const type = async (person: LiveSession, name: string): Promise<string[]> => {
      const typed: string[] = []
      // A few at least on either side of it.
      for (let after = 0; after < 3; after += isRestored ? 1 : 0) {
        typed.push(`${name}${typed.length}`)
        person.write(typed.at(-1) ?? '')
        await person.saved()
      }
      return typed
    }
    const restored = async () => {
      await expect.poll(() => ada.paragraphs.some((words) => words.startsWith('bo'))).toBe(true)
      const told = await restore(path, snapshot)
      isRestored = true
      return told
    }
    const [told, ...typed] = await Promise.all([restored(), type(ada, 'ada'), type(bo, 'bo')])
    expect(told.status).toBe(200)
    const kept = String(told.json?.['kept'])
    const [before, now] = [await read(path, kept), await program.markdown(path)]
    expect(before).toContain('three')
    expect(now).toMatch(/^one\n\ntwo\n/)
    expect(now).not.toContain('three')
    const words = (text: string) => text.split('\n\n').map((one) => one.trim())
    for (const one of typed.flat()) expect([...words(before), ...words(now)]).toContain(one)
    for (const person of [ada, bo])
      await expect.poll(() => person.paragraphs, { timeout: 30_000 }).toEqual(words(now))
    await restore(path, kept)
    expect((await program.get(`${path}/content`)).text).toBe(await read(path, kept, 'json'))
  })

  test('and deleting its document at once: one of them wins, and nothing is half done', async () => {
    for (let round = 0; round < 5; round++) {
      const path = await program.make('words')
      const id = await idOf(keep(path))
      await program.put(path, 'others')
      const [told, gone] = await Promise.all([restore(path, id), program.ask('DELETE', path)])
      expect(gone.status).toBe(204)
      expect([200, 410]).toContain(told.status)
      expect(problemIn(await program.get(`${path}/snapshots`))).toBe('document-deleted')
    }
  })

  test('and deleting the snapshot at once: it is restored, or nothing is', async () => {
    for (let round = 0; round < 5; round++) {
      const path = await program.make('words')
      const id = await idOf(keep(path))
      await program.put(path, 'others')
      const [told, gone] = await Promise.all([
        restore(path, id),
        program.ask('DELETE', `${path}/snapshots/${id}`),
      ])
      expect(gone.status).toBe(204)
      if (told.status === 200) {
        expect(await program.markdown(path)).toBe('words\n')
        expect(await listed(path)).toHaveLength(1)
      } else {
        expect(problemIn(told)).toBe('snapshot-not-found')
        expect([await program.markdown(path), await listed(path)]).toEqual(['others\n', []])
      }
    }
  })

  test('of several at once makes one after the other, each with what was there before it', async () => {
    const path = await program.make('one')
    const ids = [await idOf(keep(path))]
    await program.put(path, 'two')
    ids.push(await idOf(keep(path)))
    await program.put(path, 'three')
    const told = await Promise.all(ids.map((id) => restore(path, id)))
    const kept = await Promise.all(told.map(({ json }) => read(path, String(json?.['kept']))))
    const now = await program.markdown(path)
    expect(new Set([...kept, now])).toEqual(new Set(['three\n', 'one\n', 'two\n']))
  })
})

/** What is too large, too long, unknown or too late: told as what it is, and nothing of it is done. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { freshId, Program, pathOf, problemIn } from './program.ts'

const JSON_BODY = { 'content-type': 'application/json' }
const LONG = 'n'.repeat(10_240)

let server: ServerProcess
let program: Program
beforeAll(async () => {
  server = await startServer()
  program = new Program(server)
})
afterAll(() => server[Symbol.asyncDispose]())

const send = (method: string, path: string, body: unknown) =>
  program.ask(method, path, { headers: JSON_BODY, body: JSON.stringify(body) })

/** What is answered to a body of 100 MB of which nothing has been sent yet. */
async function toHuge(method: string, path: string, type: string): Promise<[number | undefined, string]> {
  const asking = request(`${program.url}/documents${path}`, {
    method,
    headers: { 'content-type': type, 'content-length': 100 << 20 },
  })
  // Once it has answered the server closes the connection: what that does to the rest is no matter.
  asking.on('error', () => {})
  asking.flushHeaders()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  asking.destroy()
  const { type: problem } = JSON.parse(Buffer.concat(chunks).toString()) as { type: string }
  return [response.statusCode, problem]
}

describe('A13 a body of 100 MB', () => {
  test('is refused before any of it is sent, wherever a body is taken', async () => {
    const path = await program.make('as it was')
    const kept = await send('POST', `${path}/snapshots`, {})
    const json = 'application/json'
    const asked: [string, string, string][] = [
      ['PUT', pathOf(freshId()), json],
      ['PATCH', path, json],
      ['PUT', `${path}/content`, 'text/markdown'],
      ['POST', `${path}/content`, 'text/html'],
      ['POST', `${path}/updates`, 'application/octet-stream'],
      ['POST', `${path}/snapshots`, json],
      ['PATCH', `${path}/snapshots/${kept.json?.['id']}`, json],
      ['POST', '/../session', json],
    ]
    for (const [method, where, type] of asked)
      expect([method, where, ...(await toHuge(method, where, type))]).toEqual([
        method,
        where,
        413,
        '/v1/docs#too-large',
      ])
    expect([await program.markdown(path), (await program.log(path)).length]).toEqual(['as it was\n', 1])
  })
})

describe('A12 what is too long or unknown', () => {
  test('names of 10 KB are refused with the place they stand in, and nothing bears them', async () => {
    const path = await program.make('words')
    const kept = `${path}/snapshots/${(await send('POST', `${path}/snapshots`, { name: 'S' })).json?.['id']}`
    const refused = [
      await send('PUT', pathOf(freshId()), { title: LONG }),
      await send('PATCH', path, { title: LONG }),
      await send('POST', `${path}/snapshots`, { name: LONG }),
      await send('PATCH', kept, { name: LONG }),
      await program.ask('POST', `${path}/content?format=text&heading=${LONG}`, { body: 'x' }),
      await program.get(`?cursor=${LONG}`),
    ]
    for (const told of refused) {
      expect([told.status, problemIn(told)]).toEqual([400, 'invalid-request'])
      expect(told.json?.['detail']).toMatch(/^(body\.(title|name)|query\.(heading|cursor)): /)
    }
    expect(problemIn(await program.get(pathOf(LONG)))).toBe('invalid-id')
    expect(problemIn(await program.get(`${path}/snapshots/${LONG}`))).toBe('snapshot-not-found')
    expect((await program.get(path)).json).toMatchObject({ title: 'A title', seq: 1 })
    expect((await program.get(`${path}/snapshots`)).json?.['snapshots']).toMatchObject([{ name: 'S' }])
  })

  test('updates under roots no page has, and with nodes no page has, are refused whole and named', async () => {
    const path = await program.make('words')
    const tried = async (edit: (doc: Y.Doc) => void) => {
      const doc = new Y.Doc()
      edit(doc)
      return program.update(path, Y.encodeStateAsUpdate(doc))
    }
    const refused = [
      await tried((doc) => doc.getXmlFragment('other').push([new Y.XmlElement('paragraph')])),
      await tried((doc) => doc.getArray('list').push(['x'])),
    ]
    for (const told of refused) expect([told.status, problemIn(told)]).toEqual([422, 'update-refused'])
    expect(refused.map(({ json }) => json?.['detail'])).toEqual([
      'A page cannot hold what this update brings: the root "other".',
      'A page cannot hold what this update brings: the root "list".',
    ])
    const marquee = await tried((doc) =>
      doc.getXmlFragment('prosemirror').push([new Y.XmlElement('marquee\u202e\u0000')]),
    )
    expect([marquee.status, problemIn(marquee), marquee.json?.['detail']]).toEqual([
      422,
      'update-refused',
      'A page cannot hold what this update brings: the node "marquee".',
    ])
    expect(await program.log(path)).toHaveLength(1)
    const image = new Y.XmlElement('image')
    image.setAttribute('src', 'javascript:a()')
    expect((await tried((doc) => doc.getXmlFragment('prosemirror').push([image]))).status).toBe(200)
    for (const format of ['json', 'html', 'markdown', 'text']) {
      const told = await program.get(`${path}/content?format=${format}`)
      expect([told.status, told.text]).toEqual([200, expect.stringContaining('words')])
      expect(told.text).not.toMatch(/marquee|javascript/)
    }
  })
})

test('A4 of several that delete the same at once one does, and the others are told it is gone', async () => {
  const path = await program.make('words')
  const kept = `${path}/snapshots/${(await send('POST', `${path}/snapshots`, {})).json?.['id']}`
  const deleting = (where: string) => Promise.all([0, 1, 2].map(() => program.ask('DELETE', where)))
  const snapshots = await deleting(kept)
  expect(snapshots.map(({ status }) => status).sort()).toEqual([204, 404, 404])
  const documents = await deleting(path)
  expect(documents.map(({ status }) => status).sort()).toEqual([204, 410, 410])
  expect(problemIn(await program.get(path))).toBe('document-deleted')
})

test('A13 Markdown that was made to be dear is refused in plain words, and nothing of it is written', async () => {
  const path = await program.make('before')
  for (const dear of [`x ${'*a_'.repeat(7_000)}`, '> '.repeat(10_000)]) {
    const told = await program.put(path, dear)
    expect([told.status, problemIn(told)]).toEqual([422, 'invalid-content'])
    expect(told.json?.['detail']).toMatch(/too many marks|begin and never end|inside of one another/i)
  }
  expect(await program.markdown(path)).toBe('before\n')
})

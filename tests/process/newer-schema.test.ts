/**
 * A page says with which schema it was written, so that older programs keep from taking things out of it. Nobody may
 * use that to keep others from writing.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { isTooNew } from '#client/editor/preflight.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { Program, pathOf } from '#tests/api/program.ts'
import { type End, ends, freshSession } from '#tests/carriers/end.ts'
import { batch, entry } from '#tests/log/writing.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'

/** `meta.schemaVersion` is 2, by client 4294967295. */
const NEWER = new Uint8Array(
  Buffer.from('0101ffffffff0f002801046d6574610d736368656d6156657273696f6e017d0200', 'hex'),
)

let folder: string
let server: ServerProcess
let program: Program

beforeAll(async () => {
  folder = await temporaryFolder()
  // As a newer server left it before the older one was put back.
  const log = await openSqliteLog({
    folder,
    onFatal: (error) => {
      throw error
    },
  })
  await log.commit([batch('newer', [entry('', { update: page() }), entry('', { update: NEWER })])])
  await log.close()
  server = await startServer({ dataDir: folder })
  program = new Program(server)
})

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await removeFolder(folder)
})

function page(): Uint8Array {
  const doc = new Y.Doc()
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText('kept')])
  doc.getXmlFragment('prosemirror').insert(0, [paragraph])
  return Y.encodeStateAsUpdate(doc)
}

function shown(end: End): Y.Doc {
  const doc = new Y.Doc()
  for (const { updates } of end.of('entries')) for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

describe.each(Object.keys(ends) as (keyof typeof ends)[])('over %s', (carrier) => {
  test.each(['update', 'step2', 'push'] as const)(
    'G18 a schema nobody knows, said in a frame %s, is left out, and everybody goes on writing',
    async (type) => {
      const path = await program.make('kept')
      const session = freshSession()
      const end = new ends[carrier]({ url: server.url, document: path.slice(1), sessions: [session] })
      await end.next('step2')
      end.send(type === 'push' ? { type, session, number: 1, update: NEWER } : { type, update: NEWER }, {
        type: 'ping',
        nonce: 1,
      })
      await end.next('refused')
      await end.next('pong')
      const written = await program.put(path, 'still kept')
      expect(written.status).toBe(200)
      await end.until(() => shown(end).getXmlFragment('prosemirror').toString().includes('still kept'))
      expect(isTooNew(shown(end))).toBe(false)
      end.cut()
    },
  )
})

test('G18 a schema nobody knows is no edit over HTTP', async () => {
  const path = await program.make('kept')
  const headers = { 'content-type': 'application/octet-stream' }
  const told = await program.ask('POST', `${path}/updates`, { headers, body: NEWER })
  expect(told.status).toBeGreaterThanOrEqual(400)
  expect((await program.put(path, 'still kept')).status).toBe(200)
})

test('A17 a document a newer program wrote is not written to, and can be taken back to what it said before', async () => {
  const path = pathOf('newer')
  expect((await program.put(path, 'older')).status).toBe(409)
  const made = await program.ask('POST', `${path}/snapshots`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ seq: 1 }),
  })
  const restored = await program.ask('POST', `${path}/snapshots/${String(made.json?.['id'])}/restore`)
  expect(restored.status).toBe(200)
  expect((await program.put(path, 'written by an older one')).status).toBe(200)
  expect(await program.markdown(path)).toBe('written by an older one\n')
})

/** The client ids that programs' edits have: one for each of them in a document, which nobody else can tell beforehand. */
import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { makeToken } from '#server/access/making.ts'
import { Program } from '#tests/api/program.ts'
import { removeFolder, startServer, temporaryFolder } from '#tests/server-process.ts'

const SECRET = 'a secret that nobody can guess, of 40 bytes'

async function bearing(sub: string, type: string): Promise<Record<string, string>> {
  const token = await makeToken({ secret: SECRET, sub, doc: '*', role: 'writer', expiresInSeconds: 600 })
  return { authorization: `Bearer ${token}`, 'content-type': type }
}

test('A10 who computes what ids another program could have, and takes them, keeps it from nothing; after a restart it goes on under its own', async () => {
  const dataDir = await temporaryFolder()
  try {
    await using server = await startServer({ dataDir, env: { AUTH_SECRET: SECRET } })
    const program = new Program(server)
    const mallory = await bearing('mallory', 'application/octet-stream')
    const plain = await bearing('ana', 'text/plain')
    const body = JSON.stringify({ content: 'x', format: 'text' })
    const made = await program.ask('PUT', '/plan', {
      headers: await bearing('mallory', 'application/json'),
      body,
    })
    expect(made.status).toBe(201)
    const hello = await fetch(`${server.url}/sync/plan`, { headers: mallory })
    const epoch = hello.headers.get('stream-next-offset')?.split('.')[0]
    for (let attempt = 0; attempt < 16; attempt++) {
      const said = ['vellum', epoch, 'plan', 'ana', attempt].join('\0')
      const doc = new Y.Doc()
      doc.clientID = hash('sha256', said, 'buffer').readUInt32BE(0)
      doc.getMap('meta').set(`taken ${attempt}`, 1)
      const update = Y.encodeStateAsUpdate(doc)
      expect((await program.ask('POST', '/plan/updates', { headers: mallory, body: update })).status).toBe(
        200,
      )
    }
    const before = await clients(program, plain)
    const put = (words: string, to: Program) =>
      to.ask('PUT', '/plan/content?format=text', { headers: plain, body: words })
    expect((await put('ana wrote', program)).status).toBe(200)
    await using again = await server.restart()
    const after = new Program(again)
    expect((await put('ana wrote, and wrote again', after)).status).toBe(200)
    const own = [...(await clients(after, plain))].filter((client) => !before.has(client))
    expect(own).toHaveLength(1)
  } finally {
    await removeFolder(dataDir)
  }
})

test('A10 V11 what two people write over HTTP, restore and keep is theirs, each under one client id, also after a restart', async () => {
  const dataDir = await temporaryFolder()
  try {
    await using server = await startServer({ dataDir, env: { AUTH_SECRET: SECRET } })
    const program = new Program(server)
    const [ana, bo] = [await bearing('ana', 'text/plain'), await bearing('bo', 'text/plain')]
    const json = { ...bo, 'content-type': 'application/json' }
    const put = (words: string, headers: Record<string, string>, to: Program) =>
      to.ask('PUT', '/plan/content?format=text', { headers, body: words })
    const body = JSON.stringify({ content: 'one two', format: 'text' })
    await program.ask('PUT', '/plan', { headers: { ...ana, 'content-type': 'application/json' }, body })
    await put('one and two', bo, program)
    const made = await program.ask('POST', '/plan/snapshots', { headers: json, body: '{"seq":1}' })
    expect(made.json).toMatchObject({ author: 'bo', seq: 1 })
    await put('one and two, by ana', ana, program)
    const path = `/plan/snapshots/${made.json?.['id']}/restore`
    expect((await program.ask('POST', path, { headers: bo })).json).toMatchObject({ seq: 4, changed: true })
    await using again = await server.restart()
    const after = new Program(again)
    for (const [words, headers] of [
      ['again ana', ana],
      ['again ana and bo', bo],
    ] as const)
      expect((await put(words, headers, after)).status).toBe(200)
    const log = await after.ask('GET', '/plan/updates', { headers: ana })
    const { updates } = log.json as unknown as { updates: { author: string; update: string }[] }
    expect(updates.map(({ author }) => author)).toEqual(['ana', 'bo', 'ana', 'bo', 'ana', 'bo'])
    const ids = (of: string) =>
      updates
        .filter(({ author }) => author === of)
        .flatMap(({ update }) => [...Y.parseUpdateMeta(Buffer.from(update, 'base64')).from.keys()])
    expect([new Set(ids('ana')).size, new Set(ids('bo')).size]).toEqual([1, 1])
    expect((await clients(after, ana)).size).toBe(2)
    const kept = await after.ask('GET', '/plan/snapshots', { headers: ana })
    expect(kept.json).toMatchObject({
      snapshots: [
        { author: 'bo', seq: 3 },
        { author: 'bo', seq: 1 },
      ],
    })
    const told = await after.ask('GET', '/plan/diff?from=1&to=2', { headers: ana })
    expect(told.text).toContain('"bo"')
    expect(told.text).not.toContain('"ana"')
  } finally {
    await removeFolder(dataDir)
  }
})

/** Who ever wrote in it. */
async function clients(program: Program, headers: Record<string, string>): Promise<ReadonlySet<number>> {
  const { bytes } = await program.ask('GET', '/plan/content?format=yjs', { headers })
  return new Set(Y.decodeStateVector(Y.encodeStateVectorFromUpdate(bytes)).keys())
}

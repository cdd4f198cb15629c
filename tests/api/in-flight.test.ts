/** What people were typing while a program took the block away, on a real server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Program } from './program.ts'

let server: ServerProcess
let program: Program
beforeAll(async () => {
  server = await startServer()
  program = new Program(server)
})
afterAll(() => server[Symbol.asyncDispose]())

function textsIn(parent: Y.XmlFragment): Y.XmlText[] {
  return (parent.toArray() as readonly unknown[]).flatMap((child) =>
    child instanceof Y.XmlText ? [child] : child instanceof Y.XmlElement ? textsIn(child) : [],
  )
}

/** Letters on their way: typed behind these words now, sent when the function that is given back is called. */
async function typing(path: string, words: string, added: string): Promise<() => Promise<void>> {
  const own = new Y.Doc()
  Y.applyUpdate(own, (await program.get(`${path}/content?format=yjs`)).bytes)
  const before = Y.encodeStateVector(own)
  for (const text of textsIn(own.getXmlFragment('prosemirror'))) {
    const at = String(text.toDelta()[0]?.insert ?? '').indexOf(words)
    if (at >= 0) text.insert(at + words.length, added)
  }
  const body = Y.encodeStateAsUpdate(own, before)
  return async () => {
    const headers = { 'content-type': 'application/octet-stream' }
    expect((await program.ask('POST', `${path}/updates`, { headers, body })).status).toBe(200)
  }
}

const PATIENT = { timeout: 30_000, interval: 100 }

test('A10 what was on its way into a block that was made another one, moved or left out comes back', async () => {
  const heading = await program.make('some words\n\nlast\n')
  const moved = await program.make('# A\n\nalpha text\n\n# B\n\nbeta text\n')
  const gone = await program.make('one\n\ntwo words\n\nthree\n')
  const sends = [
    await typing(heading, 'some', ' TYPED'),
    await typing(moved, 'alpha', ' TYPED'),
    await typing(gone, 'two', ' TYPED'),
  ]
  await program.put(heading, '# some words\n\nlast\n')
  await program.put(moved, '# B\n\nbeta text\n\n# A\n\nalpha text\n')
  await program.put(gone, 'one\n\nthree\n')
  for (const send of sends) await send()
  await expect.poll(() => program.markdown(heading), PATIENT).toBe('# some TYPED words\n\nlast\n')
  await expect.poll(() => program.markdown(moved), PATIENT).toContain('alpha TYPED text')
  await expect.poll(() => program.markdown(gone), PATIENT).toBe('one\n\ntwo TYPED words\n\nthree\n')
  expect((await program.log(heading)).length).toBe(4)
})

test('A17 what was on its way into a block that a restoring took away comes back', async () => {
  const path = await program.make('one\n')
  const headers = { 'content-type': 'application/json' }
  const { json } = await program.ask('POST', `${path}/snapshots`, { headers, body: '{}' })
  await program.put(path, 'one\n\nextra paragraph\n\nand another with words\n')
  const send = await typing(path, 'another', ' TYPED')
  expect((await program.ask('POST', `${path}/snapshots/${json?.['id']}/restore`)).status).toBeLessThan(300)
  expect(await program.markdown(path)).toBe('one\n')
  await send()
  await expect.poll(() => program.markdown(path), PATIENT).toBe('one\n\nand another TYPED with words\n')
})

test('A17 what was kept stands right before the restoring, also where the same author deletes at that moment', async () => {
  for (let round = 0; round < 6; round++) {
    const path = await program.make('alpha beta gamma\n')
    const headers = { 'content-type': 'application/json' }
    const made = await program.ask('POST', `${path}/snapshots`, { headers, body: '{}' })
    await program.put(path, 'alpha beta gamma delta epsilon\n')
    const own = new Y.Doc()
    Y.applyUpdate(own, (await program.get(`${path}/content?format=yjs`)).bytes)
    const before = Y.encodeStateVector(own)
    textsIn(own.getXmlFragment('prosemirror'))[0]?.delete(0, 'alpha '.length)
    const octets = { 'content-type': 'application/octet-stream' }
    const body = Y.encodeStateAsUpdate(own, before)
    const [restored] = await Promise.all([
      program.ask('POST', `${path}/snapshots/${made.json?.['id']}/restore`),
      program.ask('POST', `${path}/updates`, { headers: octets, body }),
    ])
    const kept = await program.get(`${path}/snapshots/${restored.json?.['kept']}`)
    const saysAt = async (at: number) => (await program.get(`${path}/content?format=text&at=${at}`)).text
    let at = 2
    while ((await saysAt(at + 1)).includes('epsilon')) at += 1
    expect(kept.json?.['seq'], `round ${round}`).toBe(at)
    expect(restored.json?.['seq']).toBe(at + 1)
  }
})

/** Who says by presence which client id they write under keeps it, whoever else writes under it first. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { makeToken } from '#server/access/making.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { type End, ends, freshSession } from './end.ts'
import { here, presenceOf } from './writing.ts'

const SECRET = 'a secret that nobody can guess, of 40 bytes'
const CLIENT = 777_001
const SESSION = freshSession()

let server: ServerProcess

beforeAll(async () => {
  server = await startServer({ env: { AUTH_SECRET: SECRET } })
})

afterAll(() => server?.[Symbol.asyncDispose]())

async function come(sub: string, document: string, carrier: keyof typeof ends): Promise<End> {
  const authorization = `Bearer ${await makeToken({ secret: SECRET, sub, doc: '*', role: 'writer', expiresInSeconds: 600 })}`
  const end = new ends[carrier]({
    url: server.url,
    document,
    headers: { authorization },
    sessions: [SESSION],
  })
  await end.next('step2')
  return end
}

function words(text: string, client = CLIENT): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  doc.getText('text').insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

function both(): Uint8Array {
  return Y.mergeUpdates([words('stolen'), words('own', 42)])
}

describe.each(Object.keys(ends) as (keyof typeof ends)[])('over %s', (carrier) => {
  test('G11 the id that somebody is here under is theirs before their first edit, also while they are away for a moment', async () => {
    const document = `claimed-${carrier}`
    const victim = await come('victim', document, carrier)
    const mallory = await come('mallory', document, 'websocket')
    victim.send({ type: 'presence', presence: presenceOf(CLIENT, 1, '{}') })
    await mallory.until(() => here(mallory).has(CLIENT))
    mallory.send({ type: 'push', session: SESSION, number: 1, update: words('stolen') })
    expect(await mallory.next('refused')).toMatchObject({ code: 4409, number: 1 })
    // What is their own beside it stays.
    mallory.send({ type: 'push', session: SESSION, number: 2, update: both() })
    expect(await mallory.next('refused')).toMatchObject({ code: 4409, number: 2 })
    await mallory.until(() => written(mallory).includes('own'))

    await victim.leave()
    await mallory.until(() => !here(mallory).has(CLIENT))
    mallory.send({ type: 'presence', presence: presenceOf(CLIENT, 9, '{}') })
    mallory.send({ type: 'push', session: SESSION, number: 3, update: words('stolen') })
    expect(await mallory.next('refused')).toMatchObject({ code: 4409, number: 3 })

    const again = await come('victim', document, carrier)
    again.send({ type: 'push', session: SESSION, number: 1, update: words('my first words') })
    await again.next('ack')
    await mallory.until(() => written(mallory).includes('my first words'))
    expect(written(mallory)).not.toContain('stolen')
    again.cut()
    mallory.cut()
  })
})

function written(end: End): string {
  const doc = new Y.Doc()
  for (const { updates } of end.of('entries')) for (const update of updates) Y.applyUpdate(doc, update)
  return doc.getText('text').toString()
}

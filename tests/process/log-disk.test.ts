/** The disk that holds the logs is full: nobody but who reads logs notices. */
import { closeSync, openSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '#server/access/making.ts'
import { WebSocketEnd } from '#tests/carriers/end.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'

const SECRET = 'a secret that nobody can guess, of 40 bytes'
let server: ServerProcess
let full: number

beforeAll(async () => {
  full = openSync('/dev/full', 'w')
  server = await startServer({ stderr: full, env: { AUTH_SECRET: SECRET, AUDIT_LOG: '/dev/full' } })
})

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  closeSync(full)
})

async function droppedLines(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^vellum_dropped_lines_total (\d+)$/m.exec(text)?.[1])
}

test('V13 with a full disk under the audit log who may not come in is told so, and what could not be written is counted', async () => {
  const before = await droppedLines()
  expect((await fetch(`${server.url}/v1/documents`)).status).toBe(401)
  const end = new WebSocketEnd({ url: server.url, document: 'plan' })
  expect(await end.ended).toBe(4401)
  expect(await droppedLines()).toBeGreaterThanOrEqual(before + 2)
})

test('with a full disk under standard error an update that is none ends its channel, and nothing else', async () => {
  const token = await makeToken({
    secret: SECRET,
    sub: 'mallory',
    doc: 'plan',
    role: 'writer',
    expiresInSeconds: 600,
  })
  const end = new WebSocketEnd({ url: server.url, document: 'plan', query: { token } })
  await end.next('step2')
  const before = await droppedLines()
  end.send({ type: 'update', update: new Uint8Array(Buffer.from('01010100000000', 'hex')) })
  expect(await end.ended).toBe(4400)
  expect(await droppedLines()).toBeGreaterThan(before)
})

test('a server whose audit log cannot be opened says so and does not start', async () => {
  const started = startServer({ env: { AUTH_SECRET: SECRET, AUDIT_LOG: '/dev/null/audit' } })
  await expect(started).rejects.toThrow(/The audit log cannot be opened at \/dev\/null\/audit/)
})

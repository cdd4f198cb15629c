/** Posts that are promised and withheld, on a real server: nobody keeps others from saving by them. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { makeToken } from '#server/access/making.ts'
import { layBufs } from '#server/gate/bufs.ts'
import type { Role } from '#shared/frame.ts'
import { encodeFrame } from '#shared/wire.ts'
import { freshSession } from '#tests/carriers/end.ts'
import { Author } from '#tests/carriers/writing.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { RawSocket } from './raw-socket.ts'

const SECRET = 'a secret that nobody can guess, of 40 bytes'
const MB = 1 << 20
const raws: RawSocket[] = []
let server: ServerProcess

beforeAll(async () => {
  server = await startServer({
    env: { AUTH_SECRET: SECRET, MAX_FRAME_BYTES: String(2 * MB), MAX_POSTED_BYTES: String(8 * MB) },
  })
})

afterEach(() => {
  for (const raw of raws.splice(0)) raw.reset()
})

afterAll(() => server?.[Symbol.asyncDispose]())

function tokenFor(sub: string, role: Role = 'writer'): Promise<string> {
  return makeToken({ secret: SECRET, sub, doc: '*', role, expiresInSeconds: 600 })
}

async function promise(token: string, declared: number): Promise<RawSocket> {
  const raw = await RawSocket.connect(server.port)
  raws.push(raw)
  raw.say(
    `POST /sync/other HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${declared}\r\n\r\n`,
  )
  return raw
}

/** All but ten bytes. */
async function withhold(token: string, bytes: number): Promise<RawSocket> {
  const raw = await promise(token, bytes)
  raw.say(new Uint8Array(bytes - 10))
  return raw
}

/** A body that says one edit of a person who writes. */
function edit(words: string): Uint8Array {
  const push = {
    type: 'push',
    session: freshSession(),
    number: 1,
    update: new Author().write(words),
  } as const
  return layBufs([encodeFrame(push)])
}

async function saves(sub: string): Promise<number> {
  const response = await fetch(`${server.url}/sync/mine`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await tokenFor(sub)}` },
    body: new Uint8Array(edit('hello')),
  })
  return response.status
}

test('N8 who may not write promises no more than what a reader has to say', async () => {
  const raw = await promise(await tokenFor('reader', 'reader'), MB)
  await raw.until((text) => text.includes('4413'))
  expect(raw.status).toBe(413)
})

test('N8 one person who withholds as many posts as there is room for, and many people of one address: everybody else saves', async () => {
  const token = await tokenFor('mallory')
  const own = await Promise.all(Array.from({ length: 8 }, () => withhold(token, MB)))
  // More than a person may have under way is turned away at once.
  await Promise.any(own.map((raw) => raw.until((text) => text.includes('4503'))))
  expect(await saves('ana')).toBe(200)
  for (let at = 0; at < 8; at++) await withhold(await tokenFor(`puppet ${at}`), 2 * MB)
  for (let at = 0; at < 5; at++) expect(await saves('ana')).toBe(200)
})

test('N8 an edit that comes in a few bytes at a time over a slow line is saved all the same', async () => {
  const body = edit('slowly')
  const slow = await promise(await tokenFor('slow'), body.length)
  for (let at = 0; at < body.length; at += 8) {
    slow.say(body.subarray(at, at + 8))
    if (at % 32 === 0) await withhold(await tokenFor(`puppet ${at}`), 2 * MB)
    expect(await saves('ana')).toBe(200)
  }
  await slow.until((text) => text.includes('\r\n\r\n'))
  expect(slow.status).toBe(200)
})

/** Requests whose end is a matter of opinion: a proxy in front and this server must never see two where the other sees one. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Bystanders, metric } from './bystanders.ts'
import { RawSocket } from './raw-socket.ts'

let server: ServerProcess
let bystanders: Bystanders

beforeAll(async () => {
  server = await startServer()
  bystanders = new Bystanders(server)
  await bystanders.noticeNothing()
})

afterAll(async () => {
  await bystanders?.noticeNothing()
  bystanders?.leave()
  await server?.[Symbol.asyncDispose]()
})

/** What would be a request of its own, if it were taken for one: it would be answered with a list. */
const HIDDEN = 'GET /v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'

interface Case {
  readonly head: readonly string[]
  readonly body?: string
  readonly version?: string
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

const cases: Readonly<Record<string, Case>> = {
  'a length and chunks': {
    head: ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    body: `0\r\n\r\n${HIDDEN}`,
  },
  'chunks and a length': {
    head: ['Transfer-Encoding: chunked', 'Content-Length: 4'],
    body: `0\r\n\r\n${HIDDEN}`,
  },
  'two lengths': { head: ['Content-Length: 0', `Content-Length: ${HIDDEN.length}`], body: HIDDEN },
  'two lengths in one line': { head: [`Content-Length: 0, ${HIDDEN.length}`], body: HIDDEN },
  'the same length twice': { head: ['Content-Length: 0', 'Content-Length: 0'], body: HIDDEN },
  'a length with a sign': { head: ['Content-Length: +0'], body: HIDDEN },
  'a length below nothing': { head: ['Content-Length: -1'], body: HIDDEN },
  'a length in hex': { head: ['Content-Length: 0x0'], body: HIDDEN },
  'a length that overflows': { head: ['Content-Length: 18446744073709551616'], body: HIDDEN },
  'an encoding twice': {
    head: ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    body: `0\r\n\r\n${HIDDEN}`,
  },
  'an encoding nobody knows': { head: ['Transfer-Encoding: xchunked'], body: `0\r\n\r\n${HIDDEN}` },
  'chunked before another encoding': {
    head: ['Transfer-Encoding: chunked, gzip'],
    body: `0\r\n\r\n${HIDDEN}`,
  },
  'a space before the colon': { head: ['Transfer-Encoding : chunked'], body: `0\r\n\r\n${HIDDEN}` },
  'a folded line': {
    head: ['Transfer-Encoding:', ' chunked', 'Content-Length: 5'],
    body: `0\r\n\r\n${HIDDEN}`,
  },
  'a folded line of anything': { head: ['X-Folded: a', '\tContent-Length: 0'], body: HIDDEN },
  'a line that begins with a space': { head: [' Content-Length: 0'], body: HIDDEN },
  'a bare line feed in the head': {
    head: ['X-Bare: a\nContent-Length: 0', `Content-Length: ${HIDDEN.length}`],
    body: HIDDEN,
  },
  'a bare carriage return in the head': { head: ['X-Bare: a\rTransfer-Encoding: chunked'], body: HIDDEN },
  'a NUL in the head': { head: ['X-Nul: a\0b', 'Content-Length: 0'], body: HIDDEN },
  'a chunk whose length overflows': {
    head: ['Transfer-Encoding: chunked'],
    body: `ffffffffffffffffff\r\n${HIDDEN}`,
  },
  'a chunk with a sign': { head: ['Transfer-Encoding: chunked'], body: `+0\r\n\r\n${HIDDEN}` },
  'a chunk longer than it says': {
    head: ['Transfer-Encoding: chunked'],
    body: `1\r\nab\r\n0\r\n\r\n${HIDDEN}`,
  },
  'a chunk ended by a bare line feed': { head: ['Transfer-Encoding: chunked'], body: `1\na\n0\n\n${HIDDEN}` },
  'chunks in HTTP/1.0': {
    head: ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    body: `0\r\n\r\n${HIDDEN}`,
    version: '1.0',
  },
  'two hosts': { head: ['Host: evil.example', 'Content-Length: 0'], body: HIDDEN },
}

/** Legal; behind each a request of its own follows. */
const legal: Readonly<Record<string, Case>> = {
  'a length': { head: ['Content-Length: 1'], body: 'a' },
  chunks: { head: ['Transfer-Encoding: chunked'], body: `${chunk('a')}${chunk('b')}0\r\n\r\n` },
  'chunks with an extension and a trailer': {
    head: ['Transfer-Encoding: chunked', 'Trailer: X'],
    body: '1;x=y\r\na\r\n0\r\nX: Content-Length: 9\r\n\r\n',
  },
}

async function say(path: string, { head, body = '', version = '1.1' }: Case, then = ''): Promise<RawSocket> {
  const raw = await RawSocket.connect(server.port)
  raw.say([`POST ${path} HTTP/${version}`, 'Host: 127.0.0.1', ...head, '', body].join('\r\n') + then)
  return raw
}

function statuses(raw: RawSocket): number[] {
  return [...raw.received.toString('latin1').matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) =>
    Number(status),
  )
}

test.each(Object.keys(cases))('%s: refused with 400, and nothing behind it is a request', async (name) => {
  const entries = await metric(server, 'vellum_entries_total')
  const one = cases[name]
  if (one === undefined) throw new Error('no such case')
  for (const path of ['/sync/attacked', '/v1/documents/attacked/updates']) {
    const raw = await say(path, one)
    await raw.ended
    // The head alone may have been answered before its body was found to be none.
    expect(statuses(raw).at(-1), path).toBe(400)
    expect(raw.received.toString('latin1')).not.toContain('"documents":')
  }
  expect(await metric(server, 'vellum_entries_total')).toBe(entries)
})

test.each(Object.keys(legal))('%s: one request, and the one behind it is another', async (name) => {
  const one = legal[name]
  if (one === undefined) throw new Error('no such case')
  const raw = await say('/sync/attacked', one, HIDDEN)
  await raw.until((text) => text.includes('"documents":'))
  expect(statuses(raw)).toEqual([400, 200])
  raw.reset()
})

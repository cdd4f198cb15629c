/** One person who asks for much that is dear, and others who read a page meanwhile. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { metric } from './bystanders.ts'

const MAX_CONTENT_WAITING = 30
const GREEDY = '10.0.0.1'
const OTHER = '10.0.0.2'

let server: ServerProcess

beforeAll(async () => {
  const env = { TRUST_PROXY: 'true', MAX_CONTENT_WAITING: String(MAX_CONTENT_WAITING) }
  server = await startServer({ env })
  const paragraphs = Array.from({ length: 2_500 }, (_, index) => `Words ${index} of a **long** page.`)
  await from(OTHER, '/small', put('small'))
  await from(GREEDY, '/long', put(paragraphs.join('\n\n')))
})

afterAll(() => server?.[Symbol.asyncDispose]())

const limited = (limit: string) => metric(server, `vellum_limited_total{limit="${limit}"}`)

const put = (content: string): RequestInit => ({
  method: 'PUT',
  body: JSON.stringify({ format: 'markdown', content }),
  headers: { 'Content-Type': 'application/json' },
})

async function from(address: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, 'X-Forwarded-For': address }
  const response = await fetch(`${server.url}/v1/documents${path}`, { ...init, headers })
  await response.clone().arrayBuffer()
  return response
}

test('A9 who has a hundred comparisons waiting waits for them alone: others are served in between', async () => {
  const over = new AbortController()
  const answered: number[] = []
  const first = Promise.withResolvers<void>()
  const greedy = Array.from({ length: 100 }, async () => {
    const { status, headers } = await from(GREEDY, '/long/diff?format=html', { signal: over.signal })
    answered.push(status)
    if (status === 200) first.resolve()
    if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  })
  const all = Promise.allSettled(greedy)
  await first.promise
  expect((await from(OTHER, '/small/content?format=text')).status).toBe(200)
  const refused = answered.filter((status) => status === 429).length
  expect(refused).toBeGreaterThan(0)
  // What this person has waiting is not done yet.
  expect(answered.length - refused).toBeLessThan(MAX_CONTENT_WAITING)
  expect(await limited('content')).toBeGreaterThanOrEqual(refused)
  over.abort()
  await all
})

test('A9 nobody who reads and writes a page waits for what somebody else writes by the megabyte', async () => {
  const over = new AbortController()
  let done = 0
  const big = put('- [a](https://a.example) *b*\n\n'.repeat(40_000))
  const greedy = Array.from({ length: 4 }, async (_, index) => {
    await from(GREEDY, `/big-${index}`, { ...big, signal: over.signal })
    done += 1
  })
  const all = Promise.allSettled(greedy)
  for (const page of ['/one', '/two']) {
    expect((await from(OTHER, page, put('words'))).status).toBe(201)
    expect((await from(OTHER, `${page}/content?format=html`)).status).toBe(200)
  }
  expect(done).toBeLessThan(greedy.length)
  over.abort()
  await all
})

/** What a guarded server lets slip to those who are patient: with a body that takes its time, or page by page. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSecret, makeToken, type TokenFor } from '#server/access/making.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'

const SECRET = makeSecret()

let folder: string
let server: ServerProcess

beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startServer({ dataDir: join(folder, 'data'), env: { AUTH_SECRET: SECRET } })
})

afterAll(async () => {
  await server?.kill()
  await removeFolder(folder)
})

async function bearing(of: Partial<TokenFor> = {}): Promise<Record<string, string>> {
  const given = { secret: SECRET, sub: 'ana', doc: '*', role: 'writer', expiresInSeconds: 600 } as const
  return { authorization: `Bearer ${await makeToken({ ...given, ...of })}` }
}

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, init)
}

describe('V5 a list', () => {
  test('V5 goes past what one may not see without naming it, also where it says how to go on', async () => {
    const headers = await bearing()
    await ask('/v1/documents/far%2Fbelow', { method: 'PUT', headers })
    for (let count = 0; count < 45; count++)
      await ask(`/v1/documents/nobody-knows-${count}`, { method: 'PUT', headers })
    const few = await bearing({ doc: 'far/*', role: 'reader' })
    const found: string[] = []
    const cursors: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page = await ask(`/v1/documents?limit=2${next && `&cursor=${next}`}`, { headers: few })
      const told = (await page.json()) as { documents: { id: string }[]; next: string | null }
      found.push(...told.documents.map(({ id }) => id))
      next = told.next
      if (next !== null) cursors.push(Buffer.from(next, 'base64url').toString())
    }
    expect(found).toEqual(['far/below'])
    expect(cursors.length).toBeGreaterThan(0)
    expect(cursors.join()).not.toContain('nobody-knows')
  })
})

describe('V8 a body that takes its time', () => {
  test.each([
    ['PUT', '/v1/documents/slow/content?format=text'],
    ['PUT', '/v1/documents/slow'],
    ['POST', '/sync/slow'],
  ])(
    'V8 is not taken (%s %s) where what let its sender in has ended before its end',
    async (method, path) => {
      const owner = { ...(await bearing({ role: 'owner' })), 'content-type': 'application/json' }
      const shares = '/v1/documents/slow/shares'
      const made = await ask(shares, { method: 'POST', headers: owner, body: '{"role":"writer"}' })
      const { id, url } = (await made.json()) as { id: string; url: string }
      const headers = {
        authorization: `Bearer ${url.split('#token=')[1]}`,
        'content-type': path.includes('content') ? 'text/plain' : 'application/json',
        'content-length': 2,
        // Says when the server has taken the request up.
        expect: '100-continue',
      }
      const sending = request(`${server.url}${path}`, { method, headers })
      const answered = once(sending, 'response')
      sending.flushHeaders()
      await once(sending, 'continue')
      expect((await ask(`${shares}/${id}`, { method: 'DELETE', headers: owner })).status).toBe(204)
      sending.end('{}')
      const [response] = (await answered) as [IncomingMessage]
      response.resume()
      expect(response.statusCode).toBe(403)
    },
  )
})

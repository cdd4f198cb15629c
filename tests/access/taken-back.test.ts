/** Tokens of a person that are taken back from a server that runs, and from one that does not, over every way in. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeSecret, makeToken, type TokenFor } from '#server/access/making.ts'
import { type End, ends } from '#tests/carriers/end.ts'
import { vellum } from '#tests/command/vellum.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'

const SECRET = makeSecret()
let folder: string
let server: ServerProcess

beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startServer({
    dataDir: join(folder, 'data'),
    env: { AUTH_SECRET: SECRET, AUDIT_LOG: join(folder, 'audit.log') },
  })
})

afterAll(async () => {
  await server?.kill()
  await removeFolder(folder)
})

type Shown = Readonly<Record<string, string>>

function token(of: Partial<TokenFor> = {}): Promise<string> {
  return makeToken({ secret: SECRET, sub: 'mia', doc: '*', role: 'writer', expiresInSeconds: 600, ...of })
}

async function bearing(of: Partial<TokenFor> = {}): Promise<Shown> {
  return { authorization: `Bearer ${await token(of)}` }
}

/** Issued in the seconds after this one. */
function later(): Pick<TokenFor, 'issuedAtSeconds'> {
  return { issuedAtSeconds: Math.floor(Date.now() / 1_000) + 2 }
}

async function cookieBy(given: string): Promise<Shown> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ token: given })
  const response = await fetch(`${server.url}/v1/session`, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
  return { cookie: /vellum=[^;]*/.exec(response.headers.get('set-cookie') ?? '')?.[0] ?? '' }
}

async function statusOf(headers: Shown): Promise<number> {
  return (await fetch(`${server.url}/v1/documents/plan`, { headers })).status
}

function revoke(sub: string, headers: Shown): Promise<Response> {
  return fetch(`${server.url}/v1/tokens/revoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ sub }),
  })
}

/** In the document over every carrier. */
async function everywhere(headers: Shown): Promise<readonly End[]> {
  const all = Object.values(ends).map(
    (Carrier) => new Carrier({ url: server.url, document: 'plan', headers }),
  )
  await Promise.all(all.map((end) => end.next('step2')))
  return all
}

test('V16 who owns every document takes back all tokens of a person, on every carrier, in the API and behind cookies', async () => {
  const owner = await bearing({ sub: 'olga', role: 'owner' })
  await fetch(`${server.url}/v1/documents/plan`, { method: 'PUT', headers: owner })
  const taken = [
    await bearing(),
    await bearing({ doc: 'plan', role: 'reader' }),
    await cookieBy(await token()),
  ]
  const bystander = await bearing({ sub: 'bo' })
  const out = (await Promise.all(taken.map(everywhere))).flat()
  const staying = await everywhere(bystander)
  for (const shown of taken) expect(await statusOf(shown)).toBe(200)
  const answer = await revoke('mia', owner)
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ sub: 'mia', until: expect.stringMatching(/^20.*Z$/) })
  for (const shown of taken) expect(await statusOf(shown)).toBe(403)
  for (const end of out) expect(await end.ended).toBe(4403)
  expect(staying.map(({ code }) => code)).toEqual(staying.map(() => null))
  for (const end of staying) end.cut()
  expect(await statusOf(bystander)).toBe(200)

  const fresh = await token(later())
  expect(await statusOf({ authorization: `Bearer ${fresh}` })).toBe(200)
  expect(await statusOf(await cookieBy(fresh))).toBe(200)
  const lines = (await readFile(join(folder, 'audit.log'), 'utf8')).split('\n')
  const line = lines.filter((one) => one.includes('took back tokens')).map((one) => JSON.parse(one))
  expect(line).toMatchObject([{ author: 'olga', of: 'mia' }])
})

test.each([
  ['writes in every document', { sub: 'olga', role: 'writer' }, 403],
  ['owns some documents', { sub: 'olga', role: 'owner', doc: 'plan*' }, 403],
  ['owns one document', { sub: 'olga', role: 'owner', doc: 'plan' }, 403],
] as const)("V16 who %s takes nobody's tokens back", async (_who, of, status) => {
  const ola = await bearing({ sub: 'ola' })
  expect((await revoke('ola', await bearing(of))).status).toBe(status)
  expect(await statusOf(ola)).toBe(200)
})

test('V16 L7 the command line takes tokens back, of a server that runs and of one that does not', async () => {
  const env = { DATA_DIR: server.dataDir, AUTH_SECRET: SECRET, AUDIT_LOG: join(folder, 'command.log') }
  const [kim, lea] = [await bearing({ sub: 'kim' }), await bearing({ sub: 'lea' })]
  for (const shown of [kim, lea]) expect(await statusOf(shown)).toBe(200)
  const ran = await vellum(['token', '--revoke', 'kim'], env)
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(ran.stdout).toMatch(/^What was issued to kim up to 20\S+Z counts no more\.\n$/)
  expect(await Promise.all([kim, lea].map(statusOf))).toEqual([403, 200])
  const { url, dataDir } = server
  await server.kill('SIGTERM')
  const here = await vellum(['token', '--revoke', 'lea', '--json'], env)
  expect(here).toMatchObject({ code: 0, lines: [{ sub: 'lea' }] })
  expect(await readFile(join(folder, 'command.log'), 'utf8')).toContain('"of":"lea"')
  server = await startServer({ dataDir, port: Number(new URL(url).port), env: { AUTH_SECRET: SECRET } })
  expect(await Promise.all([kim, lea].map(statusOf))).toEqual([403, 403])
  expect(await statusOf(await bearing({ sub: 'lea', ...later() }))).toBe(200)
})

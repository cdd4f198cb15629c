/** The keys of AUTH_JWKS_URL while somebody attacks them, or they change: a server of keys that answers whatever a test wants. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { GuardedAccess } from '#server/access/guarded.ts'
import { type KeySetOptions, remoteKeySet } from '#server/access/key-set.ts'
import { MemoryAccessStore } from '#server/access/memory-store.ts'
import { Tokens } from '#server/access/token.ts'
import { SeededChance } from '#tests/simulation/chance.ts'
import { asking, bearing, cookie } from './stage.ts'

let keys: JWK[] = []
let fetched: string[] = []
/** What the server of keys does instead of answering with them. */
let instead: ((response: ServerResponse) => void) | null = null
let url = ''
let wall = 0

const server = createServer((request, response) => {
  fetched.push(request.url ?? '')
  if (instead !== null && request.url === '/keys') instead(response)
  else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
})

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

beforeEach(() => {
  keys = []
  fetched = []
  instead = null
  wall = Date.now()
})

interface Signer {
  readonly kid: string
  readonly jwk: JWK
  readonly publicKey: KeyObject
  sign(header?: { readonly alg?: string; readonly kid?: string }): Promise<string>
}

const CLAIMS = { name: 'Ana', doc: '*', role: 'writer' }

function claims(
  key: Uint8Array | KeyObject,
  header: { readonly alg: string; readonly kid?: string },
): Promise<string> {
  const jwt = new SignJWT(CLAIMS).setProtectedHeader(header).setSubject('ana')
  return jwt.setExpirationTime(Math.floor(wall / 1_000) + 3_600).sign(key)
}

async function signer(kid: string, extra: JWK = {}): Promise<Signer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', ...extra }
  return {
    kid,
    jwk,
    publicKey,
    sign: (header = {}) => claims(privateKey, { alg: 'RS256', kid, ...header }),
  }
}

function tokensWith(of: Partial<KeySetOptions> = {}) {
  const keySet = remoteKeySet({ url, wall: () => wall, pauseMs: 0, ...of })
  return { keySet, tokens: new Tokens({ secret: null, keySet, audience: null, wall: () => wall }) }
}

async function guardedBy(tokens: Tokens): Promise<GuardedAccess> {
  return GuardedAccess.open({
    tokens,
    store: new MemoryAccessStore(),
    chance: new SeededChance(3),
    wall: () => wall,
    audit: { note: () => {} },
    onFailed: (error) => {
      throw error
    },
  })
}

test('V4 a key that was taken out puts out who came by it, in sessions too; who came by another one stays', async () => {
  const [old, next] = [await signer('old'), await signer('next')]
  keys = [old.jwk]
  const { keySet, tokens } = tokensWith({ freshMs: 0 })
  const access = await guardedBy(tokens)
  const token = await old.sign()
  const entered = await access.enter(token, null)
  if ('kind' in entered) throw new Error(entered.reason)
  const standing = await access.decide(asking('write', 'plan', bearing(token)))
  if (standing.kind === 'refused') throw new Error(standing.reason)
  keys = [old.jwk, next.jwk]
  const other = await access.decide(asking('write', 'plan', bearing(await next.sign())))
  expect([standing.standing.again().kind, other.kind]).toEqual(['granted', 'granted'])
  keys = [next.jwk]
  await keySet.refresh()
  expect(standing.standing.again().kind).toBe('refused')
  expect(other.kind === 'granted' && other.standing.again().kind).toBe('granted')
  expect((await access.decide(asking('write', 'plan', bearing(token)))).kind).toBe('refused')
  expect((await access.decide(asking('write', 'plan', cookie(entered.secret)))).kind).toBe('refused')
})

test('V4 key ids that there are not make nobody fetch again and again, and no good token suffers', async () => {
  const good = await signer('good')
  keys = [good.jwk]
  const { tokens } = tokensWith({ pauseMs: 60_000 })
  expect(await tokens.verify(await good.sign())).toMatchObject({ kind: 'valid' })
  const made = Array.from({ length: 100 }, (_, at) => good.sign({ kid: `made up ${at}` }))
  for (const verdict of await Promise.all(made.map(async (token) => tokens.verify(await token))))
    expect(verdict.kind).toBe('invalid')
  expect(fetched).toHaveLength(1)
  wall += 1_000
  expect(await tokens.verify(await good.sign())).toMatchObject({ kind: 'valid' })
})

test.each<readonly [string, (response: ServerResponse) => void]>([
  ['never answers', () => {}],
  ['never ends its answer', (response) => void response.write('{"keys":[')],
  ['fails', (response) => void response.writeHead(500).end('no')],
  [
    'answers with a page',
    (response) => void response.setHeader('content-type', 'text/html').end('<p>Sign in'),
  ],
  ['answers with JSON that is no set of keys', (response) => void response.end('{"keys":{}}')],
  ['answers with 4 MB', (response) => void response.end(`{"keys":[],"x":"${'x'.repeat(4 << 20)}"}`)],
  ['sends elsewhere', (response) => void response.writeHead(302, { location: '/inside' }).end()],
])('V4 whose key is known is let in while its server %s; another key is left open', async (_what, does) => {
  const [known, evil] = [await signer('known'), await signer('evil')]
  keys = [known.jwk]
  const { tokens } = tokensWith({ freshMs: 0, withinMs: 300 })
  // A busy machine may not answer in time either; after a while it is asked again.
  const first = async () => {
    wall += 3_000
    return (await tokens.verify(await known.sign())).kind
  }
  await expect.poll(first, { timeout: 20_000 }).toBe('valid')
  instead = does
  // Where a redirect would lead there is a key of somebody else.
  keys = [evil.jwk]
  wall += 61_000
  expect(await tokens.verify(await known.sign())).toMatchObject({ kind: 'valid' })
  const stranger = await tokens.verify(await evil.sign())
  expect(stranger.kind).toBe('unsure')
  expect(await tokens.verify(await known.sign())).toMatchObject({ kind: 'valid' })
  expect(fetched).not.toContain('/inside')
  expect(fetched.length).toBeGreaterThan(1)
})

test('V3 V4 no token is taken whose `alg` is not that of its key, nor by a secret among the keys, nor by a public key as if it were one', async () => {
  const key = await signer('rsa', { alg: 'RS256' })
  const secret = new TextEncoder().encode('a secret that stands among public keys')
  keys = [key.jwk, { kty: 'oct', kid: 'oct', k: Buffer.from(secret).toString('base64url'), alg: 'HS256' }]
  const { tokens } = tokensWith()
  expect(await tokens.verify(await key.sign())).toMatchObject({ kind: 'valid' })
  const pem = key.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const texts = [pem, pem.trim(), JSON.stringify(key.jwk), key.jwk.n ?? '']
  const refused = [
    key.sign({ alg: 'PS256' }),
    key.sign({ alg: 'RS512' }),
    claims(secret, { alg: 'HS256', kid: 'oct' }),
    claims(secret, { alg: 'HS256' }),
    ...texts.map((text) => claims(new TextEncoder().encode(text), { alg: 'HS256', kid: 'rsa' })),
  ]
  for (const token of await Promise.all(refused))
    expect((await tokens.verify(token)).kind, token.split('.')[0]).toBe('invalid')
  const both = new Tokens({
    secret: 'x'.repeat(32),
    keySet: remoteKeySet({ url, wall: () => wall }),
    audience: null,
    wall: () => wall,
  })
  for (const token of await Promise.all(refused)) expect((await both.verify(token)).kind).toBe('invalid')
})

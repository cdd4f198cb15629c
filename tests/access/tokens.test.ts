import { createHmac, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { remoteKeySet } from '#server/access/key-set.ts'
import { makeSecret, makeToken } from '#server/access/making.ts'
import { Tokens, type TokenVerdict } from '#server/access/token.ts'
import { SECRET } from './stage.ts'

const WALL_MS = 1_800_000_000_000
const WALL = WALL_MS / 1_000
const CLAIMS = { sub: 'ana', name: 'Ana', doc: 'team/*', role: 'writer', exp: WALL + 60 }

function tokensAt(wallMs: () => number, audience: string | null = null): Tokens {
  return new Tokens({ secret: SECRET, keySet: null, audience, wall: wallMs })
}

/** What the server says of a token with these claims, signed as it should be. */
async function verdictOn(claims: JWTPayload, tokens = tokensAt(() => WALL_MS)): Promise<TokenVerdict> {
  return tokens.verify(await signed(claims))
}

function without(left: keyof typeof CLAIMS): JWTPayload {
  return Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => name !== left))
}

function signed(claims: JWTPayload, secret = SECRET): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
}

function handMade(header: object, claims: object, key: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const head = `${part(header)}.${part(claims)}`
  return `${head}.${createHmac('sha256', key).update(head).digest('base64url')}`
}

describe('V3 a token', () => {
  test('V3 says who it is for, which documents, in which role and until when', async () => {
    expect(await verdictOn({ ...CLAIMS, colour: '#A0B1C2' })).toMatchObject({
      kind: 'valid',
      claims: {
        sub: 'ana',
        identity: { name: 'Ana', colour: '#a0b1c2', isGuest: false },
        doc: 'team/*',
        role: 'writer',
        expiresAtMs: WALL_MS + 60_000,
      },
    })
  })

  test.each([
    ['another secret', signed(CLAIMS, makeSecret())],
    ['no signature', Promise.resolve(`${handMade({ alg: 'none' }, CLAIMS, '').split('.', 2).join('.')}.`)],
    ['alg none with a signature', Promise.resolve(handMade({ alg: 'none' }, CLAIMS, SECRET))],
    ['HS256 by name, HS512 by key', Promise.resolve(handMade({ alg: 'HS512' }, CLAIMS, SECRET))],
    ['an alg that there is no key for', Promise.resolve(handMade({ alg: 'RS256' }, CLAIMS, SECRET))],
    [
      'a critical header nobody knows',
      Promise.resolve(handMade({ alg: 'HS256', crit: ['x'], x: 1 }, CLAIMS, SECRET)),
    ],
    ['no expiry', signed(without('exp'))],
    ['a time before which it does not count', signed({ ...CLAIMS, nbf: WALL + 300 })],
    ['another audience', signed({ ...CLAIMS, aud: 'billing' })],
    ['nobody it is for', signed(without('sub'))],
    ['the name of nobody', signed({ ...CLAIMS, sub: 'anonymous' })],
    ['the name of a guest', signed({ ...CLAIMS, sub: 'guest:0011223344556677' })],
    ['a line break in its name', signed({ ...CLAIMS, sub: 'ana\nbo' })],
    ['no document', signed(without('doc'))],
    ['a document that cannot be', signed({ ...CLAIMS, doc: '../x' })],
    ['documents in a list', signed({ ...CLAIMS, doc: ['a'] })],
    ['a role that there is not', signed({ ...CLAIMS, role: 'admin' })],
    ['a role among others', signed({ ...CLAIMS, role: ['owner'] })],
    ['8,193 bytes', Promise.resolve('a'.repeat(8_193))],
    ['no form at all', Promise.resolve('..')],
  ])('V3 with %s is none', async (_what, token) => {
    expect(await tokensAt(() => WALL_MS).verify(await token)).toMatchObject({ kind: 'invalid' })
  })

  test('V3 is taken up to half a minute after it expired, since clocks differ, and no longer', async () => {
    expect(await verdictOn({ ...CLAIMS, exp: WALL - 25 })).toMatchObject({ kind: 'valid' })
    expect(await verdictOn({ ...CLAIMS, exp: WALL - 35 })).toEqual({
      kind: 'invalid',
      reason: 'this token has expired',
    })
  })

  test('V3 that was looked at before still expires', async () => {
    let wall = WALL_MS
    const tokens = tokensAt(() => wall)
    const token = await signed(CLAIMS)
    expect(await tokens.verify(token)).toMatchObject({ kind: 'valid' })
    expect(tokens.verify(token)).not.toBeInstanceOf(Promise)
    wall += 95_000
    expect(await tokens.verify(token)).toMatchObject({ kind: 'invalid' })
  })

  test('V3 for an audience is taken where the server is that audience, and one without is not', async () => {
    const tokens = tokensAt(() => WALL_MS, 'vellum')
    expect(await verdictOn({ ...CLAIMS, aud: ['vellum', 'billing'] }, tokens)).toMatchObject({
      kind: 'valid',
    })
    expect(await verdictOn(CLAIMS, tokens)).toMatchObject({ kind: 'invalid' })
  })

  test('V3 with a name nobody could show is called by its sub; a colour that is none is left out', async () => {
    const verdict = await verdictOn({ ...CLAIMS, name: `\u0007${'x'.repeat(200)}`, colour: 'red;}' })
    expect(verdict).toMatchObject({ claims: { identity: { name: 'ana', colour: null } } })
  })

  test('V3 made by the command line is taken, and its secret is long enough', async () => {
    const secret = makeSecret()
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32)
    const tokens = new Tokens({ secret, keySet: null, audience: null, wall: Date.now })
    const token = await makeToken({ secret, sub: 'bo', doc: 'plan', role: 'reader', expiresInSeconds: 60 })
    expect(await tokens.verify(token)).toMatchObject({ claims: { sub: 'bo', identity: { name: 'bo' } } })
  })
})

describe('V4 the keys of AUTH_JWKS_URL', () => {
  const server = createServer((_request, response) => {
    fetched += 1
    if (isDown) response.writeHead(500).end()
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  })
  let keys: object[] = []
  let isDown = false
  let fetched = 0
  let url = ''

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

  function freshKey(kid: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const sign = (claims: JWTPayload = CLAIMS) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey)
    return { sign, publish: async () => void keys.push({ ...(await exportJWK(publicKey)), kid, use: 'sig' }) }
  }

  function tokensWith(options: { pauseMs?: number; wall?: () => number; secret?: string } = {}): Tokens {
    const { wall = () => WALL_MS, secret = null, pauseMs = 0 } = options
    keys = []
    isDown = false
    fetched = 0
    return new Tokens({ secret, keySet: remoteKeySet({ url, wall, pauseMs }), audience: null, wall })
  }

  test('V4 take a token of theirs, and one of a key that came later', async () => {
    const tokens = tokensWith()
    const first = freshKey('1')
    await first.publish()
    expect(await tokens.verify(await first.sign())).toMatchObject({ kind: 'valid', claims: { sub: 'ana' } })
    const second = freshKey('2')
    await second.publish()
    expect(await tokens.verify(await second.sign())).toMatchObject({ kind: 'valid' })
    expect(fetched).toBe(2)
  })

  test('V4 are not fetched again and again for keys that do not exist', async () => {
    const tokens = tokensWith({ pauseMs: 60_000 })
    await freshKey('1').publish()
    for (let made = 0; made < 20; made++)
      expect(await tokens.verify(await freshKey(`made up ${made}`).sign())).toMatchObject({ kind: 'invalid' })
    expect(fetched).toBe(1)
  })

  test('V4 that cannot be had leave it open who somebody is, and are not asked for with each token', async () => {
    let wall = WALL_MS
    const tokens = tokensWith({ wall: () => wall })
    const key = freshKey('1')
    await key.publish()
    isDown = true
    for (let tried = 0; tried < 10; tried++)
      expect(await tokens.verify(await key.sign())).toEqual({ kind: 'unsure' })
    expect(fetched).toBe(1)
    isDown = false
    wall += 2_000
    expect(await tokens.verify(await key.sign())).toMatchObject({ kind: 'valid' })
  })

  test('V4 that were known still count while they cannot be had; a new one may be good', async () => {
    const tokens = tokensWith()
    const known = freshKey('1')
    await known.publish()
    expect(await tokens.verify(await known.sign())).toMatchObject({ kind: 'valid' })
    isDown = true
    expect(await tokens.verify(await freshKey('2').sign())).toEqual({ kind: 'unsure' })
    expect(await tokens.verify(await known.sign({ ...CLAIMS, sub: 'bo' }))).toMatchObject({ kind: 'valid' })
  })

  test('V4 sign nothing as a secret, and the secret signs nothing in their name', async () => {
    const tokens = tokensWith({ secret: SECRET })
    const key = freshKey('1')
    await key.publish()
    expect(await tokens.verify(await key.sign())).toMatchObject({ kind: 'valid' })
    expect(await tokens.verify(await signed(CLAIMS))).toMatchObject({ kind: 'valid' })
    // The text of a public key, which everybody knows, as if it were a secret.
    const known = JSON.stringify(keys[0])
    expect(await tokens.verify(handMade({ alg: 'HS256', kid: '1' }, CLAIMS, known))).toMatchObject({
      kind: 'invalid',
    })
    expect(await tokens.verify(handMade({ alg: 'ES256', kid: '1' }, CLAIMS, SECRET))).toMatchObject({
      kind: 'invalid',
    })
  })

  test('V4 without the name of one that expired say so', async () => {
    const tokens = tokensWith()
    const key = freshKey('1')
    await key.publish()
    expect(await tokens.verify(await key.sign({ ...CLAIMS, exp: WALL - 60 }))).toEqual({
      kind: 'invalid',
      reason: 'this token has expired',
    })
  })
})

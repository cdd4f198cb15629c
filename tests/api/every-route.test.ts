/**
 * Every operation, driven by a client that a public generator makes of the server's own description, with values made
 * of its schemas: whatever is asked, the answer is one that the description has.
 */

import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeToken } from '#server/access/making.ts'
import type { Came, DescribedOperation, Schema } from './described.ts'
import { type Asked, type Driven, drive } from './driven.ts'
import { allowed, forbidden, forbiddenWords } from './generated.ts'
import { freshId } from './program.ts'

const SECRET = 'a secret of forty-three characters, or more.'
const SEED = 20_261_122
const RUNS = 6
const ABSENT = '0'.repeat(16)
let open: Driven
let guarded: Driven
beforeAll(async () => {
  const token = await makeToken({
    secret: SECRET,
    sub: 'ana',
    doc: '*',
    role: 'owner',
    expiresInSeconds: 3_600,
  })
  ;[open, guarded] = await Promise.all([drive({}, null), drive({ AUTH_SECRET: SECRET }, token)])
})
afterAll(() => Promise.all([open, guarded].map((one) => one?.server[Symbol.asyncDispose]())))

const sampled = <T>(values: fc.Arbitrary<T>, runs = RUNS): T[] =>
  fc.sample(values, { seed: SEED, numRuns: runs })
const jsonOf = ({ bytes }: Came): Record<string, unknown> => JSON.parse(new TextDecoder().decode(bytes))
const isPublic = ({ operationId }: DescribedOperation) => /Session$/.test(operationId)

function named(driven: Driven, operationId: string): DescribedOperation {
  const found = driven.described.operations.find((one) => one.operationId === operationId)
  if (found === undefined) throw new Error(`there is no operation ${operationId}`)
  return found
}

/** What an operation is tried on: a document with a snapshot and, where there are links, a link. */
async function target(driven: Driven, operation: DescribedOperation): Promise<Record<string, string>> {
  const id = freshId('driven')
  if (isPublic(operation)) return {}
  const path = { id, snapshot: ABSENT, share: ABSENT }
  const type = { 'Content-Type': 'application/json' }
  const make = async (operationId: string, body: object): Promise<string> => {
    const came = await driven.ask(named(driven, operationId), {
      path: { id },
      headers: type,
      body: JSON.stringify(body),
    })
    return String(jsonOf(came)['id'])
  }
  await make('createDocument', { title: 'T', format: 'markdown', content: '# One\n\ntwo\n' })
  path.snapshot = await make('createSnapshot', { name: 'S' })
  if (driven.token !== null) path.share = await make('createShare', { role: 'reader' })
  return Object.fromEntries(
    operation.parameters.filter((one) => one.in === 'path').map(({ name }) => [name, path[name as 'id']]),
  )
}

/** Headers are read leniently: what is no condition is none. */
const HEADER = fc.constantFrom('*', '"1"', '"99"', 'W/"1"', 'nonsense', 'wait=0', 'wait=x', '')
const PAGE = '{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"words"}]}]}'
/** Markdown and HTML may be as broken as they like: they say what they say. */
const TEXT = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(
    '[a](b\n\n| a |\n| -- | - |\n~~~\n<b>**',
    '<p onclick="a()">x<script>b()</script><a href="javascript:c()">y</a></table><td>',
    '# One\n\n> [!note\n- [ ]\n\t1) ```',
  ),
)
const BYTES = fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constant(new Uint8Array([0, 0])))

function bodies(driven: Driven, type: string, schema: Schema): fc.Arbitrary<string | Uint8Array> {
  if (type === 'application/octet-stream') return BYTES
  if (type !== 'application/json') return TEXT
  return allowed(driven.described, schema).map((value) => JSON.stringify(value))
}

/** Requests that leave out what may be left out, and send what can be written. */
function plain(driven: Driven, operation: DescribedOperation): Omit<Asked, 'path'>[] {
  const sent = Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { schema }]) => {
    const name = String(schema['$ref']).split('/').at(-1)
    const known =
      type !== 'application/json'
        ? [type === 'application/octet-stream' ? new Uint8Array([0, 0]) : 'words']
        : name === 'Page'
          ? [PAGE]
          : name === 'SignInToken' && driven.token !== null
            ? [JSON.stringify({ token: driven.token })]
            : sampled(bodies(driven, type, schema), 4)
    return known.map((body) => ({ headers: { 'Content-Type': type }, body }))
  })
  return sent.length === 0 ? [{}] : sent
}

/** Requests that the description allows. */
function good(driven: Driven, operation: DescribedOperation): fc.Arbitrary<Omit<Asked, 'path'>> {
  const inputs = (where: string) =>
    fc.record(
      Object.fromEntries(
        operation.parameters
          .filter((one) => one.in === where)
          .map(({ name, schema }) => [name, where === 'header' ? HEADER : allowed(driven.described, schema)]),
      ),
      { requiredKeys: [] },
    ) as fc.Arbitrary<Record<string, string>>
  const { content = {}, required = true } = operation.requestBody ?? {}
  const sent = Object.entries(content).map(([type, { schema }]) =>
    bodies(driven, type, schema).map(
      (body): Omit<Asked, 'path'> => ({ headers: { 'Content-Type': type }, body }),
    ),
  )
  const body = fc.oneof(
    ...sent,
    ...(sent.length === 0 || !required ? [fc.constant<Omit<Asked, 'path'>>({})] : []),
  )
  return fc
    .tuple(inputs('query'), inputs('header'), body)
    .map(([query, headers, one]) => ({ query, headers: { ...headers, ...one.headers }, body: one.body }))
}

/** Requests with one thing in them that the description does not allow, and what that is. */
function bad(
  driven: Driven,
  operation: DescribedOperation,
  path: Readonly<Record<string, string>>,
): [string, Asked][] {
  const found: [string, Asked][] = []
  const body = (bytes: string | Uint8Array, type = 'application/json'): Asked => ({
    path,
    headers: { 'Content-Type': type },
    body: bytes,
  })
  const { content = {} } = operation.requestBody ?? {}
  const schema = content['application/json']?.schema
  const right =
    Object.keys(content).length === 0 ? { path } : { ...sampled(good(driven, operation), 1)[0], path }
  for (const one of operation.parameters) {
    if (one.in === 'path')
      for (const value of ['a/../b', 'a//b', 'a\0', 'x'.repeat(10_240)])
        found.push([`${one.name}=${value.slice(0, 20)}`, { ...right, path: { ...path, [one.name]: value } }])
    const wrong = one.in === 'query' ? forbiddenWords(driven.described, one.schema) : null
    if (wrong !== null)
      for (const value of sampled(wrong, 4))
        found.push([`${one.name}=${value.slice(0, 20)}`, { ...right, query: { [one.name]: value } }])
  }
  found.push(['a parameter nobody knows', { ...right, query: { unheard: '1' } }])
  if (schema !== undefined) {
    for (const value of sampled(forbidden(driven.described, schema)))
      found.push([JSON.stringify(value).slice(0, 80), body(JSON.stringify(value))])
    for (const broken of ['{"a":', new Uint8Array([0x22, 0xff, 0x22]), ' ', 'x'.repeat(40_000)])
      found.push([`broken JSON of ${broken.length}`, body(broken)])
  }
  return found
}

/** What of a document can be seen to change. */
async function stateOf(driven: Driven, path: Readonly<Record<string, string>>): Promise<unknown[]> {
  if (path['id'] === undefined) return []
  const found = ['getDocument', 'listUpdates', 'listSnapshots', 'listShares', 'getContent'].map(
    async (operationId) => {
      const { status, bytes } = await driven.ask(named(driven, operationId), {
        path: { id: path['id'] ?? '' },
      })
      return [status, new TextDecoder().decode(bytes)]
    },
  )
  return Promise.all(found)
}

describe.each(['open', 'guarded'] as const)(
  'A15 a client made of the description of a server that is %s',
  (kind) => {
    const met = new Set<string>()

    test('gets what is described for whatever the description allows', async () => {
      const driven = kind === 'open' ? open : guarded
      const faults: string[] = []
      for (const operation of driven.described.operations) {
        const { operationId } = operation
        let path = await target(driven, operation)
        for (const asked of [...plain(driven, operation), ...sampled(good(driven, operation))]) {
          if (operationId === 'createDocument') path = { id: freshId('driven') }
          const came = await driven.ask(operation, { ...asked, path })
          const fault = driven.described.faultIn(operation, came)
          if (fault !== '' || came.status >= 500)
            faults.push(`${operationId} ${JSON.stringify(asked).slice(0, 300)} → ${came.status}: ${fault}`)
          if (came.status < 300) met.add(operationId)
          if (came.status < 300 && /^(delete|revoke)/.test(operationId))
            path = await target(driven, operation)
        }
      }
      expect(faults).toEqual([])
      const all = driven.described.operations.map(({ operationId }) => operationId)
      const unmet = all.filter((one) => !met.has(one))
      // On an open server nobody is let in by anything.
      expect(
        unmet.filter((one) => kind === 'guarded' || !/Share|enterSession|revokeTokens/.test(one)),
      ).toEqual([])
      expect(all.length).toBeGreaterThan(20)
    })

    test('is told what is wrong with anything else, and nothing of it is done', {
      timeout: 60_000,
    }, async () => {
      const driven = kind === 'open' ? open : guarded
      const faults: string[] = []
      for (const operation of driven.described.operations) {
        const path = await target(driven, operation)
        const before = await stateOf(driven, path)
        for (const [what, asked] of bad(driven, operation, path)) {
          const came = await driven.ask(operation, asked)
          const fault = driven.described.faultIn(operation, came)
          const isTold = came.type === 'application/problem+json' && String(jsonOf(came)['detail']).length > 5
          if (fault !== '' || came.status < 400 || came.status >= 500 || !isTold)
            faults.push(`${operation.operationId} ${what} → ${came.status}: ${fault}`)
        }
        expect(await stateOf(driven, path), operation.operationId).toEqual(before)
      }
      expect(faults).toEqual([])
    })
  },
)

test('A15 without a token a guarded server tells nobody anything, whatever is asked', {
  timeout: 60_000,
}, async () => {
  for (const operation of guarded.described.operations.filter((one) => !isPublic(one))) {
    const path = await target(guarded, operation)
    for (const asked of plain(guarded, operation).slice(0, 1)) {
      const came = await guarded.ask(operation, { ...asked, path }, null)
      expect([operation.operationId, came.status, guarded.described.faultIn(operation, came)]).toEqual([
        operation.operationId,
        401,
        '',
      ])
    }
  }
})

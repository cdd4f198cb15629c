/** The description of the API, held against what a real server does. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { problems } from '#server/api/problem.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { freshId, Program, pathOf, type Told } from './program.ts'

interface Described {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >
}

interface Description {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

/** An id that no snapshot has. */
const ABSENT = '0'.repeat(16)

/** The one operation that is not under `/v1/documents`, as seen from there. */
const SESSION = '/../session'
const REVOKING = '/../tokens/revoke'

let server: ServerProcess
let program: Program
let description: Description
beforeAll(async () => {
  server = await startServer()
  program = new Program(server)
  description = (await (await fetch(`${program.url}/openapi.json`)).json()) as Description
})
afterAll(() => server[Symbol.asyncDispose]())

/** Throws where an answer is not what the description says of it. */
function holdAgainst(told: Told, method: string, path: string): void {
  const answer = description.paths[path]?.[method.toLowerCase()]?.responses[told.status]
  if (answer === undefined)
    throw new Error(`${method} ${path}: ${told.status} is not described\n${told.text}`)
  if (answer.content === undefined) {
    expect(told.text).toBe('')
    return
  }
  const type = told.headers.get('content-type') ?? ''
  const content = answer.content[type]
  if (content === undefined) throw new Error(`${method} ${path} ${told.status}: ${type} is not described`)
  if (told.json === null) return
  const schema = { ...content.schema, $defs: description.components.schemas }
  const text = JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')
  z.fromJSONSchema(JSON.parse(text)).parse(told.json)
}

describe('A15 the description', () => {
  test('is valid OpenAPI 3.1', async () => {
    expect(description.openapi).toMatch(/^3\.1\./)
    const result = await new Validator().validate(JSON.parse(JSON.stringify(description)))
    expect(result.errors).toBeUndefined()
    expect(result.valid).toBe(true)
  })

  test('says of every operation what it gives, whatever is asked', async () => {
    const path = await program.make('# A\n\nwords\n')
    const json = { 'content-type': 'application/json' }
    const asked: readonly (readonly [string, string, string, Parameters<Program['ask']>[2]?, string?])[] = [
      ['GET', '', ''],
      ['GET', '', '?limit=1'],
      ['GET', '', '?limit=x'],
      ['GET', '', '', { headers: { origin: 'https://evil.example' } }],
      ['PUT', '/{id}', '', { headers: json, body: '{}' }],
      ['PUT', '/{id}', '', { headers: json, body: '{"title":7}' }],
      ['GET', '/{id}', ''],
      ['GET', '/{id}', '', { headers: { 'if-none-match': '*' } }],
      ['PATCH', '/{id}', '', { headers: json, body: '{"title":"T"}' }],
      ['PATCH', '/{id}', '', { headers: { ...json, 'if-match': '"99"' }, body: '{"title":"T"}' }],
      ...['json', 'html', 'markdown', 'text', 'yjs'].map(
        (format) => ['GET', '/{id}/content', `?format=${format}`] as [string, string, string],
      ),
      ['GET', '/{id}/content', '?at=99'],
      ['GET', '/{id}/content', '', { headers: { accept: 'image/png' } }],
      ['GET', '/{id}/content', '', { headers: { 'if-none-match': '*' } }],
      ['PUT', '/{id}/content', '?format=markdown', { body: 'new' }],
      ['PUT', '/{id}/content', '?format=json', { body: '{}' }],
      ['PUT', '/{id}/content', '', { body: new Uint8Array(3) }],
      ['PUT', '/{id}/content', '?format=text&base=99', { body: 'x' }],
      ['POST', '/{id}/content', '?format=text', { body: 'more' }],
      ['POST', '/{id}/content', '?format=text&heading=none', { body: 'more' }],
      ['GET', '/{id}/updates', ''],
      ['GET', '/{id}/updates', '?after=99'],
      ['POST', '/{id}/updates', '', { body: new Uint8Array([0, 0]) }],
      ['POST', '/{id}/updates', '', { body: new Uint8Array([9]) }],
      ['POST', '/{id}/snapshots', '', { headers: { 'idempotency-key': 'k' } }],
      ['POST', '/{id}/snapshots', '', { headers: { 'idempotency-key': 'k' } }],
      ['POST', '/{id}/snapshots', '', { headers: json, body: '{"seq":99}' }],
      ['GET', '/{id}/snapshots', ''],
      ['GET', '/{id}/snapshots', '?limit=0'],
      ...['GET', 'PATCH', 'DELETE'].flatMap((method) =>
        [ABSENT, 'first'].map(
          (snapshot) =>
            [
              method,
              '/{id}/snapshots/{snapshot}',
              '',
              method === 'PATCH' ? { headers: json, body: '{"name":"N"}' } : {},
              snapshot,
            ] as const,
        ),
      ),
      ['POST', '/{id}/snapshots', '', { headers: { 'idempotency-key': 'k' } }],
      ['GET', '/{id}/snapshots/{snapshot}/content', ''],
      ['GET', '/{id}/snapshots/{snapshot}/content', '', { headers: { 'if-none-match': '*' } }],
      ['POST', '/{id}/snapshots/{snapshot}/restore', ''],
      ['POST', '/{id}/snapshots/{snapshot}/restore', '', {}, ABSENT],
      ['GET', '/{id}/history', ''],
      ['GET', '/{id}/diff', ''],
      ['GET', '/{id}/diff', '?format=html'],
      ['GET', '/{id}/diff', '?to=99'],
      ['GET', '/{id}/history', '?cursor=x'],
      ['GET', '/{id}/shares', ''],
      ['POST', '/{id}/shares', '', { headers: json, body: '{"role":"reader"}' }],
      ['POST', '/{id}/shares', '', { headers: json, body: '{}' }],
      ['PATCH', '/{id}/shares/{share}', '', { headers: json, body: '{"role":"reader"}' }],
      ['DELETE', '/{id}/shares/{share}', ''],
      ['GET', SESSION, ''],
      ['GET', SESSION, '?document=..'],
      ['POST', SESSION, '', { headers: json, body: '{"token":"x"}' }],
      ['POST', SESSION, '', { body: 'x' }],
      ['DELETE', SESSION, ''],
      ['POST', REVOKING, '', { headers: json, body: '{"sub":"x"}' }],
      ['POST', REVOKING, '', { headers: json, body: '{}' }],
      ['DELETE', '/{id}', ''],
      ...['GET', 'PUT', 'DELETE'].map((method) => [method, '/{id}', ''] as [string, string, string]),
      ['GET', '/{id}/content', ''],
      ['PUT', '/{id}/content', '?format=text', { body: 'x' }],
      ['POST', '/{id}/content', '?format=text', { body: 'x' }],
      ['GET', '/{id}/updates', ''],
      ['POST', '/{id}/updates', '', { body: new Uint8Array([0, 0]) }],
    ]
    const met = new Set<string>()
    let first = ''
    for (const [method, template, query, ask, snapshot = 'first'] of asked) {
      const where = template
        .replace('/{id}', path)
        .replace('{snapshot}', snapshot === 'first' ? first : snapshot)
        .replace('{share}', ABSENT)
      const told = await program.ask(method, `${where}${query}`, ask)
      if (told.status === 201 && template.endsWith('/snapshots')) first = String(told.json?.['id'])
      const named = template.startsWith('/..') ? template.replace('/..', '/v1') : template
      holdAgainst(told, method, named === template ? `/v1/documents${template}` : named)
      met.add(`${method} ${named}`)
    }
    const missing = await program.ask('GET', pathOf(freshId()))
    holdAgainst(missing, 'GET', '/v1/documents/{id}')
    const all = Object.entries(description.paths).flatMap(([where, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${where.replace('/v1/documents', '')}`),
    )
    expect([...met].sort()).toEqual(all.sort())
  })

  test('is shown as a page that runs nothing and asks for nothing', async () => {
    const response = await fetch(`${program.url}/docs`)
    const html = await response.text()
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/)
    expect(policy).not.toContain('unsafe')
    expect(html).not.toMatch(/<script|<img|<link|<iframe|\bsrc=|@import|url\(|https?:\/\/|\bon\w+=|style=/)
    for (const methods of Object.values(description.paths))
      for (const { operationId } of Object.values(methods)) expect(html).toContain(`id="${operationId}"`)
    for (const name of Object.keys(problems)) expect(html).toContain(`<dt id="${name}">`)
    // What a body and an answer are made of, down to what lies in it.
    for (const field of ['title', 'format', 'history.bytes', 'snapshots[].authorName', 'next'])
      expect(html).toContain(`<code>${field}</code>`)
  })
})

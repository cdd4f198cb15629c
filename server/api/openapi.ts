/** The description of the API (OpenAPI 3.1), made from the operations themselves. */
import { z } from 'zod'
import type { Answer, BodySchema, Operation, RequestHeader } from './operation.ts'
import { problems, problemType } from './problem.ts'
import { named } from './schemas.ts'

type Json = Readonly<Record<string, unknown>>

const REQUEST_HEADERS: Readonly<Record<RequestHeader, string>> = {
  'If-Match': 'Only where the document is at one of these positions.',
  'If-None-Match': 'Nothing is sent where the document is at one of these positions.',
  Prefer: '`wait=N`: how many seconds to wait for a change.',
  Accept: 'The format that is wanted.',
  'Content-Type': 'The format that is sent.',
  'Idempotency-Key': 'Any words of your own: the same request again, with the same key, makes nothing new.',
}

const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  ETag: 'The position of the document.',
  Location: 'Where what was made is.',
}

const ALWAYS = ['invalid-request', 'unauthenticated', 'forbidden', 'too-many', 'unavailable'] as const

/** `version` of the program. */
export function openApi(operations: readonly Operation[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const one of operations) {
    const path = `/v1${one.path}`
    paths[path] ??= {}
    paths[path][one.method.toLowerCase()] = described(one)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Vellum',
      version,
      description:
        'Read and write documents while people write in them. Every edit goes through the same gate and into the same log.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/' }],
    security: [{}, { bearer: [] }],
    tags: [{ name: 'documents' }],
    paths,
    components: {
      schemas: {
        ...Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, bare(schema)])),
        Page: PAGE,
      },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

function described(one: Operation): Json {
  const answers = Object.entries(one.answers).map(([status, answer]) => [status, answerOf(answer)] as const)
  return {
    operationId: one.id,
    summary: one.summary,
    description: one.description,
    tags: ['documents'],
    parameters: parametersOf(one),
    ...(one.body === null
      ? {}
      : {
          requestBody: {
            required: one.body.required,
            description: one.body.description,
            content: contentOf(one.body.content),
          },
        }),
    responses: { ...Object.fromEntries(answers), ...refusalsOf(one) },
  }
}

function parametersOf(one: Operation): Json[] {
  const path = one.path.includes('{id}')
    ? [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: 'The id of a document, percent-encoded as one segment (`team%2Fplan`).',
          schema: { type: 'string', minLength: 1, maxLength: 255 },
          example: 'team/plan',
        },
      ]
    : []
  for (const [name, description] of [
    ['snapshot', 'The id of a snapshot.'],
    ['share', 'The id of a link.'],
  ] as const)
    if (one.path.includes(`{${name}}`))
      path.push({
        name,
        in: 'path',
        required: true,
        description,
        schema: { type: 'string', minLength: 16, maxLength: 16 },
        example: '0123456789abcdef',
      })
  const query = Object.entries(one.query.shape).map(([name, schema]) => {
    const { description, ...rest } = bare(schema as z.ZodType) as { description?: string }
    return { name, in: 'query', required: false, description: description ?? '', schema: rest }
  })
  const headers = one.headers
    // OpenAPI says these by the content itself.
    .filter((name) => name !== 'Accept' && name !== 'Content-Type')
    .map((name) => ({
      name,
      in: 'header',
      required: false,
      description: REQUEST_HEADERS[name],
      schema: { type: 'string' },
    }))
  return [...path, ...query, ...headers]
}

function answerOf({ description, content, headers = [] }: Answer): Json {
  return {
    description,
    ...(headers.length === 0
      ? {}
      : {
          headers: Object.fromEntries(
            headers.map((name) => [
              name,
              { description: ANSWER_HEADERS[name] ?? '', schema: { type: 'string' } },
            ]),
          ),
        }),
    ...(content === undefined ? {} : { content: contentOf(content) }),
  }
}

function refusalsOf(one: Operation): Json {
  const byStatus = new Map<number, string[]>()
  const ofBodies = one.body === null ? [] : (['too-large', 'unsupported-format'] as const)
  for (const name of new Set([...ALWAYS, ...ofBodies, ...one.problems])) {
    const { status, title } = problems[name]
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${title} (\`${problemType(name)}\`).`])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, words]) => [
      status,
      {
        description: words.join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDocument' } } },
      },
    ]),
  )
}

function contentOf(content: Readonly<Record<string, BodySchema>>): Json {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [type, { schema: schemaOf(schema) }]),
  )
}

function schemaOf(schema: BodySchema): Json {
  if (schema === 'page') return { $ref: '#/components/schemas/Page' }
  if (schema === 'text') return { type: 'string' }
  if (schema === 'binary') return { type: 'string', format: 'binary' }
  const name = Object.entries(named).find(([, one]) => one === schema)?.[0]
  return name === undefined ? bare(schema) : { $ref: `#/components/schemas/${name}` }
}

function bare(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

const PAGE: Json = {
  description: 'The text of a page, as ProseMirror writes it: a node of the type `doc`, and what is in it.',
  type: 'object',
  required: ['type'],
  properties: {
    type: { type: 'string', description: 'The name of a node, `text`, or `doc` for the whole page.' },
    attrs: { type: 'object', additionalProperties: true },
    content: { type: 'array', items: { $ref: '#/components/schemas/Page' } },
    text: { type: 'string' },
    marks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type'],
        properties: { type: { type: 'string' }, attrs: { type: 'object', additionalProperties: true } },
      },
    },
  },
}

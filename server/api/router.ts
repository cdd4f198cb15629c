/** Operations as routes: the door, the verdict and the schemas come before each, and every error is a problem. */
import { IncomingMessage } from 'node:http'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Access, type Decision, standingOf } from '#server/access/access.ts'
import type { Audit } from '#server/access/audit.ts'
import { ANONYMOUS } from '#server/access/principal.ts'
import type { Door } from '#server/gate/admission.ts'
import { type DocumentId, documentIdFromPath } from '#shared/id.ts'
import type { Bodies } from './body.ts'
import type { Asked, Operation } from './operation.ts'
import type { Places } from './places.ts'
import { ApiProblem, apiProblemResponse } from './problem.ts'
import { noShare, noSnapshot, problemOf, refusedBy } from './refusals.ts'
import { runDry } from './running-dry.ts'

export interface RouterParts {
  readonly access: Access
  readonly bodies: Bodies
  readonly places: Places
  readonly door: Pick<Door, 'isOriginAllowed' | 'addressOf' | 'waitMs' | 'mayMake'>
  /** Where it is told what was done; nowhere without it. */
  readonly audit?: Audit
  /** A request failed by our mistake. */
  onFailed(error: unknown): void
}

/** For programs of the same machine and person, where nobody has to be kept out. */
export const NO_DOOR: RouterParts['door'] = {
  isOriginAllowed: () => true,
  addressOf: () => '',
  waitMs: () => 0,
  mayMake: () => true,
}

const FORM_TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']

/** Of whom nothing is asked, and who may nothing. */
const NOBODY: Decision = { kind: 'granted', standing: standingOf({ ...ANONYMOUS, role: 'reader' }) }

/** Routes relative to `/v1`. */
export function apiRoutes(operations: readonly Operation[], parts: RouterParts): Hono {
  const routes = new Hono()
  for (const one of operations) routes.on(one.method, pathOf(one), (context) => answered(context, one, parts))
  for (const path of new Set(operations.map(pathOf))) {
    const allowed = operations.filter((one) => pathOf(one) === path).map(({ method }) => method)
    const methods = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ')
    routes.all(path, (context) => {
      const problem = new ApiProblem('method-not-allowed', `${context.req.method} is not one of ${methods}.`)
      const response = apiProblemResponse(problem)
      response.headers.set('Allow', methods)
      return response
    })
  }
  routes.all('*', () => apiProblemResponse(new ApiProblem('not-found', 'There is nothing here.')))
  return routes
}

function pathOf({ path }: Operation): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

async function answered(context: Context, one: Operation, parts: RouterParts): Promise<Response> {
  let response: Response
  try {
    const request = await asked(context, one, parts)
    response = await one.handle(request)
    if (one.isAct) {
      const { author } = request.principal
      parts.audit?.note({ event: 'did', act: one.id, author, document: request.document })
    }
  } catch (error) {
    const problem = problemOf(error)
    if (problem.problem === 'failed') parts.onFailed(error)
    response = apiProblemResponse(problem)
    if (problem.problem === 'too-large') {
      const { raw } = context.req
      const isOver = await runDry(raw.body, Number(raw.headers.get('content-length') ?? 0))
      // What is left would be taken for the next request.
      if (!isOver) response.headers.set('Connection', 'close')
    }
  }
  return response
}

async function asked(
  context: Context,
  one: Operation,
  parts: RouterParts,
): Promise<Asked<Record<string, unknown>>> {
  const { req } = context
  const { door } = parts
  if (!door.isOriginAllowed(req.header()))
    throw new ApiProblem('forbidden', 'Pages of this origin may not ask.')
  const address = door.addressOf({ headers: req.header(), remoteAddress: remoteAddressOf(context) })
  // Before anybody is asked who they are: tokens are not to be guessed by the thousand.
  pass(door.waitMs(address))
  const document = one.path.includes('{id}') ? documentOf(req.url) : null
  const snapshot = one.path.includes('{snapshot}') ? partOf(req.url, noSnapshot) : ''
  const share = one.path.includes('{share}') ? partOf(req.url, noShare) : ''
  const { action } = one
  const decision =
    action === 'public'
      ? NOBODY
      : await parts.access.decide({
          action,
          document,
          header: (name) => req.header(name) ?? null,
          query: (name) => req.query(name) ?? null,
        })
  if (decision.kind === 'refused') throw refusedBy(decision)
  const { author } = decision.standing.principal
  if (author !== ANONYMOUS.author) pass(door.waitMs(author))
  const person = author === ANONYMOUS.author ? address : author
  // A body may take its time: what its sender was let in by may be over by then.
  const bodyOf = async (maxBytes: number): Promise<Uint8Array> => {
    if (hasBody(req.raw) && isOfForm(req.header('content-type'), one))
      throw new ApiProblem('unsupported-format', 'Forms are not taken: send it as what it is.')
    const bytes = await parts.bodies.read(req.raw, maxBytes, { address, author })
    const now = decision.standing.again()
    if (now.kind === 'refused') throw refusedBy(now)
    return bytes
  }
  return {
    get document() {
      if (document === null) throw new TypeError('this path names no document')
      return document
    },
    address,
    snapshot,
    share,
    query: parsed(one.query, queryOf(req.queries()), 'query'),
    principal: decision.standing.principal,
    person,
    inPlace: (work) => parts.places.hold(person, work),
    mayMake: () => door.mayMake(address, author),
    standing: decision.standing,
    headers: req.raw.headers,
    signal: req.raw.signal,
    bytes: bodyOf,
    json: async (schema, maxBytes, absent) => {
      const bytes = await bodyOf(maxBytes)
      const value = bytes.length === 0 && absent !== undefined ? absent : jsonOf(bytes)
      return parsed(schema, value, 'body')
    },
  }
}

export function pass(waitMs: number): void {
  if (waitMs === 0) return
  const seconds = Math.ceil(waitMs / 1_000)
  throw new ApiProblem('too-many', `Too many requests: come back in ${seconds} s.`, {}, seconds)
}

/** Tests that ask without a network have none. */
function remoteAddressOf({ env }: Context): string {
  const incoming: unknown = (env as { incoming?: IncomingMessage } | undefined)?.incoming
  return incoming instanceof IncomingMessage ? (incoming.socket.remoteAddress ?? '') : ''
}

function hasBody({ headers }: Request): boolean {
  return headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0
}

/** A type that a form of any page can send, with the cookies of whoever looks at that page. */
function isOfForm(type: string | undefined, { method, body }: Operation): boolean {
  const bare = type?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const isMeant = Object.keys(body?.content ?? {}).some((one) => one.split(';', 1)[0] === bare)
  return method === 'POST' && FORM_TYPES.includes(bare) && !isMeant
}

/** The id as it came: routers decode on their own, and once is enough. */
function documentOf(url: string): DocumentId {
  const segment = new URL(url).pathname.split('/')[3] ?? ''
  const document = documentIdFromPath(segment)
  if (document === null)
    throw new ApiProblem(
      'invalid-id',
      'An id is 1 to 255 bytes without control characters and without empty, "." or ".." segments, percent-encoded as one segment.',
    )
  return document
}

/** The id of something that belongs to a document. */
function partOf(url: string, none: () => ApiProblem): string {
  const segment = new URL(url).pathname.split('/')[5] ?? ''
  if (/^[0-9a-f]{16}$/.test(segment)) return segment
  throw none()
}

/** A name that stands twice is a mistake, and told as one. */
function queryOf(queries: Readonly<Record<string, readonly string[]>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(queries)
      // Tokens may come here, too; they are not a parameter of an operation.
      .filter(([name]) => name !== 'token')
      .map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, part: string): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.slice(0, 20).map(({ path, message }) => ({
    where: [part, ...path].map(String).join('.'),
    message,
  }))
  const [first] = errors
  throw new ApiProblem('invalid-request', `${first?.where ?? part}: ${first?.message ?? 'not valid'}`, {
    errors,
  })
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // Either no UTF-8 or no JSON; both are told alike.
    throw new ApiProblem('invalid-request', 'body: not JSON in UTF-8.')
  }
}

/** A query without parameters. */
export const NO_QUERY = z.strictObject({})

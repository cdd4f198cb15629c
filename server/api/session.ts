/** `/v1/session`: how the page of a browser comes by a cookie, and learns who it is for the server. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { COOKIE } from '#server/access/credential.ts'
import { IDLE_MS } from '#server/access/sessions.ts'
import type { SignIn, Who } from '#server/access/sign-in.ts'
import { StoreFailed } from '#server/access/store.ts'
import { documentId } from '#shared/id.ts'
import { json } from './documents.ts'
import { type Operation, operation } from './operation.ts'
import { ApiProblem } from './problem.ts'
import { refusedBy } from './refusals.ts'
import { NO_QUERY, pass } from './router.ts'
import { SessionInfo, SignInToken } from './schemas.ts'

export interface SessionParts {
  readonly signIn: SignIn
  /** Whether a request came over TLS, as far as the server can know: then its cookie goes over nothing else. */
  isSecure(headers: Headers): boolean
  /** A sign-in from this address, by what has this hash: 0, or the milliseconds until one may be. */
  waitMs(address: string, hash: string): number
}

const BODY_BYTES = 16 << 10
const PATH = '/session'

export function sessionOperations({ signIn, isSecure, waitMs }: SessionParts): readonly Operation[] {
  return [
    operation({
      id: 'getSession',
      method: 'GET',
      path: PATH,
      action: 'public',
      summary: 'Ask who one is',
      description:
        'By the cookie, or by a token in the header `Authorization`. Everybody may ask; whom the server does not know it tells so.',
      query: z.strictObject({
        document: z
          .string()
          .optional()
          .describe('The id of a document: who one is there, and in which role.'),
      }),
      headers: [],
      body: null,
      answers: { 200: { description: 'Who it is.', content: { 'application/json': SessionInfo } } },
      problems: ['invalid-id'],
      async handle({ headers, query }) {
        const document = query.document === undefined ? null : documentId(query.document)
        if (query.document !== undefined && document === null)
          throw new ApiProblem('invalid-id', 'This is not the name of a document.')
        return json(200, described(await signIn.who(shownBy(headers), document)))
      },
    }),
    operation({
      id: 'enterSession',
      method: 'POST',
      path: PATH,
      action: 'public',
      summary: 'Exchange a token for a cookie',
      description:
        "A token, or that of a share, adds to what the browser's session may do; a new token for the same person and documents takes the place of the one before. The cookie `vellum` can be read by no script. Where the token is for another person than who has signed in, or for a person where a guest is, with `switch: false` nothing changes and the answer says in `here` and `link` who is here and whom it is for. Pages of other origins may not do this.",
      query: NO_QUERY,
      headers: ['Content-Type'],
      body: { required: true, description: 'The token.', content: { 'application/json': SignInToken } },
      answers: { 200: { description: 'Who it is now.', content: { 'application/json': SessionInfo } } },
      problems: ['somebody-else', 'too-large', 'unsupported-format'],
      async handle({ headers, address, json: read }) {
        // A form of another site cannot send this type.
        if (!/^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? ''))
          throw new ApiProblem('unsupported-format', 'A token is sent as application/json.')
        const { token, switch: maySwitch = true } = await read(SignInToken, BODY_BYTES)
        pass(waitMs(address, hash('sha256', token)))
        const entered = await kept(signIn.enter(shownBy(headers), { token, maySwitch }))
        if (entered.kind === 'refused') throw refusedBy(entered)
        if (entered.kind === 'somebody else')
          throw new ApiProblem('somebody-else', 'This token is for somebody else than who is here.', {
            ...entered.meeting,
          })
        const { secret, who } = entered
        const cookie = secret === null ? {} : { 'Set-Cookie': cookieWith(secret, IDLE_MS, isSecure(headers)) }
        return json(200, described(who), cookie)
      },
    }),
    operation({
      id: 'leaveSession',
      method: 'DELETE',
      path: PATH,
      action: 'public',
      summary: 'Sign out',
      description: 'The session ends, everywhere: what came by its cookie is put out within seconds.',
      query: NO_QUERY,
      headers: [],
      body: null,
      answers: { 204: { description: 'There is no session any more.' } },
      problems: [],
      async handle({ headers }) {
        await kept(signIn.leave(shownBy(headers)))
        const gone = { 'Set-Cookie': cookieWith('', 0, isSecure(headers)), 'Cache-Control': 'no-store' }
        return new Response(null, { status: 204, headers: gone })
      },
    }),
  ]
}

function shownBy(headers: Headers) {
  return { header: (name: string) => headers.get(name) }
}

async function kept<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof StoreFailed)
      throw new ApiProblem('not-saving', 'Nothing can be written to disk at the moment.')
    throw error
  }
}

function described({ mode, principal, role, grants }: Who): z.infer<typeof SessionInfo> {
  return {
    mode,
    principal,
    role,
    grants: grants.map(({ expiresAtMs, ...grant }) => ({
      ...grant,
      expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    })),
  }
}

/** No other site makes the browser send it, no script reads it, nothing but TLS carries it where there is TLS. */
function cookieWith(secret: string, maxAgeMs: number, isSecure: boolean): string {
  const flags = 'Path=/; HttpOnly; SameSite=Strict'
  return `${COOKIE}=${secret}; ${flags}; Max-Age=${Math.floor(maxAgeMs / 1_000)}${isSecure ? '; Secure' : ''}`
}

/** Errors over HTTP are problem documents (RFC 9457): which there are, in one table. */
import { codes } from '#shared/codes.ts'

/**
 * `code` is the wire's (shared/codes.ts), where the same refusal exists there: by it a client tells our refusal from a
 * proxy's. The name is in `type`, and never changes.
 */
export const problems = {
  'invalid-request': { status: 400, title: 'Not a valid request', code: codes.malformed.code },
  'invalid-id': { status: 400, title: 'Not the name of a document', code: codes.malformed.code },
  'invalid-update': { status: 400, title: 'Not a Yjs update', code: codes.malformed.code },
  'position-ahead': { status: 400, title: 'No such position yet', code: null },
  unauthenticated: { status: 401, title: 'Who are you?', code: codes.unauthenticated.code },
  forbidden: { status: 403, title: 'Not allowed', code: codes.forbidden.code },
  'not-found': { status: 404, title: 'Not found', code: null },
  'document-not-found': { status: 404, title: 'No such document', code: null },
  'snapshot-not-found': { status: 404, title: 'No such snapshot', code: null },
  'share-not-found': { status: 404, title: 'No such link', code: null },
  'heading-not-found': { status: 404, title: 'No such heading', code: null },
  'method-not-allowed': { status: 405, title: 'Not a method of this address', code: null },
  'not-acceptable': { status: 406, title: 'No such format', code: null },
  conflict: { status: 409, title: 'In conflict with other edits', code: codes.conflict.code },
  'missing-edits': { status: 409, title: 'Edits are missing', code: codes.conflict.code },
  'not-a-page': { status: 409, title: 'Not a page', code: null },
  'position-merged': { status: 409, title: 'Merged with later edits', code: null },
  'snapshots-full': { status: 409, title: 'Too many snapshots', code: null },
  'open-mode': { status: 409, title: 'Nobody has to be let in', code: null },
  'somebody-else': { status: 409, title: 'For somebody else', code: null },
  'shares-full': { status: 409, title: 'Too many links', code: null },
  'document-deleted': { status: 410, title: 'Deleted', code: codes.deleted.code },
  'precondition-failed': { status: 412, title: 'The document has changed', code: null },
  'too-large': { status: 413, title: 'Too large', code: codes.tooBig.code },
  'unsupported-format': { status: 415, title: 'Not a format that can be written', code: null },
  'invalid-content': { status: 422, title: 'Not valid content', code: null },
  'update-refused': { status: 422, title: 'Not what a page may hold', code: null },
  'too-many': { status: 429, title: 'Too many at once', code: codes.tooFast.code },
  failed: { status: 500, title: 'Failed', code: null },
  unavailable: { status: 503, title: 'Come back later', code: codes.restarting.code },
  'not-saving': { status: 503, title: 'Not being saved', code: codes.restarting.code },
} as const satisfies Record<string, { status: number; title: string; code: number | null }>

export type ProblemName = keyof typeof problems

/** Ends the handling of a request with this problem. */
export class ApiProblem extends Error {
  readonly problem: ProblemName
  readonly members: Readonly<Record<string, unknown>>
  /** When it may be tried again, where that is worth while. */
  readonly retrySeconds: number

  /** `detail`: what is wrong here and what would be right, without content of documents. `members` are added. */
  constructor(
    problem: ProblemName,
    detail: string,
    members: Readonly<Record<string, unknown>> = {},
    retrySeconds = 1,
  ) {
    super(detail)
    this.name = 'ApiProblem'
    this.problem = problem
    this.members = members
    this.retrySeconds = retrySeconds
  }
}

export function problemType(name: ProblemName): string {
  return `/v1/docs#${name}`
}

export function apiProblemResponse({ problem, message, members, retrySeconds }: ApiProblem): Response {
  const { status, title, code } = problems[problem]
  const response = problemResponse({
    type: problemType(problem),
    status,
    title,
    detail: message,
    ...(code === null ? {} : { code }),
    ...members,
  })
  if (status === 503 || status === 429) response.headers.set('Retry-After', String(retrySeconds))
  return response
}

export interface Problem {
  /** `about:blank` without it. */
  readonly type?: string
  readonly status: number
  /** The same for every error of this sort. */
  readonly title: string
  /** What is wrong here and what would be right, in one sentence without content of documents. */
  readonly detail: string
}

export function problemResponse(problem: Problem): Response {
  return new Response(JSON.stringify({ type: 'about:blank', ...problem }), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
  })
}

/** Why the server did not do what the page asked over HTTP, in plain words. */

export type RefusalKind =
  | 'unreachable'
  | 'signed-out'
  | 'forbidden'
  | 'deleted'
  | 'missing'
  | 'busy'
  | 'invalid'
  | 'failed'

export class Refusal extends Error {
  readonly kind: RefusalKind
  /** For whoever looks after the server; may hold a code. */
  readonly details: string
  constructor(kind: RefusalKind, words: string, details = '') {
    super(words)
    this.name = 'Refusal'
    this.kind = kind
    this.details = details
  }
}

/** `fetch` of this server, with the cookie it knows this person by. Rejects with Refusal, or AbortError. */
export async function ask(path: string, how: RequestInit = {}): Promise<Response> {
  const answer = await fetch(path, { cache: 'no-store', credentials: 'same-origin', ...how }).catch(
    (error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') throw error
      throw new Refusal('unreachable', 'The server cannot be reached at the moment.')
    },
  )
  if (answer.ok) return answer
  throw await refusalOf(answer)
}

/** Whether asking again cannot help. */
export function isFinal({ kind }: Refusal): boolean {
  return kind === 'deleted' || kind === 'forbidden' || kind === 'missing'
}

export function refusalFrom(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  return new Refusal('failed', 'Something went wrong on this page.', String(error))
}

async function refusalOf(answer: Response): Promise<Refusal> {
  const { status } = answer
  const problem = await problemIn(answer)
  const details = `${status} ${problem.detail}`.trim()
  switch (status) {
    case 401:
      return new Refusal(
        'signed-out',
        'The server no longer knows who you are. Sign in and try again.',
        details,
      )
    case 403:
      return new Refusal('forbidden', 'You may not do this in this document.', details)
    case 404:
      return new Refusal('missing', 'The server does not have this any more.', details)
    case 410:
      return new Refusal('deleted', 'This document was deleted.', details)
    case 429:
      return new Refusal(
        'busy',
        'The server has too much to do at the moment. Try again in a while.',
        details,
      )
    case 502:
    case 504:
      return new Refusal('unreachable', 'The server cannot be reached at the moment.', details)
    case 503:
      return new Refusal('busy', 'The server cannot do this at the moment. Try again in a while.', details)
    case 400:
    case 409:
    case 413:
    case 415:
    case 422:
      return new Refusal('invalid', problem.detail || 'The server did not take it.', details)
    default:
      return new Refusal('failed', 'The server did not answer as it should.', details)
  }
}

async function problemIn(answer: Response): Promise<{ readonly detail: string }> {
  try {
    const said: unknown = await answer.json()
    if (typeof said === 'object' && said !== null && 'detail' in said && typeof said.detail === 'string')
      return { detail: said.detail }
  } catch {
    // A proxy's page: its words are not for people who write.
  }
  return { detail: '' }
}

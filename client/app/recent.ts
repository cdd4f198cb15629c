/** The documents last changed, from `GET /v1/documents`. */
import { type DocumentId, documentId } from '#shared/id.ts'

export interface RecentDocument {
  readonly id: DocumentId
  readonly title: string
  readonly kind: 'page' | 'any' | 'none'
  readonly author: string
  /** Wall-clock milliseconds of the newest change. */
  readonly time: number
}

const LIMIT = 50

/** There is no server to ask: no network, or only a proxy that stands before it. */
export class Unreachable extends Error {}

/** The server lists nothing to whoever is here. */
export class NotForYou extends Error {}

/** Rejects with Unreachable, with NotForYou, or with an Error whose message is for the details line. */
export async function fetchRecent(signal: AbortSignal): Promise<readonly RecentDocument[]> {
  const response = await fetch(`/v1/documents?limit=${LIMIT}`, {
    signal,
    headers: { accept: 'application/json' },
    cache: 'no-store',
  }).catch((error: unknown) => {
    throw new Unreachable('There was no answer.', { cause: error })
  })
  if ([502, 503, 504].includes(response.status)) throw new Unreachable(`A proxy answered ${response.status}.`)
  if (response.status === 401 || response.status === 403)
    throw new NotForYou(`The server answered ${response.status}.`)
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  const body: unknown = await response.json()
  const { documents }: Record<string, unknown> = isRecord(body) ? body : {}
  if (!Array.isArray(documents)) throw new Error('The answer was not a list.')
  return documents.map(parse).filter((document) => document !== null)
}

function parse(value: unknown): RecentDocument | null {
  if (!isRecord(value)) return null
  const { id: given, title, kind, author, time } = value
  const id = typeof given === 'string' ? documentId(given) : null
  if (id === null) return null
  return {
    id,
    title: typeof title === 'string' ? title : '',
    kind: kind === 'any' || kind === 'none' ? kind : 'page',
    author: typeof author === 'string' ? author : '',
    time: typeof time === 'number' ? time : 0,
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

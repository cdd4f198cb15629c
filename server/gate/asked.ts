/** What a request to `/sync/…` asks for, in its query and its headers. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Kind } from '#shared/frame.ts'
import { decodeOffset, type Offset } from '#shared/offset.ts'

export interface SyncQuery {
  /** Null for a reading that does not wait. */
  readonly live: 'sse' | 'long-poll' | null
  readonly offset: Offset | null
  /** What ties the requests of one client together; null without. */
  readonly session: string | null
  readonly kind: Kind
  readonly schemaVersion: number | null
  /** As it came. */
  readonly told: string | null
  readonly beatMs: number | null
  readonly joins: boolean
  readonly leaves: boolean
  /** The carrier that was tried before. */
  readonly after: string | null
}

/** What is wrong with the request, in one sentence. */
export type Malformed = { readonly wrong: string }

const SESSION = /^[A-Za-z0-9_-]{1,64}$/
const NUMBER = /^(0|[1-9][0-9]{0,8})$/
const MIN_BEAT_MS = 1_000

export function queryOf(url = ''): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1))
}

/** Names that are not known are ignored. */
export function readQuery(url: string, headers: IncomingHttpHeaders): SyncQuery | Malformed {
  const query = queryOf(url)
  const live = query.get('live')
  if (live !== null && live !== 'sse' && live !== 'long-poll' && live !== 'false')
    return { wrong: 'live is sse, long-poll or false.' }
  const lastEvent = headers['last-event-id']
  const named = typeof lastEvent === 'string' && lastEvent !== '' ? lastEvent : query.get('offset')
  const offset = named === null ? null : decodeOffset(named)
  if (named !== null && offset === null) return { wrong: 'offset is text that this server gave out.' }
  const session = query.get('session')
  if (session !== null && !SESSION.test(session))
    return { wrong: 'session is 1 to 64 letters, digits, - and _.' }
  const kind = query.get('kind') ?? 'any'
  if (kind !== 'any' && kind !== 'page') return { wrong: 'kind is page or any.' }
  const schema = query.get('schema')
  if (schema !== null && !NUMBER.test(schema)) return { wrong: 'schema is a whole number.' }
  const beat = query.get('beat')
  if (beat !== null && (!NUMBER.test(beat) || Number(beat) < MIN_BEAT_MS))
    return { wrong: `beat is a number of milliseconds from ${MIN_BEAT_MS}.` }
  return {
    live: live === 'false' ? null : live,
    offset,
    session,
    kind,
    schemaVersion: schema === null ? null : Number(schema),
    told: query.get('told'),
    beatMs: beat === null ? null : Number(beat),
    joins: query.get('join') === '1',
    leaves: query.get('leave') === '1',
    after: query.get('after'),
  }
}

/** Types that a form of any page can send without asking. */
const FORM = /^\s*(text\/plain|application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i

/** Why a body is not read, by what its headers say of it; null where it is. */
export function unreadable(headers: IncomingHttpHeaders): string | null {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers
  if (encoding !== 'identity') return 'Compressed bodies are not read: send it as it is.'
  return FORM.test(type) ? 'Frames are sent as application/octet-stream.' : null
}

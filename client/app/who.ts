/**
 * Who is at this page, as the server last said. It is kept beside the outbox, so that without a server the page opens
 * with the documents of the same person; the server is asked when the first screen is there.
 */
import { hueOf } from '#shared/palette.ts'
import { type Person, recallPerson } from './person.ts'

export interface Identity {
  /** Opaque; tells one person from another in stores, in requests and among those who are present. */
  readonly key: string
  readonly name: string
  /** `#rrggbb`, or null. */
  readonly colour: string | null
  /** Came by a link, and nobody knows who it is. */
  readonly isGuest: boolean
}

export interface Grant {
  /** A document's id, or a beginning of ids and `*`. */
  readonly doc: string
  /** Whether it is a beginning of ids: an id itself may end in `*`. */
  readonly isPrefix: boolean
  readonly role: string
}

export interface Who {
  /** `open`: nobody has to say who they are. */
  readonly mode: 'open' | 'guarded'
  /** Null where nobody is known. */
  readonly identity: Identity | null
  readonly grants: readonly Grant[]
}

export const NOBODY: Who = { mode: 'open', identity: null, grants: [] }

export const SIGNED_OUT: Who = { mode: 'guarded', identity: null, grants: [] }

export const WHO_KEY = 'vellum.who'

/** What the server said last; NOBODY where it never did. */
export function recallWho(): Who {
  try {
    return parseWho(JSON.parse(localStorage.getItem(WHO_KEY) ?? 'null')) ?? NOBODY
  } catch {
    // Storage is forbidden, or what is there is not ours: the server will say.
    return NOBODY
  }
}

export function rememberWho(who: Who): void {
  try {
    localStorage.setItem(WHO_KEY, JSON.stringify(who))
  } catch {
    // It then lasts as long as this tab, and the next one asks the server.
  }
}

/** What the edits kept here belong to. */
export function keyOf({ identity }: Who): string {
  return identity?.key ?? 'anonymous'
}

/** As others see this person. */
export function personOf({ identity }: Who): Person {
  if (identity === null) return recallPerson()
  const { key, name, colour } = identity
  return { name, color: hueOf(colour, key), id: key }
}

/** What the ids of new documents have to begin with; null where this person may begin none. */
export function mayBegin({ mode, grants }: Who): string | null {
  if (mode === 'open') return ''
  const grant = grants.find(({ isPrefix, role }) => isPrefix && (role === 'writer' || role === 'owner'))
  return grant === undefined ? null : grant.doc.slice(0, -1)
}

/**
 * Who it is after the server's answer. Whoever is let in nowhere any more is nobody to the server, and still the one
 * whose text is on the screen: that changes when somebody else comes, or on signing out.
 */
export function nowThat(before: Who, told: Who): Who {
  const isLetInNowhere = told.mode === 'guarded' && told.identity === null && before.mode === 'guarded'
  return isLetInNowhere && told !== SIGNED_OUT ? { ...told, identity: before.identity } : told
}

/** Whether something this person holds lets them into that document. */
export function isLetInto({ mode, grants }: Who, id: string): boolean {
  return (
    mode === 'open' ||
    grants.some(({ doc, isPrefix }) => (isPrefix ? id.startsWith(doc.slice(0, -1)) : id === doc))
  )
}

export function sameWho(a: Who, b: Who): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Out of a remembered text, or of the server's answer. Null for what is neither. */
export function parseWho(value: unknown): Who | null {
  if (!isRecord(value)) return null
  const { mode, grants, identity = value['principal'] } = value
  if (mode !== 'open' && mode !== 'guarded') return null
  return {
    mode,
    identity: mode === 'open' ? null : parseIdentity(identity),
    grants: Array.isArray(grants) ? grants.flatMap(parseGrant) : [],
  }
}

function parseIdentity(value: unknown): Identity | null {
  if (!isRecord(value)) return null
  const { key, name, colour, isGuest } = value
  if (typeof key !== 'string' || !/^[\w-]{1,64}$/.test(key) || typeof name !== 'string') return null
  return { key, name, colour: typeof colour === 'string' ? colour : null, isGuest: isGuest === true }
}

function parseGrant(value: unknown): Grant[] {
  if (!isRecord(value)) return []
  const { doc, role, isPrefix } = value
  return typeof doc === 'string' && typeof role === 'string'
    ? [{ doc, role, isPrefix: isPrefix === true && doc.endsWith('*') }]
    : []
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** How a browser comes by a session, and asks what is in it. */
import type { Role } from '#shared/frame.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Access, Question, Refused } from './access.ts'
import { cookieOf, credentialOf } from './credential.ts'
import type { GuardedAccess, Meeting } from './guarded.ts'
import { judge, liveGrants } from './judging.ts'
import { keyOf } from './key.ts'
import { isSingle } from './pattern.ts'
import type { Principal } from './principal.ts'
import type { Shown } from './stand.ts'

/** Who a request comes from. */
export interface Who {
  readonly mode: Access['mode']
  /** Null where nobody is signed in, or nobody has to. */
  readonly principal: {
    readonly id: string
    readonly key: string
    readonly name: string
    readonly colour: string | null
    readonly isGuest: boolean
  } | null
  /** In the document that was asked about; null without one, or where they may not read it. */
  readonly role: Role | null
  readonly grants: readonly {
    readonly doc: string
    readonly isPrefix: boolean
    readonly role: Role
    /** Wall-clock milliseconds. */
    readonly expiresAtMs: number | null
  }[]
}

type Shows = Pick<Question, 'header'>

export interface SignIn {
  who(request: Shows, document: DocumentId | null): Promise<Who>
  /**
   * Takes a token or a share up. `secret` is what the cookie has to hold from now on; null where it needs none. Where
   * nobody may be made somebody else (`maySwitch` is false), and it would, nothing changes.
   */
  enter(
    request: Shows,
    given: { readonly token: string; readonly maySwitch: boolean },
  ): Promise<
    | { readonly kind: 'entered'; readonly secret: string | null; readonly who: Who }
    | { readonly kind: 'somebody else'; readonly meeting: Meeting }
    | Refused
  >
  leave(request: Shows): Promise<void>
}

const OPEN: Who = { mode: 'open', principal: null, role: 'writer', grants: [] }
const NOBODY: Who = { mode: 'guarded', principal: null, role: null, grants: [] }

/** In open mode there is nothing to sign in to: a link with a token leads to the document all the same. */
export function openSignIn(): SignIn {
  return {
    who: async () => OPEN,
    enter: async () => ({ kind: 'entered', secret: null, who: OPEN }),
    leave: async () => {},
  }
}

export function guardedSignIn(access: GuardedAccess): SignIn {
  const whoBy = (shown: Shown, document: DocumentId | null): Who => {
    if ('kind' in shown) return NOBODY
    const { facts } = access
    const inAll = judge(shown, { action: 'list', document: null }, facts)
    const here = document === null ? inAll : judge(shown, { action: 'read', document }, facts)
    const grants = liveGrants(shown, facts).map(({ grant, role, expiresAtMs }) => ({
      doc: grant.doc,
      isPrefix: grant.share === null && !isSingle(grant.doc),
      role,
      expiresAtMs,
    }))
    const granted = here.kind === 'granted' ? here : inAll
    if (granted.kind === 'refused') return NOBODY
    const role = document !== null && here.kind === 'granted' ? here.principal.role : null
    return { mode: 'guarded', principal: described(granted.principal), role, grants }
  }
  return {
    who: async (request, document) =>
      whoBy(await access.shown(credentialOf({ ...request, query: () => null })), document),
    enter: async ({ header }, { token, maySwitch }) => {
      const secret = cookieOf(header('cookie'))
      const meeting = maySwitch ? null : await access.meets(token, secret)
      if (meeting !== null) return { kind: 'somebody else', meeting }
      const entered = await access.enter(token, secret)
      if ('kind' in entered) return entered
      // By what it is, not by its secret: that the browser has yet to show.
      return { kind: 'entered', secret: entered.secret, who: whoBy(entered.session, null) }
    },
    leave: async ({ header }) => {
      const secret = cookieOf(header('cookie'))
      if (secret !== null) await access.leave(secret)
    },
  }
}

function described({ author, identity }: Principal): Who['principal'] {
  const { name = author, colour = null, isGuest = false } = identity ?? {}
  return { id: author, key: keyOf(author), name, colour, isGuest }
}

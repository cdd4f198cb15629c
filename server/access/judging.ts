/** The verdict itself: out of what somebody holds, what they may do to a document now. Pure but for the shares it reads. */
import type { Role } from '#shared/frame.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Refused } from './access.ts'
import { type Action, may } from './action.ts'
import { guestName } from './guest-name.ts'
import { covers, isAll } from './pattern.ts'
import type { Principal } from './principal.ts'
import type { Share } from './share.ts'
import type { Grant, Person } from './store.ts'

/** What somebody has shown, or a browser session has collected. It may change while they are here. */
export interface Held {
  readonly grants: readonly Grant[]
  /** The author of what is written by a share's leave while nobody has signed in. */
  readonly guest: string
  /** Who signed in last; null where nobody has. */
  readonly person: Person | null
  /** It was given up: nothing in it counts any more. */
  readonly isOver: boolean
}

/** What a verdict is looked up in. */
export interface Facts {
  /** Wall-clock milliseconds. */
  readonly wall: () => number
  /** As it is now; null where there is none. */
  share(id: string): Share | null
  /** Whether tokens of this issuer still count. */
  takes(issuer: string): boolean
  /** Whether the token behind this grant was taken back. */
  isTakenBack(grant: Grant): boolean
  /** Guests who turned out to be this person. */
  guestsOf(sub: string): readonly string[]
}

export interface Judged {
  readonly kind: 'granted'
  readonly principal: Principal
  readonly expiresAtMs: number | null
}

interface LiveGrant {
  readonly grant: Grant
  readonly role: Role
  readonly expiresAtMs: number | null
}

const ROLES = ['reader', 'commenter', 'writer', 'owner'] as const satisfies readonly Role[]

const MAY_NOT: Readonly<Record<Action, string>> = {
  list: 'you may not see a list',
  read: 'you may not read this document',
  write: 'you may only read this document',
  create: 'you may not make this document',
  manage: 'only its owner may delete this document',
  share: 'only its owner may share this document',
  govern: 'only who owns every document may take tokens back',
}

export function judge(
  held: Held,
  { action, document }: { readonly action: Action; readonly document: DocumentId | null },
  facts: Facts,
): Judged | Refused {
  if (held.isOver) return refused('unauthenticated', 'you have signed out')
  const covering = held.grants.filter((grant) =>
    document === null ? action !== 'govern' || isForAll(grant) : reaches(grant, document),
  )
  let best: LiveGrant | null = null
  for (const grant of covering) {
    const live = liveGrant(grant, facts)
    if (typeof live === 'string') continue
    if (best === null || score(live, held) > score(best, held)) best = live
  }
  if (best === null)
    return action === 'govern' && covering.length === 0
      ? refused('forbidden', MAY_NOT[action])
      : refusedFor(held, covering, facts)
  const { role, expiresAtMs } = best
  if (!may(role, action)) return refused('forbidden', MAY_NOT[action])
  return { kind: 'granted', principal: principalOf(best, held, facts), expiresAtMs }
}

/** A share is for one document, whatever the letters of its id. */
export function reaches({ doc, share }: Grant, document: DocumentId): boolean {
  const text: string = doc
  return share === null ? covers(doc, document) : text === document
}

/** A share never is, even of a document that is called `*`. */
function isForAll({ doc, share }: Grant): boolean {
  return share === null && isAll(doc)
}

/** Whether any grant lets read this document. */
export function mayRead(held: Held, document: DocumentId, facts: Facts): boolean {
  return (
    !held.isOver &&
    held.grants.some((grant) => reaches(grant, document) && typeof liveGrant(grant, facts) !== 'string')
  )
}

/** The grants that count now, with the role they give now. */
export function liveGrants(held: Held, facts: Facts): readonly LiveGrant[] {
  if (held.isOver) return []
  return held.grants.map((grant) => liveGrant(grant, facts)).filter((live) => typeof live !== 'string')
}

export function liveGrant(grant: Grant, facts: Facts): LiveGrant | 'ended' | 'revoked' {
  const { wall, share } = facts
  if (grant.share === null) {
    if (!isGood(grant, facts)) return 'revoked'
    return isPast(grant.expiresAtMs, wall())
      ? 'ended'
      : { grant, role: grant.role, expiresAtMs: grant.expiresAtMs }
  }
  const found = share(grant.share)
  if (found === null || found.revokedAtMs !== null) return 'revoked'
  const { role, expiresAtMs } = found
  return isPast(expiresAtMs, wall()) ? 'ended' : { grant, role, expiresAtMs }
}

/** Whether the token it came by still says who somebody is, beyond its end. */
function isGood(grant: Grant, { takes, isTakenBack }: Facts): boolean {
  return grant.issuer !== null && takes(grant.issuer) && !isTakenBack(grant)
}

function isPast(atMs: number | null, nowMs: number): boolean {
  return atMs !== null && atMs <= nowMs
}

/** The highest role counts; among equals what says who somebody is, and of that what was signed in with last. */
function score({ role, grant }: LiveGrant, { person }: Held): number {
  const isKnown = grant.person !== null
  return ROLES.indexOf(role) * 4 + (isKnown ? (grant.person?.sub === person?.sub ? 2 : 1) : 0)
}

/** A person goes on being this person where a link lets them in. */
function principalOf({ grant, role }: LiveGrant, held: Held, facts: Facts): Principal {
  const person = grant.person ?? signedIn(held, facts)
  if (person === null) {
    const identity = { name: guestName(held.guest), colour: null, isGuest: true }
    return { author: held.guest, role, identity }
  }
  const { sub, name, colour } = person
  const also = facts.guestsOf(sub)
  return {
    author: sub,
    role,
    identity: { name, colour, isGuest: false },
    ...(also.length > 0 && { also }),
  }
}

/** Who they said they are counts as long as a token of theirs was not taken back, nor the key that signed it, beyond the token's end. */
function signedIn({ person, grants }: Held, facts: Facts): Person | null {
  const isVouchedFor = grants.some((grant) => grant.person?.sub === person?.sub && isGood(grant, facts))
  return isVouchedFor ? person : null
}

function refusedFor(held: Held, covering: readonly Grant[], facts: Facts): Refused {
  const states = covering.map((grant) => liveGrant(grant, facts))
  if (states.includes('ended')) return refused('unauthenticated', 'what you were let in by has expired')
  if (states.includes('revoked')) return refused('forbidden', 'what you were let in by was taken back')
  if (held.grants.some((grant) => typeof liveGrant(grant, facts) !== 'string'))
    return refused('forbidden', 'this document is not among those you may open')
  return refused('unauthenticated', 'sign in, or follow a link that you were given')
}

export function refused(code: Refused['code'], reason: string): Refused {
  return { kind: 'refused', code, reason }
}

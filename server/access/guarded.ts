/** Guarded mode: who wants in shows a token, a share or a browser session, and gets what those allow now. */
import type { Chance } from '#shared/time.ts'
import type { Access, Decision, Question, Refused } from './access.ts'
import type { Audit } from './audit.ts'
import { Changes } from './changes.ts'
import { type Credential, credentialOf } from './credential.ts'
import { guestName } from './guest-name.ts'
import { type Facts, type Held, judge, refused } from './judging.ts'
import { PeopleNames } from './names.ts'
import { People } from './people.ts'
import { guestAuthor } from './principal.ts'
import { type BrowserSession, Sessions } from './sessions.ts'
import { isShareToken, type Share } from './share.ts'
import { LiveShares } from './shares.ts'
import { type Shown, Stand } from './stand.ts'
import type { AccessStore, Grant, StoredSession } from './store.ts'
import { LiveTakenBack } from './taken-back.ts'
import { type Claims, SKEW_MS, type Tokens } from './token.ts'

export interface GuardedOptions {
  readonly tokens: Tokens
  readonly store: AccessStore
  readonly chance: Chance
  /** Wall-clock milliseconds. */
  readonly wall: () => number
  readonly audit: Audit
  /** The store failed where nobody waits for it. */
  onFailed(error: unknown): void
}

interface Opened {
  readonly changes: Changes
  readonly people: People
  readonly takenBack: LiveTakenBack
}

/** Somebody is here, and a token is for somebody else. */
export interface Meeting {
  readonly here: { readonly id: string; readonly name: string; readonly isGuest: boolean }
  readonly link: { readonly id: string; readonly name: string }
}

const NOTHING = 'sign in, or follow a link that you were given'
/** The same for one that never was, has ended, or was taken back: it is no one's to learn which. */
const DEAD_LINK = 'this link is not valid any more'
const SIGNING_IN = 'somebody is just signing in with this browser'
const NO_LINK = 'this link does not lead here, or not any more'

export class GuardedAccess implements Access {
  readonly mode = 'guarded'
  readonly shares: LiveShares
  readonly sessions: Sessions
  readonly names: PeopleNames
  readonly #options: GuardedOptions
  readonly takenBack: LiveTakenBack
  readonly #changes: Changes
  readonly #people: People
  readonly facts: Facts

  private constructor(options: GuardedOptions, { changes, people, takenBack }: Opened) {
    const { tokens, store, chance, wall, audit, onFailed } = options
    this.#options = options
    this.#people = people
    this.#changes = changes
    this.takenBack = takenBack
    this.names = new PeopleNames({ store, onFailed })
    this.shares = new LiveShares({ store, chance, wall, changes, audit })
    this.sessions = new Sessions({
      store,
      chance,
      wall,
      changes,
      onFailed,
      onAdding: (session) => this.#join(session),
      loadShare: (id) => this.shares.load(id),
    })
    this.facts = {
      wall,
      share: (id) => this.shares.now(id),
      takes: (issuer) => tokens.takes(issuer),
      isTakenBack: (grant) => takenBack.has(grant),
      guestsOf: (sub) => people.guestsOf(sub),
    }
  }

  /** Rejects with StoreFailed. */
  static async open(options: GuardedOptions): Promise<GuardedAccess> {
    const { store, wall, audit } = options
    const changes = new Changes()
    const people = await People.open(store)
    const takenBack = await LiveTakenBack.open({ store, wall, changes, audit })
    return new GuardedAccess(options, { changes, people, takenBack })
  }

  onChange(changed: () => void): () => void {
    return this.#changes.on(changed)
  }

  decide(question: Question): Decision | Promise<Decision> {
    const credential = credentialOf(question)
    const shown = this.shown(credential)
    if (!(shown instanceof Promise)) return this.#judged(shown, credential, question)
    return shown.then((found) => this.#judged(found, credential, question))
  }

  /** What this credential stands for. Never rejects. */
  shown(credential: Credential | null): Shown | Promise<Shown> {
    if (credential === null) return refused('unauthenticated', NOTHING)
    if (credential.by !== 'cookie') return this.#held(credential.token)
    try {
      const session = this.sessions.find(credential.secret)
      return session instanceof Promise ? session.then(known).catch(unsure) : known(session)
    } catch (error) {
      return unsure(error)
    }
  }

  /** Takes a token or a share up into the session of this secret, or a new one. Rejects with StoreFailed. */
  async enter(
    token: string,
    secret: string | null,
  ): Promise<{ session: BrowserSession; secret: string } | Refused> {
    const held = await this.#held(token)
    // A link that was revoked, or has ended, is known and lets nobody in.
    const judged = 'kind' in held ? held : judge(held, { action: 'list', document: null }, this.facts)
    const [grant] = 'kind' in held ? [] : held.grants
    if (judged.kind === 'refused' || grant === undefined) {
      const found = judged.kind === 'refused' ? judged : refused('unauthenticated', NOTHING)
      const isDead = isShareToken(token) && found.code !== 'restarting'
      const refusal = isDead ? refused('forbidden', DEAD_LINK) : found
      this.#options.audit.note({ event: 'refused', author: null, document: null, reason: refusal.reason })
      return refusal
    }
    const entered = await this.sessions.add(secret, grant)
    if (entered === null) return refused('restarting', SIGNING_IN)
    const { session } = entered
    const author = grant.person?.sub ?? session.person?.sub ?? session.guest
    const event = grant.share === null ? 'took up a token' : 'took up a share'
    const share = grant.share === null ? {} : { share: grant.share }
    const document = grant.share === null ? null : (this.shares.now(grant.share)?.document ?? null)
    this.#options.audit.note({ event, author, document, role: grant.role, ...share })
    return entered
  }

  /** Who this token is for, where that is somebody else than who is in the session of this secret. */
  async meets(token: string, secret: string | null): Promise<Meeting | null> {
    const session = secret === null ? null : await this.sessions.find(secret)
    const held = await this.#held(token)
    if (session === null || 'kind' in held || held.person === null) return null
    const { person, guest } = session
    if (person?.sub === held.person.sub) return null
    const here =
      person === null ? { id: guest, name: guestName(guest) } : { id: person.sub, name: person.name }
    const { sub, name } = held.person
    return { here: { ...here, isGuest: person === null }, link: { id: sub, name } }
  }

  async leave(secret: string): Promise<void> {
    const session = await this.sessions.find(secret)
    if (session === null) return
    await this.sessions.end(secret)
    const author = session.person?.sub ?? session.guest
    this.#options.audit.note({ event: 'signed out', author, document: null })
  }

  async close(): Promise<void> {
    await this.#options.store.close()
  }

  /** Somebody who came as a guest signs in: what the guest wrote is theirs, before anybody asks whose it is. */
  async #join({ grants, person, guest }: StoredSession): Promise<void> {
    if (person === null || !grants.some(({ share }) => share !== null)) return
    await this.#people.join({ sub: person.sub, guest })
  }

  #held(token: string): Shown | Promise<Shown> {
    if (isShareToken(token)) {
      const share = this.shares.byToken(token)
      return share instanceof Promise ? share.then(byShare).catch(unsure) : byShare(share)
    }
    const verdict = this.#options.tokens.verify(token)
    const held = (found: Awaited<typeof verdict>): Shown => {
      if (found.kind === 'valid') {
        const { sub, identity } = found.claims
        this.names.seen({ sub, name: identity.name })
        return byToken(found.claims, this.#options.wall())
      }
      if (found.kind === 'invalid') return refused('unauthenticated', found.reason)
      return refused('restarting', 'it cannot be told at the moment who you are')
    }
    return verdict instanceof Promise ? verdict.then(held) : held(verdict)
  }

  #judged(shown: Shown, credential: Credential | null, question: Question): Decision {
    const { action, document } = question
    const { audit } = this.#options
    const by = credential?.by ?? null
    if ('kind' in shown) {
      audit.note({ event: 'refused', author: null, document, action, by, reason: shown.reason })
      return shown
    }
    const asked = { action, document }
    const judged = judge(shown, asked, this.facts)
    if (judged.kind === 'refused') {
      const author = shown.person?.sub ?? shown.guest
      audit.note({ event: 'refused', author, document, action, by, reason: judged.reason })
      return judged
    }
    const { author, role } = judged.principal
    audit.note({ event: 'let in', author, document, action, role, by })
    const standing = new Stand({
      held: shown,
      judged,
      asked,
      by,
      facts: this.facts,
      audit,
      show: (token) => this.shown({ by: 'header', token }),
    })
    return { kind: 'granted', standing }
  }
}

function known(session: BrowserSession | null): Shown {
  return session ?? refused('unauthenticated', NOTHING)
}

function unsure(_error: unknown): Shown {
  return refused('restarting', 'it cannot be told at the moment who you are')
}

/** Who came while a token was good is put out when it ends; who came in the time that clocks may differ, after that. */
function byToken(claims: Claims, nowMs: number): Held {
  const { sub, identity, doc, role, expiresAtMs, issuer, issuedAtMs } = claims
  const endsAtMs = nowMs < expiresAtMs ? expiresAtMs : expiresAtMs + SKEW_MS
  const person = { sub, name: identity.name, colour: identity.colour }
  const issued = issuedAtMs === undefined ? {} : { issuedAtMs }
  const grant: Grant = { doc, role, expiresAtMs: endsAtMs, person, issuer, share: null, ...issued }
  return { grants: [grant], guest: '', person, isOver: false }
}

function byShare(share: Share | null): Shown {
  if (share === null) return refused('unauthenticated', NO_LINK)
  const doc = share.document as string as Grant['doc']
  const grant: Grant = {
    doc,
    role: share.role,
    expiresAtMs: null,
    person: null,
    issuer: null,
    share: share.id,
  }
  return { grants: [grant], guest: guestAuthor(share.id), person: null, isOver: false }
}

/** Browser sessions: what a cookie names, and the grants it has collected. Those in use are here, all are in the store. */
import { hash } from 'node:crypto'
import type { Chance } from '#shared/time.ts'
import type { Changes } from './changes.ts'
import type { Held } from './judging.ts'
import { guestAuthor } from './principal.ts'
import type { AccessStore, Grant, Person, StoredSession } from './store.ts'

export interface SessionsOptions {
  readonly store: AccessStore
  readonly chance: Chance
  /** Wall-clock milliseconds. */
  readonly wall: () => number
  readonly changes: Changes
  /** Called before a session is said to have changed. Rejects with StoreFailed; then it does not change. */
  onAdding?(session: StoredSession): Promise<void>
  /** Makes a share that a grant names known. */
  loadShare(id: string): Promise<unknown>
  /** The store did not take down that a session is in use; it will be tried again. */
  onFailed(error: unknown): void
  readonly mostSessions?: number
}

export class BrowserSession implements Held {
  stored: StoredSession
  /** What this browser held before somebody signed in, by its secret of then; null where that is over. */
  before: BrowserSession | null = null
  /** Wall-clock milliseconds at which a session with another secret took its place; null while none has. */
  followedAtMs: number | null = null
  readonly #wall: () => number
  #endsAtMs = Number.POSITIVE_INFINITY

  constructor(stored: StoredSession, wall: () => number) {
    this.stored = stored
    this.#wall = wall
  }

  get isOver(): boolean {
    return this.#wall() >= this.#endsAtMs
  }

  /** Whether it is over, or will be. */
  get isEnding(): boolean {
    return this.#endsAtMs < Number.POSITIVE_INFINITY
  }

  endIn(ms: number): void {
    this.#endsAtMs = this.#wall() + ms
  }

  get grants(): readonly Grant[] {
    return this.stored.grants
  }

  get guest(): string {
    return this.stored.guest
  }

  get person(): Person | null {
    return this.stored.person
  }
}

const DAY_MS = 24 * 3_600_000
/** A session that is not used for so long is forgotten. */
export const IDLE_MS = 30 * DAY_MS
const MAX_SESSIONS = 100_000
/** Grants in one session; beyond, the oldest goes. */
const MAX_GRANTS = 100
/** So long requests and channels go on that were under way when their browser got another secret. */
const UNDER_WAY_MS = 60_000
/** So long an answer with another secret may take to reach its browser. */
const ANSWER_MS = 5_000
/** New sessions between two looks at how many there are. */
const TIDY_EVERY = 100

export class Sessions {
  readonly #options: SessionsOptions
  /** By id, those that were asked for. */
  readonly #sessions = new Map<string, BrowserSession>()
  readonly #loading = new Map<string, Promise<BrowserSession | null>>()
  /** By id, changes of one session, one after the other; those of others are committed together. */
  readonly #last = new Map<string, Promise<unknown>>()
  #made = 0

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** At once where it is in use. Rejects with StoreFailed. */
  find(secret: string): BrowserSession | null | Promise<BrowserSession | null> {
    const id = idOf(secret)
    const known = this.#sessions.get(id)
    if (known?.isOver === true) {
      this.#forget(id)
      return null
    }
    if (known !== undefined) return this.#used(known)
    const loading = this.#loading.get(id) ?? this.#load(id)
    this.#loading.set(id, loading)
    return loading.finally(() => this.#loading.delete(id))
  }

  /**
   * Adds a grant to the session of this secret, or to a new one. Who signs in with a token is who the session is from
   * then on, under a new secret: whoever knew the one before (and may have planted it) holds what they held, and no more.
   * Resolves with the session's secret; null where this browser is just getting another one. Rejects with StoreFailed;
   * then nothing has changed.
   */
  add(secret: string | null, grant: Grant): Promise<{ session: BrowserSession; secret: string } | null> {
    const fresh = this.#random(32, 'base64url')
    return this.#inTurn(idOf(secret ?? fresh), async () => {
      const { store, wall, changes } = this.#options
      const found = secret === null ? null : await this.find(secret)
      if (found !== null && isFollowed(found, wall())) return null
      const isSomebodyNew = grant.person !== null && grant.person.sub !== found?.person?.sub
      const goesOn = found !== null && !isSomebodyNew ? found : null
      const name = goesOn === null || secret === null ? fresh : secret
      const before = found?.stored ?? {
        guest: guestAuthor(this.#random(8, 'hex')),
        person: null,
        grants: [],
      }
      if (grant.share !== null) await this.#options.loadShare(grant.share)
      const others = before.grants.filter((one) => !isSame(one, grant))
      const stored: StoredSession = {
        ...before,
        id: idOf(name),
        usedAtMs: wall(),
        person: grant.person ?? before.person,
        grants: [...others, grant].slice(-MAX_GRANTS),
      }
      await this.#options.onAdding?.(stored)
      await store.putSession(stored)
      const session = goesOn ?? new BrowserSession(stored, wall)
      session.stored = stored
      this.#sessions.set(stored.id, session)
      if (found !== null && goesOn === null) await this.#follow(found, session)
      if (goesOn === null) await this.#tidyNowAndThen()
      changes.tell()
      return { session, secret: name }
    })
  }

  /** One person's ends at once; a guest's once the browser has shown that it knows the new secret, and a little later. */
  async #follow(before: BrowserSession, session: BrowserSession): Promise<void> {
    before.followedAtMs = this.#options.wall()
    session.before = before
    if (before.person !== null) await this.#leave(before, 0).catch(this.#options.onFailed)
  }

  /** Not found again after a restart; here it goes on for so long. */
  async #leave(before: BrowserSession, ms: number): Promise<void> {
    before.endIn(ms)
    await this.#options.store.removeSession(before.stored.id)
  }

  /** Ends it: whoever came by it is put out. */
  end(secret: string): Promise<void> {
    const id = idOf(secret)
    return this.#inTurn(id, async () => {
      await this.#options.store.removeSession(id)
      const before = this.#sessions.get(id)?.before ?? null
      if (before !== null) {
        await this.#options.store.removeSession(before.stored.id)
        this.#forget(before.stored.id)
      }
      this.#forget(id)
      this.#options.changes.tell()
    })
  }

  /** Forgets what was not used for long, and what is too much. */
  async tidy(): Promise<void> {
    const { store, wall, mostSessions = MAX_SESSIONS } = this.#options
    const gone = await store.tidySessions({ usedBeforeMs: wall() - IDLE_MS, most: mostSessions })
    for (const id of gone) this.#forget(id)
    for (const [id, session] of this.#sessions) if (session.isOver) this.#forget(id)
    if (gone.length > 0) this.#options.changes.tell()
  }

  async #tidyNowAndThen(): Promise<void> {
    this.#made += 1
    if (this.#made % TIDY_EVERY === 0) await this.tidy()
  }

  async #load(id: string): Promise<BrowserSession | null> {
    const stored = await this.#options.store.session(id)
    const known = this.#sessions.get(id)
    if (known !== undefined) return known
    if (stored === null || stored.usedAtMs < this.#options.wall() - IDLE_MS) return null
    for (const { share } of stored.grants) if (share !== null) await this.#options.loadShare(share)
    const session = new BrowserSession(stored, this.#options.wall)
    this.#sessions.set(id, session)
    return this.#used(session)
  }

  /** Takes down, once a day, that it is in use. */
  #used(session: BrowserSession): BrowserSession {
    const { wall, store, onFailed } = this.#options
    const now = wall()
    // Its browser has the new secret.
    if (session.before !== null && !session.before.isEnding)
      this.#leave(session.before, UNDER_WAY_MS).catch(onFailed)
    if (now - session.stored.usedAtMs >= DAY_MS) {
      session.stored = { ...session.stored, usedAtMs: now }
      this.#inTurn(session.stored.id, async () => {
        if (!session.isEnding) await store.putSession(session.stored)
      }).catch(onFailed)
    }
    return session
  }

  #forget(id: string): void {
    const session = this.#sessions.get(id)
    session?.endIn(0)
    if (session !== undefined) session.before = null
    this.#sessions.delete(id)
  }

  #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(id) ?? Promise.resolve()).then(work)
    // A failure is told to whoever asked for it; the next is none the worse for it.
    const settled: Promise<unknown> = done
      .catch(() => null)
      .then(() => {
        if (this.#last.get(id) === settled) this.#last.delete(id)
      })
    this.#last.set(id, settled)
    return done
  }

  #random(bytes: number, encoding: 'hex' | 'base64url'): string {
    return Buffer.from(this.#options.chance.bytes(bytes)).toString(encoding)
  }
}

function idOf(secret: string): string {
  return hash('sha256', `vellum session ${secret}`)
}

/** Another answer with its secret would take the place of the new one; whose answer got lost comes again by it. */
function isFollowed({ followedAtMs, isEnding }: BrowserSession, nowMs: number): boolean {
  return followedAtMs !== null && (isEnding || nowMs - followedAtMs < ANSWER_MS)
}

/** A token for the same documents and person, or the same share, comes in place of the one before. */
function isSame(one: Grant, other: Grant): boolean {
  if (one.share !== null || other.share !== null) return one.share === other.share
  return one.doc === other.doc && one.person?.sub === other.person?.sub
}

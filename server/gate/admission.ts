/**
 * The door: whether a request may have a channel, before anything is opened for it. One verdict for every carrier.
 */
import type { Socket } from 'node:net'
import { ANONYMOUS } from '#server/access/principal.ts'
import type { Config } from '#server/config.ts'
import type { Metrics } from '#server/ops/metrics.ts'
import { type DocumentId, documentIdFromPath } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import { addressOf, type From } from './address.ts'
import { ourHosts } from './host.ts'
import { Quota } from './quota.ts'
import { Tally } from './tally.ts'
import { Turns } from './turns.ts'

/** What the door looks at, whichever carrier asks. */
export interface Request {
  /** Path and query as they came. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly remoteAddress: string
  /** Without it, for a channel. A post is over soon, and whoever has all its channels must still be able to write. */
  readonly errand?: 'post'
}

export type Admission =
  | {
      readonly kind: 'admitted'
      readonly document: DocumentId
      readonly address: string
    }
  /** An HTTP status and a sentence for whoever reads it. */
  | { readonly kind: 'refused'; readonly status: 400 | 403 | 404 | 429; readonly reason: string }

const SYNC = '/sync/'
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** So many seconds' worth of requests may come at once. */
const BURST_SECONDS = 10

/** In a person's words, for who comes to `maxChannelsPerPerson`. */
export const TOO_MANY_CHANNELS = 'you have too many channels open'

export interface DoorParts {
  readonly clock: Clock
  readonly metrics: Metrics
}

export class Door {
  readonly #config: Config
  readonly #ownOrigins: ReadonlySet<string>
  /** By which name people use it, as far as it is told. */
  readonly #publicHost: string | null
  readonly #channels = new Tally()
  readonly #posts = new Tally()
  readonly #people = new Tally()
  readonly #requests: Quota
  readonly #made: Quota
  readonly #signIns: Quota
  readonly #metrics: Metrics
  readonly turns: Turns
  /** Whether this Host header names us. */
  readonly isOurHost: (host: string | undefined) => boolean

  constructor(config: Config, { clock, metrics }: DoorParts) {
    this.#config = config
    this.#metrics = metrics
    this.turns = new Turns({
      clock,
      metrics,
      malformedPerMinute: config.maxMalformedPerMinute,
      connectionsPerSecond: config.maxConnectionsPerSecond,
    })
    const count = config.maxRequestsPerSecond * BURST_SECONDS
    this.#requests = new Quota({ clock, count, perMs: BURST_SECONDS * 1_000 })
    this.#signIns = new Quota({ clock, count: config.maxSignInsPerMinute, perMs: MINUTE_MS })
    this.#made = new Quota({ clock, count: config.maxNewDocumentsPerHour, perMs: HOUR_MS })
    this.isOurHost = ourHosts(config)
    const origins = [...config.allowedOrigins]
    if (config.publicUrl !== null) origins.push(new URL(config.publicUrl).origin)
    this.#publicHost = config.publicUrl === null ? null : new URL(config.publicUrl).host
    this.#ownOrigins = new Set(origins)
  }

  /** Everything but the count of channels, which `enter` keeps. */
  ask(request: Request): Admission {
    const path = request.url.split('?', 1)[0] ?? ''
    if (!path.startsWith(SYNC)) return refused(404, 'There is nothing here.')
    const document = documentIdFromPath(path.slice(SYNC.length))
    if (document === null) return refused(400, 'This is not the name of a document.')
    const { host } = request.headers
    if (!this.isOurHost(typeof host === 'string' ? host : undefined))
      return refused(
        403,
        'This server is not called that. PUBLIC_URL tells it by which name people reach it.',
      )
    if (!this.isOriginAllowed(request.headers)) return refused(403, 'Pages of this origin may not connect.')
    const address = this.addressOf(request)
    const crowded = this.crowded(address, request.errand)
    if (crowded !== null) return crowded
    return { kind: 'admitted', document, address }
  }

  /** Refused where this address has all the channels, or posts, that it may; to be asked in the turn that enters. */
  crowded(address: string, errand?: 'post'): Extract<Admission, { kind: 'refused' }> | null {
    const open = errand === 'post' ? this.#posts : this.#channels
    if (open.of(address) < this.#config.maxChannelsPerAddress) return null
    this.#metrics.limited.channelsPerAddress += 1
    return refused(429, 'This address has too many channels open.')
  }

  /** Counts a channel, or a post, of this address and this person; returns what has to be called when it ends. */
  enter(address: string, author: string, errand?: 'post'): () => void {
    const leave = (errand === 'post' ? this.#posts : this.#channels).enter(address)
    if (errand === 'post' || author === ANONYMOUS.author) return leave
    const leavePeople = this.#people.enter(author)
    return () => {
      leave()
      leavePeople()
    }
  }

  /** Whether this person has as many channels as one may have; nobody counts those of whom nothing is known. */
  isFull(author: string): boolean {
    if (this.#people.of(author) < this.#config.maxChannelsPerPerson) return false
    this.#metrics.limited.channelsPerPerson += 1
    return true
  }

  /** Whether people reach this server over TLS, as far as it is told. */
  isSecure(headers: Headers): boolean {
    const { publicUrl, trustProxy } = this.#config
    if (publicUrl?.startsWith('https:')) return true
    return trustProxy && headers.get('x-forwarded-proto') === 'https'
  }

  /** Where it comes from, as limits count it. */
  addressOf(from: From): string {
    return addressOf(from, this.#config.trustProxy)
  }

  /** Whose turn it is of those who come over a proxy's connections; all others waited for theirs before (turns.ts). */
  turnOf(from: From, go: () => void): ReturnType<Turns['wait']> {
    return this.#config.trustProxy ? this.turns.wait(this.addressOf(from), go) : 'now'
  }

  /** What came over this connection was malformed, and is answered: by a new one its sender waits for a turn. */
  offended(address: string, connection: Socket): void {
    if (this.turns.offended(address) && !this.#config.trustProxy) connection.end()
  }

  /** A request of this address, or this person: 0 where it may be, else the milliseconds until one may. */
  waitMs(name: string): number {
    const left = this.#requests.take(name)
    if (left > 0) this.#metrics.limited.requests += 1
    return left
  }

  /** A sign-in from this address, by what has this hash: 0 where it may be, else the milliseconds until one may. */
  signInWaitMs(address: string, hash: string): number {
    const left = this.#signIns.take(address) || this.#signIns.take(hash)
    if (left > 0) this.#metrics.limited.signIns += 1
    return left
  }

  /** Whether one more document may be made from this address and by this person; it counts as made. */
  mayMake(address: string, author: string): boolean {
    const names = author === ANONYMOUS.author ? [address] : [address, author]
    if (names.every((name) => this.#made.take(name) === 0)) return true
    this.#metrics.limited.newDocuments += 1
    return false
  }

  /** A browser says which page asks, at least by `Sec-Fetch-Site`; whoever sends neither is no browser. */
  isOriginAllowed(headers: Request['headers']): boolean {
    const { origin, host } = headers
    if (origin === undefined) return !isFromElsewhere(headers)
    if (typeof origin !== 'string') return false
    if (this.#ownOrigins.has(origin)) return true
    // A proxy may call us by another name than people do. Then the browser itself says that the page is this site's
    // own: no script can write this header, and browsers send it only where names cannot be rebound.
    if (headers['sec-fetch-site'] === 'same-origin') return true
    const page = URL.parse(origin)
    // By the name people use it goes by the one address that was given: a page without TLS may be anybody's.
    if (page === null || page.host === this.#publicHost) return false
    const isOfWeb = page.protocol === 'http:' || page.protocol === 'https:'
    return isOfWeb && typeof host === 'string' && page.host === host.toLowerCase()
  }
}

/** A picture or a script in a page of another site, say: no Origin comes with it. A link that is followed is no request of that page. */
function isFromElsewhere(headers: Request['headers']): boolean {
  const site = headers['sec-fetch-site']
  return (site === 'cross-site' || site === 'same-site') && headers['sec-fetch-mode'] !== 'navigate'
}

function refused(status: 400 | 403 | 404 | 429, reason: string): Extract<Admission, { kind: 'refused' }> {
  return { kind: 'refused', status, reason }
}

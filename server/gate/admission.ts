/**
 * The door: whether a request may have a channel, before anything is opened for it. One verdict for every carrier.
 */
import { isIP } from 'node:net'
import type { Config } from '#server/config.ts'
import { type DocumentId, documentIdFromPath } from '#shared/id.ts'
import { ourHosts } from './host.ts'
import { Tally } from './tally.ts'

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

export class Door {
  readonly #config: Config
  readonly #ownOrigins: ReadonlySet<string>
  readonly #channels = new Tally()
  readonly #posts = new Tally()
  /** Whether this Host header names us. */
  readonly isOurHost: (host: string | undefined) => boolean

  constructor(config: Config) {
    this.#config = config
    this.isOurHost = ourHosts(config)
    const origins = [...config.allowedOrigins]
    if (config.publicUrl !== null) origins.push(new URL(config.publicUrl).origin)
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
    const address = this.#address(request)
    const open = request.errand === 'post' ? this.#posts : this.#channels
    if (open.of(address) >= this.#config.maxChannelsPerAddress)
      return refused(429, 'This address has too many channels open.')
    return { kind: 'admitted', document, address }
  }

  /** Counts a channel, or a post, of this address; returns what has to be called when it ends. */
  enter(address: string, errand?: 'post'): () => void {
    return (errand === 'post' ? this.#posts : this.#channels).enter(address)
  }

  /** A browser says which page asks; whoever sends no Origin is no browser. */
  isOriginAllowed(headers: Request['headers']): boolean {
    const { origin, host } = headers
    if (origin === undefined) return true
    if (typeof origin !== 'string') return false
    if (this.#ownOrigins.has(origin)) return true
    // A proxy may call us by another name than people do. Then the browser itself says that the page is this site's
    // own: no script can write this header, and browsers send it only where names cannot be rebound.
    if (headers['sec-fetch-site'] === 'same-origin') return true
    try {
      return typeof host === 'string' && new URL(origin).host === host.toLowerCase() && origin !== 'null'
    } catch {
      // An Origin that is no URL ("null", or made up) is nobody's own.
      return false
    }
  }

  #address({ headers, remoteAddress }: Request): string {
    const forwarded = headers['x-forwarded-for']
    if (!this.#config.trustProxy || forwarded === undefined) return remoteAddress
    const last = (typeof forwarded === 'string' ? forwarded : (forwarded.at(-1) ?? ''))
      .split(',')
      .at(-1)
      ?.trim()
    return last !== undefined && isIP(last) !== 0 ? last : remoteAddress
  }
}

function refused(status: 400 | 403 | 404 | 429, reason: string): Admission {
  return { kind: 'refused', status, reason }
}

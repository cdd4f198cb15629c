/**
 * Whether this page may keep a request open. A browser opens six connections to an origin over HTTP/1.1 and all its
 * tabs share them: only what is looked at holds one, and never more than a few pages at a time.
 */
export interface Attention {
  /** Whether somebody looks at this page. */
  readonly isShown: boolean
  /** One of the few places, to be given back; null when there is none now. */
  hold(): Promise<(() => void) | null>
  /**
   * The one place for finding out whether a stream is passed on, waited for until `signal` says so; to be given back,
   * null when there is none.
   */
  attempt(signal: AbortSignal): Promise<(() => void) | null>
  /** Calls `changed` when the page is shown or hidden; returns its undo. */
  subscribe(changed: () => void): () => void
}

/** Held requests of one origin; the rest of the six is for one attempt at a stream, and for what is sent. */
const PLACES = 4

/** `locks` is the browser's; undefined where it has none (an insecure origin): then every page that is shown holds. */
export function pageAttention(document: Document, locks: LockManager | undefined): Attention {
  return {
    get isShown() {
      return !document.hidden
    },
    async hold() {
      if (document.hidden) return null
      if (locks === undefined) return () => undefined
      for (let place = 0; place < PLACES; place++) {
        const release = await takeLock(locks, `vellum held request ${place}`, { ifAvailable: true })
        if (release !== null) return release
      }
      return null
    },
    async attempt(signal) {
      if (locks !== undefined) return takeLock(locks, 'vellum stream attempt', { signal })
      return document.hidden ? null : () => undefined
    },
    subscribe(changed) {
      document.addEventListener('visibilitychange', changed)
      return () => document.removeEventListener('visibilitychange', changed)
    },
  }
}

function takeLock(locks: LockManager, name: string, options: LockOptions): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    locks
      .request(name, options, (lock) => {
        if (lock === null) {
          resolve(null)
          return undefined
        }
        return new Promise<void>((release) => resolve(release))
      })
      // Nobody waits for it any more, or the page is being torn down.
      .catch(() => resolve(null))
  })
}

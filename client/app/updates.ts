/**
 * A newer build of the page: found by asking the server for the page and comparing what it names with what this tab was
 * made of. It is offered and never taken: no tab is reloaded but by the person who reads in it.
 * Here, too, the page is put on the device, for when there is no server (service-worker.ts).
 */
import { slips } from './slips.ts'

const WORKER = '/service-worker.js'
/** A tab that is looked at again asks anew after this long. */
const STALE_MS = 10 * 60_000

export class Updates {
  #looking = false
  #lookedAt: number
  #registration: ServiceWorkerRegistration | null = null

  constructor() {
    this.#lookedAt = performance.now()
  }

  /** Called once, when the first screen is there. */
  start(): void {
    // A document found its server again after a while: that may be a newer one.
    window.addEventListener('vellum-back', this.#look)
    window.addEventListener('online', this.#look)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && performance.now() - this.#lookedAt > STALE_MS) void this.#look()
    })
    void this.#keep()
    // The way to the list must not need a network either, also where there is no service worker; and the ways around
    // a network that passes on no WebSocket must be here before it is that one.
    for (const part of [import('./home.ts'), import('#client/carriers/over-http.ts')])
      part.catch(() => {
        // It did not arrive now; it is asked for again when it is needed.
      })
  }

  /** Without https there is no service worker: the page then needs its server to open, and everything else is the same. */
  async #keep(): Promise<void> {
    if (!('serviceWorker' in navigator)) return
    try {
      this.#registration = await navigator.serviceWorker.register(workerAddress(), { updateViaCache: 'none' })
    } catch {
      // Forbidden in this browser, or the network went meanwhile: the next visit tries again.
    }
  }

  readonly #look = async (): Promise<void> => {
    if (this.#looking) return
    this.#looking = true
    try {
      const answer = await fetch('/', { cache: 'no-store' })
      if (!answer.ok || answer.redirected) return
      this.#lookedAt = performance.now()
      if (isOther(await answer.text())) {
        offer()
        await this.#registration?.update()
      }
    } catch {
      // No server after all: it is asked again when it is found again.
    } finally {
      this.#looking = false
    }
  }
}

function offer(): void {
  slips().lay({
    kind: 'update',
    text: 'There is a new version.',
    actions: [{ label: 'Reload', act: () => location.reload() }],
  })
}

/** Whether this is a page of ours that names files this tab was not made of. */
function isOther(html: string): boolean {
  const named = [...html.matchAll(/ (?:src|href)="(\/assets\/[\w.-]+)"/g)].map(([, path]) => path)
  return named.some((path) => document.head.querySelector(`[src="${path}"], [href="${path}"]`) === null)
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): unknown }
}

/** The page's policy takes no string as the address of a script; this is the one that is made into what it takes. */
function workerAddress(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  if (trustedTypes === undefined) return WORKER
  const policy = trustedTypes.createPolicy('vellum-worker', {
    createScriptURL(address) {
      if (address !== WORKER) throw new RangeError(`no worker is started from ${address}`)
      return address
    },
  })
  // Older types know only strings here.
  return policy.createScriptURL(WORKER) as string
}

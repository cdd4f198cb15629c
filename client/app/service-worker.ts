/**
 * The page without a network. It keeps the page's own files on the device and gives them out when the server cannot be
 * reached; what a document holds it never sees: `/sync`, `/v1` and everything else go past it.
 *
 * Invariants: an address of a place is asked of the server first, so that nobody is given an old page while the server
 * answers; the page kept here and the files it names are of one build; a tab that was opened with an older build finds
 * its files as long as that build is kept.
 */

/** Put here by the builder: the page's files, and what names this build. */
declare const BUILT: { readonly version: string; readonly assets: readonly string[] }

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void
}

interface Fetching extends Lasting {
  readonly request: Request
  readonly preloadResponse: Promise<Response | undefined>
  respondWith(answer: Promise<Response>): void
}

/** The part used here of what a service worker has; the page's types describe windows. */
interface Scope {
  readonly location: Location
  readonly registration: ServiceWorkerRegistration
  readonly clients: { claim(): Promise<void> }
  skipWaiting(): Promise<void>
  addEventListener(kind: 'install' | 'activate', run: (event: Lasting) => void): void
  addEventListener(kind: 'fetch', run: (event: Fetching) => void): void
}

const worker = globalThis as unknown as Scope
const { version, assets } = BUILT
const PREFIX = 'vellum-page-'
const OWN = PREFIX + version
const SHELL = '/'
/** Builds whose files stay: this one, and those of tabs that were open before it came. */
const KEPT_BUILDS = 3
/** A network that takes longer for the page itself is as good as none; what opens then syncs when it can. */
const PATIENCE_MS = 4_000

// It only ever gives out a page and files that belong together, so it may take over from an older one at any moment:
// no tab is reloaded by that.
worker.addEventListener('install', (event) => event.waitUntil(install().then(() => worker.skipWaiting())))
worker.addEventListener('activate', (event) => event.waitUntil(activate()))
worker.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  const { origin, pathname } = new URL(url)
  if (method !== 'GET' || origin !== worker.location.origin) return
  if (mode === 'navigate' && (pathname === '/' || pathname.startsWith('/d/'))) event.respondWith(open(event))
  else if (pathname.startsWith('/assets/')) event.respondWith(asset(event))
})

/** Rejects when anything is missing: the browser then goes on with what it had, and tries again later. */
async function install(): Promise<void> {
  const cache = await caches.open(OWN)
  await Promise.all(
    assets.map(async (path) => {
      const kept = await caches.match(path)
      await cache.put(path, kept ?? (await fetched(path)))
    }),
  )
  const page = await fetched(SHELL, { cache: 'no-store' })
  const html = await page.clone().text()
  // The server may have been given a newer page a moment ago, or a sign-in page may stand before it.
  const named = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
  if (named.length === 0 || named.some((path) => !assets.includes(path)))
    throw new Error('The page is not of this build.')
  const headers = new Headers(page.headers)
  // Said of the bytes on their way, and of what the list needs: the page kept here is text, and opens every place.
  for (const name of ['Content-Encoding', 'Content-Length', 'Link']) headers.delete(name)
  await cache.put(SHELL, new Response(html, { headers }))
}

async function fetched(path: string, how: RequestInit = {}): Promise<Response> {
  const answer = await fetch(path, how)
  if (!answer.ok || answer.redirected) throw new Error(`${path} could not be kept: ${answer.status}`)
  return answer
}

async function activate(): Promise<void> {
  const builds = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== OWN)
  const old = builds.slice(0, Math.max(0, builds.length - (KEPT_BUILDS - 1)))
  await Promise.all(old.map((name) => caches.delete(name)))
  // Lets the browser ask the server while this worker is still starting. Where there is none, it asks a moment later.
  await worker.registration.navigationPreload?.enable()
  await worker.clients.claim()
}

/** A place of the page: from the server, or without one the page as kept here. */
async function open(event: Fetching): Promise<Response> {
  const asked = fromServer(event)
  event.waitUntil(asked)
  const answer = await Promise.race([asked, patience()])
  if (answer !== null) return answer
  const shell = await caches.match(SHELL, { cacheName: OWN })
  // The browser has thrown the page away: all there is is the server, however slow.
  return shell ?? (await asked) ?? Response.error()
}

/** Null when there is no server: no network, or only a proxy that stands before it. */
async function fromServer({ request, preloadResponse }: Fetching): Promise<Response | null> {
  try {
    const answer = (await preloadResponse) ?? (await fetch(request))
    return [502, 503, 504].includes(answer.status) ? null : answer
  } catch {
    // No network: the page opens from here, and says so by itself.
    return null
  }
}

function patience(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE_MS))
}

/** A file whose name says what is in it: never asked for twice. */
async function asset(event: Fetching): Promise<Response> {
  // A device that keeps nothing any more still has its network.
  const kept = await caches.match(event.request).catch(() => undefined)
  if (kept !== undefined) return kept
  const answer = await fetch(event.request)
  if (answer.ok) {
    const copy = answer.clone()
    event.waitUntil(caches.open(OWN).then((cache) => cache.put(event.request, copy)))
  }
  return answer
}

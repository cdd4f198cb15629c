/**
 * The page as built into `dist`: two places, one index.html for both, and its assets.
 * Everything is a file: the policy below lets nothing run or look that this server did not send.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type Context, Hono } from 'hono'
import { type AllowedPictures, PICTURES_META } from '#shared/schema/pictures.ts'
import { pageHints } from './page-hints.ts'
import { pictureSources } from './picture-sources.ts'
import { SECURE_HEADERS } from './secure-headers.ts'

export interface PageOptions {
  /** The folder `vite build` wrote. Read once, now: a new build is served by a new process. */
  readonly dist: string
  /** From where pictures may be loaded besides this server; from nowhere without it. */
  readonly pictures?: AllowedPictures
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

const policy = (pictures: AllowedPictures): string =>
  [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    // Whoever is asked for a picture learns that somebody reads.
    `img-src 'self'${pictureSources(pictures)}`,
    // 'self' covers the socket of the same host.
    "connect-src 'self'",
    "worker-src 'self'",
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
    "require-trusted-types-for 'script'",
    // The two libraries that parse HTML they made or cleaned themselves; the one address a worker is started from.
    'trusted-types lit-html ProseMirrorClipboard vellum-worker',
  ].join('; ')

/** The page may be shown in frames of its own origin, as its policy says. */
const headersOf = (pictures: AllowedPictures): Readonly<Record<string, string>> => ({
  ...SECURE_HEADERS,
  'Content-Security-Policy': policy(pictures),
  'X-Frame-Options': 'SAMEORIGIN',
})

/**
 * One file of `assets`. What is text is held in memory, each form of it, so that pages opened a while ago find their
 * parts even when another process has built a newer page into the same folder; fonts hardly ever change.
 */
interface Asset {
  readonly type: string
  /** Absent for what is read from the disk each time. */
  readonly forms?: ReadonlyMap<Encoding | 'identity', Uint8Array<ArrayBuffer>>
}

/** What opens the page without a network; absent where the builder made none. */
const WORKER = 'service-worker.js'

/** Serves `/`, `/d/*`, `/assets/*` and the service worker; rejects when `dist` holds no page. */
export async function pageRoutes({ dist, pictures = [] }: PageOptions): Promise<Hono> {
  const index = withPictures(await readFile(join(dist, 'index.html'), 'utf8'), pictures)
  const headers = Object.entries(headersOf(pictures))
  const tag = `"${createHash('sha256').update(index).digest('base64url').slice(0, 22)}"`
  const worker = await readIfThere(join(dist, WORKER))
  const folder = join(dist, 'assets')
  const assets = await readAssets(folder)
  const hints = await pageHints(dist)
  const routes = new Hono()

  const page = (context: Context, links: string): Response => {
    if (links !== '') context.header('Link', links)
    for (const [name, value] of headers) context.header(name, value)
    // The next build gives its assets other names: an index.html kept anywhere would ask for files that are gone.
    context.header('Cache-Control', 'no-store')
    context.header('ETag', tag)
    return context.body(index, 200, { 'Content-Type': 'text/html; charset=utf-8' })
  }
  // What a place takes is fetched at once, not only when the first script has run.
  routes.get('/', (context) => page(context, hints.home))
  routes.get('/d/*', (context) => page(context, hints.document))

  routes.get(`/${WORKER}`, (context) => {
    if (worker === undefined) return context.notFound()
    for (const [name, value] of headers) context.header(name, value)
    // A new build is known by this file having changed: whoever keeps it asks first.
    context.header('Cache-Control', 'no-cache')
    return context.body(worker, 200, { 'Content-Type': TYPES['.js'] ?? '' })
  })

  routes.get('/assets/:name', async (context) => {
    const name = context.req.param('name')
    const asset = assets.get(name)
    const encoding = chooseEncoding(context.req.header('Accept-Encoding') ?? '', asset?.forms)
    const bytes = asset && (asset.forms?.get(encoding) ?? (await readIfThere(join(folder, name))))
    if (asset === undefined || bytes === undefined) {
      context.header('Cache-Control', 'no-store')
      return context.text('Not found', 404)
    }
    context.header('Content-Type', asset.type)
    context.header('Cache-Control', 'public, max-age=31536000, immutable')
    context.header('Vary', 'Accept-Encoding')
    if (encoding !== 'identity') context.header('Content-Encoding', encoding)
    return context.body(bytes)
  })
  return routes
}

/** The page is told in itself: kept on a device, it and the policy it came with stay of one mind. */
function withPictures(html: string, pictures: AllowedPictures): string {
  if (pictures.length === 0) return html
  const content = pictures === '*' ? pictures : pictures.join(' ')
  // Origins from settings, as browsers write them: no sign in them ends an attribute.
  return html.replace('</head>', `  <meta name="${PICTURES_META}" content="${content}" />\n  </head>`)
}

type Encoding = 'br' | 'gzip'
const ENCODINGS: ReadonlyMap<Encoding, string> = new Map([
  ['br', '.br'],
  ['gzip', '.gz'],
])

async function readAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>()
  for (const name of await readdir(folder)) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    if (type === TYPES['.woff2']) {
      assets.set(name, { type })
      continue
    }
    const forms = new Map<Encoding | 'identity', Uint8Array<ArrayBuffer>>()
    forms.set('identity', new Uint8Array(await readFile(join(folder, name))))
    for (const [encoding, suffix] of ENCODINGS) {
      const bytes = await readIfThere(join(folder, name + suffix))
      if (bytes !== undefined) forms.set(encoding, bytes)
    }
    assets.set(name, { type, forms })
  }
  return assets
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    // Built without compressed forms, or replaced by a newer page since.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The best of what there is that the browser takes; a `q=0` means it does not. */
function chooseEncoding(accepted: string, forms: Asset['forms']): Encoding | 'identity' {
  const taken = new Set(
    accepted
      .toLowerCase()
      .split(',')
      .map((part) => part.split(';').map((piece) => piece.trim()))
      .filter(([, quality]) => quality === undefined || !/^q=0(\.0*)?$/.test(quality))
      .map(([name]) => name),
  )
  for (const encoding of ENCODINGS.keys()) if (taken.has(encoding) && forms?.has(encoding)) return encoding
  return 'identity'
}

/**
 * The page as built into `dist`: two documents' worth of addresses, one index.html, and its assets.
 * Everything is a file: the policy below lets nothing run or look that this server did not send.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Readable } from 'node:stream'
import { type Context, Hono } from 'hono'

export interface PageOptions {
  /** The folder `vite build` wrote. Read once, now: a new build is served by a new process. */
  readonly dist: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  // Pictures in a document may be anywhere; plain http is not.
  "img-src 'self' data: https:",
  // 'self' covers the socket of the same host.
  "connect-src 'self'",
  "font-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  // The two libraries that parse HTML they made or cleaned themselves.
  'trusted-types lit-html ProseMirrorClipboard',
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  // An address that holds an unguessable id is told to nobody.
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** One file of `assets`, and the compressed forms that lie beside it. */
interface Asset {
  readonly path: string
  readonly type: string
  readonly encodings: ReadonlySet<string>
}

/** Serves `/`, `/d/*` and `/assets/*`; rejects when `dist` holds no page. */
export async function pageRoutes({ dist }: PageOptions): Promise<Hono> {
  const index = await readFile(join(dist, 'index.html'))
  const tag = `"${createHash('sha256').update(index).digest('base64url').slice(0, 22)}"`
  const assets = await listAssets(join(dist, 'assets'))
  const routes = new Hono()

  const page = (context: Context): Response => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value)
    context.header('Content-Security-Policy', POLICY)
    // The next build gives its assets other names: an index.html kept anywhere would ask for files that are gone.
    context.header('Cache-Control', 'no-store')
    context.header('ETag', tag)
    return context.body(new Uint8Array(index), 200, { 'Content-Type': 'text/html; charset=utf-8' })
  }
  routes.get('/', page)
  routes.get('/d/*', page)

  routes.get('/assets/:name', async (context) => {
    const asset = assets.get(context.req.param('name'))
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value)
    if (asset === undefined) {
      context.header('Cache-Control', 'no-store')
      return context.text('Not found', 404)
    }
    const encoding = chooseEncoding(context.req.header('Accept-Encoding') ?? '', asset.encodings)
    const file = encoding === null ? asset.path : `${asset.path}${SUFFIXES[encoding]}`
    const { size } = await stat(file)
    context.header('Content-Type', asset.type)
    context.header('Content-Length', String(size))
    context.header('Cache-Control', 'public, max-age=31536000, immutable')
    context.header('Vary', 'Accept-Encoding')
    if (encoding !== null) context.header('Content-Encoding', encoding)
    if (context.req.method === 'HEAD') return context.body(null)
    return context.body(Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>)
  })
  return routes
}

type Encoding = 'br' | 'gzip'
const SUFFIXES: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' }

async function listAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const names = await readdir(folder)
  const all = new Set(names)
  const assets = new Map<string, Asset>()
  for (const name of names) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    const encodings = (['br', 'gzip'] as const).filter((encoding) => all.has(`${name}${SUFFIXES[encoding]}`))
    assets.set(name, { path: join(folder, name), type, encodings: new Set(encodings) })
  }
  return assets
}

/** The best of what there is that the browser takes; a `q=0` means it does not. */
function chooseEncoding(accepted: string, there: ReadonlySet<string>): Encoding | null {
  const taken = new Set(
    accepted
      .toLowerCase()
      .split(',')
      .map((part) => part.split(';').map((piece) => piece.trim()))
      .filter(([, quality]) => quality === undefined || !/^q=0(\.0*)?$/.test(quality))
      .map(([name]) => name),
  )
  for (const encoding of ['br', 'gzip'] as const)
    if (taken.has(encoding) && there.has(encoding)) return encoding
  return null
}

/** How the server hands out the page and the list of documents. */
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensurePage } from '#server/ops/build-page.ts'
import { pageRoutes } from '#server/ops/page.ts'
import { listedDocument, listRoutes } from './stage.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

let dist: string
let page: Hono

beforeAll(async () => {
  dist = await ensurePage({ root: ROOT })
  page = await pageRoutes({ dist })
})

const linksOf = (answer: Response): string => answer.headers.get('Link') ?? ''
const assetNames = async (ending: string) =>
  (await readdir(join(dist, 'assets'))).filter((name) => name.endsWith(ending))

describe('the page', () => {
  it.each(['/', '/d/anything', '/d/team/a%20plan'])('is at %s and is never kept', async (path) => {
    const answer = await page.request(path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(await answer.text()).toContain('<title>Vellum</title>')
  })

  it('is nowhere else', async () => {
    for (const path of ['/index.html', '/.vite/manifest.json', '/.sources', '/assets', '/v1/x'])
      expect((await page.request(path)).status, path).toBe(404)
  })

  it('comes under a policy that lets nothing inline and nothing foreign run', async () => {
    const { headers } = await page.request('/')
    const policy = headers.get('Content-Security-Policy') ?? ''
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("style-src 'self';")
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).toContain("worker-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(policy).not.toContain('*')
    expect(policy).toContain("img-src 'self';")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(headers.get('X-DNS-Prefetch-Control')).toBe('off')
    expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin')
    expect(headers.get('Permissions-Policy')).toContain('camera=()')
  })

  it('knows of the hosts that pictures may come from, and so does its policy', async () => {
    for (const [pictures, source] of [
      ['*', 'https:'],
      [['https://a.example', 'http://b.example:81'], 'https://a.example http://b.example:81'],
    ] as const) {
      const answer = await (await pageRoutes({ dist, pictures })).request('/')
      expect(answer.headers.get('Content-Security-Policy')).toContain(`img-src 'self' ${source};`)
      const told = pictures === '*' ? '*' : pictures.join(' ')
      expect(await answer.text()).toContain(`<meta name="vellum-pictures" content="${told}" />`)
    }
    expect(await (await page.request('/')).text()).not.toContain('vellum-pictures')
  })

  it('holds no script and no style of its own', async () => {
    const html = await readFile(join(dist, 'index.html'), 'utf8')
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)[^>]*>|\son\w+=/)
  })

  it('names what a document will need before the browser asks, and all of it is there', async () => {
    for (const [address, part] of [
      ['/d/anything', 'editing'],
      ['/d/anything', 'device-store'],
      ['/', 'home'],
    ]) {
      const hinted = [...linksOf(await page.request(address ?? '')).matchAll(/<([^>]+)>; rel=(\w+)/g)]
      expect(hinted.some(([, path]) => path?.includes(`/${part}-`))).toBe(true)
      expect(hinted.filter(([, , relation]) => relation === 'preload')).toHaveLength(2)
      for (const [, path = ''] of hinted) expect((await page.request(path)).status, path).toBe(200)
    }
  })

  it('says something to a browser without scripts', async () => {
    expect(await (await page.request('/')).text()).toMatch(/<noscript>[\s\S]*Vellum needs JavaScript/)
  })
})

describe('the service worker', () => {
  it('is asked for anew each time, and comes under the same policy as the page', async () => {
    const [worker, page_] = await Promise.all([page.request('/service-worker.js'), page.request('/')])
    expect(worker.status).toBe(200)
    expect(worker.headers.get('Content-Type')).toContain('text/javascript')
    expect(worker.headers.get('Cache-Control')).toBe('no-cache')
    for (const name of ['Content-Security-Policy', 'X-Content-Type-Options', 'Referrer-Policy'])
      expect(worker.headers.get(name)).toBe(page_.headers.get(name))
  })

  it('keeps every script and style of the page, and the letters every document shows', async () => {
    const worker = await (await page.request('/service-worker.js')).text()
    const names = [...(await assetNames('.js')), ...(await assetNames('.css'))]
    expect(names.length).toBeGreaterThan(4)
    for (const name of names) expect(worker).toContain(`/assets/${name}`)
    expect(worker).toMatch(/source-serif-4-latin-wght-normal-[\w-]+\.woff2/)
    expect(worker).not.toContain('-cyrillic-')
    for (const [path] of worker.matchAll(/\/assets\/[\w.-]+/g))
      expect((await page.request(path)).status, path).toBe(200)
  })

  it('is one classic script that takes no part from elsewhere', async () => {
    const worker = await (await page.request('/service-worker.js')).text()
    // Files of the page may be called so.
    const script = worker.replaceAll(/\/assets\/[\w.-]+/g, '')
    expect(script).not.toMatch(/\bimport\b|\bexport\b/)
  })
})

describe('an asset', () => {
  it('is kept for ever, compressed as the browser asks', async () => {
    const [name = ''] = await assetNames('.js')
    const plain = new Uint8Array(await readFile(join(dist, 'assets', name)))
    const ask = (accepted: string) =>
      page.request(`/assets/${name}`, { headers: { 'Accept-Encoding': accepted } })
    const forms = [
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
      ['br;q=0, gzip', 'gzip', gunzipSync],
      ['identity', null, (bytes: Uint8Array) => bytes],
    ] as const
    for (const [accepted, encoding, open] of forms) {
      const answer = await ask(accepted)
      expect(answer.headers.get('Content-Encoding'), accepted).toBe(encoding)
      expect(answer.headers.get('Cache-Control')).toContain('immutable')
      expect(answer.headers.get('Vary')).toBe('Accept-Encoding')
      expect(Buffer.from(open(new Uint8Array(await answer.arrayBuffer()))).equals(plain), accepted).toBe(true)
    }
  })

  it('that is not there, or outside of the folder, is a 404 that nobody keeps', async () => {
    for (const name of ['none.js', '..%2findex.html', '%2e%2e%2f.sources']) {
      const answer = await page.request(`/assets/${name}`)
      expect(answer.status, name).toBe(404)
      expect(answer.headers.get('Cache-Control'), name).not.toContain('immutable')
    }
  })
})

describe('building the page', () => {
  let root: string

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vellum-page-'))
    await mkdir(join(root, 'client/app'), { recursive: true })
    await mkdir(join(root, 'shared'))
    await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
    await writeFile(join(root, 'package.json'), '{ "type": "module" }')
    await writeFile(join(root, 'package-lock.json'), '{}')
    for (const name of ['vite.config.ts', 'client/app/service-worker.ts'])
      await copyFile(join(ROOT, name), join(root, name))
    await writeFile(join(root, 'client/app/index.html'), '<script type="module" src="./main.ts"></script>')
    await writeFile(join(root, 'shared/word.ts'), 'export const word = "first"')
    const main = 'import { word } from "../../shared/word.ts"; document.title = word + import.meta.env.MODE'
    await writeFile(join(root, 'client/app/main.ts'), main)
  })

  afterAll(() => rm(root, { recursive: true, force: true }))

  const built = async (): Promise<string> => {
    const folder = join(root, 'dist/assets')
    const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('.js'))
    return readFile(join(folder, name), 'utf8')
  }
  const when = async () => (await stat(join(root, 'dist/index.html'))).mtimeMs

  it('is done when there is none, for people, whatever this process is called', async () => {
    // The runner sets it to something else than production.
    const { NODE_ENV } = process.env
    expect(NODE_ENV).toBe('test')
    expect(await ensurePage({ root })).toBe(join(root, 'dist'))
    expect(await built()).toMatch(/first.*production/s)
  })

  it('is not done again while its sources are the same, though their times are not', async () => {
    const before = await when()
    await utimes(join(root, 'shared/word.ts'), new Date(), new Date())
    await ensurePage({ root })
    expect(await when()).toBe(before)
  })

  it('is done again when a source has other words, by two at once as well as by one', async () => {
    await writeFile(join(root, 'shared/word.ts'), 'export const word = "second"')
    await Promise.all([ensurePage({ root }), ensurePage({ root })])
    expect(await built()).toContain('second')
  })

  it('that fails says why and leaves the page there was, and nothing else', async () => {
    await writeFile(join(root, 'client/app/main.ts'), 'this is no program')
    await expect(ensurePage({ root })).rejects.toThrow(/could not be built[\s\S]*main\.ts/)
    expect(await built()).toContain('second')
    expect((await readdir(root)).filter((name) => name.startsWith('.dist'))).toEqual([])
  })
})

describe('the list of documents', () => {
  const asked: number[] = []
  const api = listRoutes(async (limit) => {
    asked.push(limit)
    return [listedDocument('team/plan', { title: 'Plan', author: 'ana', time: 1_700_000_000_000 })]
  })

  it('names id, title, kind, author, time and position of each', async () => {
    const answer = await api.request('/documents?limit=7')
    expect(asked.at(-1)).toBe(7)
    expect(await answer.json()).toEqual({
      documents: [
        { id: 'team/plan', title: 'Plan', kind: 'page', author: 'ana', time: 1_700_000_000_000, seq: 3 },
      ],
      next: null,
    })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
  })

  it('holds fifty unless told otherwise', async () => {
    await api.request('/documents')
    expect(asked.at(-1)).toBe(50)
  })

  it.each(['0', '-1', '501', '1e2', 'ten', '', '1.5', '2&limit=3'])(
    'refuses the limit "%s" with a problem document',
    async (limit) => {
      const answer = await api.request(`/documents?limit=${limit}`)
      expect(answer.status).toBe(400)
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      expect(await answer.json()).toMatchObject({ status: 400, type: '/v1/docs#invalid-request' })
    },
  )
})

/** What others may leave in a document, as a real browser takes it: words, and nothing that runs, loads or leads away. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { WebSocketEnd } from '#tests/carriers/end.ts'
import { presenceOf } from '#tests/carriers/writing.ts'
import { metric } from '#tests/process/bystanders.ts'
import { RawSocket, upgradeRequest } from '#tests/process/raw-socket.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { addresses, knownNames, markup, titled, unknownNames } from './hostile-page.ts'

const LAST = 'the last words'

declare global {
  interface Window {
    pwned?: unknown
    refusals: string[]
  }
}

let browser: Browser
let server: ServerProcess
let context: BrowserContext
/** Every address any page of the context asked for. */
const asked: string[] = []
const dialogs: string[] = []

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
  context = await browser.newContext({ serviceWorkers: 'block' })
  context.on('request', (request) => asked.push(request.url()))
  context.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await context.addInitScript(() => {
    window.refusals = []
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) =>
      window.refusals.push(`${violatedDirective} ${blockedURI} ${sample}`),
    )
  })
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

function pathOf(id: string): string {
  return `/v1/documents/${encodeURIComponent(id)}`
}

/** A page with these updates in it. */
async function make(id: string, ...updates: readonly Uint8Array[]): Promise<string> {
  expect((await fetch(server.url + pathOf(id), { method: 'PUT' })).status).toBe(201)
  for (const update of updates) {
    const headers = { 'content-type': 'application/octet-stream' }
    const body = new Uint8Array(update)
    const told = await fetch(`${server.url}${pathOf(id)}/updates`, { method: 'POST', headers, body })
    expect(told.status, await told.text()).toBe(200)
  }
  return id
}

/** What in a page could run, load or lead somewhere, shadow roots included. Empty where there is nothing. */
function dangers(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = []
    const addressed = [
      'href',
      'src',
      'action',
      'formaction',
      'srcdoc',
      'xlink:href',
      'poster',
      'data',
      'ping',
    ]
    const look = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll('*')) {
        const name = element.localName
        if (['iframe', 'object', 'embed', 'base', 'frame', 'applet'].includes(name)) found.push(name)
        if (
          name === 'script' &&
          !(element instanceof HTMLScriptElement && element.src.startsWith(location.origin))
        )
          found.push(`script ${element.textContent}`)
        for (const { name: attribute, value } of element.attributes) {
          if (attribute.startsWith('on')) found.push(`${name} ${attribute}`)
          if (attribute === 'style' && /url\(|position:\s*fixed|expression/i.test(value))
            found.push(`${name} style=${value}`)
          if (!addressed.includes(attribute)) continue
          const url = URL.parse(value, location.href)
          const isHarmless = url !== null && ['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol)
          if (!isHarmless || url.hostname.includes('evil')) found.push(`${name} ${attribute}=${value}`)
        }
        if (element instanceof HTMLTableCellElement && (element.colSpan > 64 || element.rowSpan > 64))
          found.push(`a cell of ${element.colSpan} by ${element.rowSpan}`)
        if (element.shadowRoot) look(element.shadowRoot)
      }
    }
    look(document)
    return found
  })
}

/** Nothing in this page ran or could, nobody else was asked for anything. */
async function expectHarmless(page: Page, origin = server.url): Promise<void> {
  expect(await dangers(page)).toEqual([])
  expect(await page.evaluate(() => window.pwned)).toBeUndefined()
  expect(await page.evaluate(() => window.refusals)).toEqual([])
  expect(dialogs).toEqual([])
  const elsewhere = asked.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('about:'))
  expect(elsewhere).toEqual([])
}

describe('hostile content', () => {
  it('of names this version knows is words in the page, beside somebody whose presence is hostile too', async () => {
    const id = await make(`xss ${markup[1]}`, titled(markup.join('')), knownNames(LAST))
    const mallory = new WebSocketEnd({ url: server.url, document: encodeURIComponent(id) })
    await mallory.next('step2')
    const [, hostile = ''] = markup
    const place = { type: null, tname: 'prosemirror', item: { client: 1e308, clock: -1 } }
    const cursor = { anchor: place, head: { ...place, assoc: hostile } }
    const users = [
      { name: hostile, color: 'red;background:url(//evil.io)', id: hostile },
      { name: hostile, color: `red;background:url(${addresses[6]})` },
      { name: { toString: hostile }, color: 1e308 },
    ]
    for (const [at, user] of users.entries())
      mallory.send({ type: 'presence', presence: presenceOf(7 + at, 1, JSON.stringify({ user })) })
    const pointing = JSON.stringify({ user: users[0], cursor })
    mallory.send({ type: 'presence', presence: presenceOf(99, 1, pointing) })
    const page = await context.newPage()
    await page.goto(`${server.url}/d/${encodeURIComponent(id)}`)
    await page.getByText(LAST).waitFor()
    await page.locator('[popovertarget="people"]').waitFor()
    await page.locator('[popovertarget="people"]').click()
    await page.locator('vellum-people .names').getByText('<img src=x').waitFor()
    expect(await page.locator('.title-input').inputValue()).toContain('<script>')
    await expectHarmless(page)
    mallory.cut()
    await page.close()
  })

  it('of names nobody knows is shown as something unknown, and does nothing', async () => {
    const id = await make('unknown', unknownNames(LAST))
    const page = await context.newPage()
    await page.goto(`${server.url}/d/${id}`)
    await page.getByText(LAST).waitFor()
    await expectHarmless(page)
    await page.close()
  })

  it('is words in the history, as a version and with what came and went', async () => {
    const id = await make('past', titled(markup.join('')), knownNames(LAST))
    const named = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const body = JSON.stringify({ name: `v ${markup[1]}` })
    expect((await fetch(`${server.url}${pathOf(id)}/snapshots`, { ...named, body })).status).toBe(201)
    const page = await context.newPage()
    await page.goto(`${server.url}/d/${id}`)
    await page.getByText(LAST).waitFor()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Version history' }).click()
    await page.locator('.version .vellum-text').getByText(LAST).first().waitFor()
    await page.locator('.version-row').getByText('v "><img').first().waitFor()
    await expectHarmless(page)
    await page.close()
  })

  it('is words in the list of documents', async () => {
    await make(`listed ${markup[2]}`, titled(markup.join('')))
    const page = await context.newPage()
    await page.goto(server.url)
    await page.getByText('<script>').first().waitFor()
    await expectHarmless(page)
    await page.close()
  })

  it('is words in the export, alone and as a page, and in the comparison, even where no policy keeps it', async () => {
    const id = await make('exported', titled(markup.join('')), knownNames(LAST), unknownNames(LAST))
    const bare = createServer(async (request, response) => {
      const from = await fetch(`${server.url}${pathOf(id)}${request.url}`)
      response.writeHead(from.status, { 'Content-Type': 'text/html; charset=utf-8' })
      response.end(await from.bytes())
    })
    const origin = await listening(bare)
    asked.length = 0
    const page = await context.newPage()
    for (const path of ['content?format=html', 'content?format=html&standalone=true', 'diff?format=html']) {
      await page.goto(`${origin}/${path}`, { waitUntil: 'load' })
      await page.getByText(LAST).first().waitFor()
      await expectHarmless(page, origin)
    }
    asked.length = 0
    await page.close()
    bare.close()
  })

  it('in an address is words in whatever answers it', async () => {
    const paths = [
      '/v1/docs',
      `/v1/docs?${encodeURIComponent(markup[0])}#${markup[1]}`,
      `/${encodeURIComponent(markup[0])}`,
      `/v1/documents/${encodeURIComponent(markup[0])}`,
      `/v1/documents/exported/content?format=${encodeURIComponent(markup[1])}`,
      `/sync/${encodeURIComponent(markup[1])}?live=${encodeURIComponent(markup[0])}`,
    ]
    const page = await context.newPage()
    for (const path of paths) {
      await page.goto(server.url + path)
      await expectHarmless(page)
    }
    await page.close()
  })
})

describe('every answer', () => {
  it.each([
    ['GET', '/', 200],
    ['GET', '/d/plan', 200],
    ['GET', '/service-worker.js', 200],
    ['GET', '/assets/none.js', 404],
    ['GET', '/nothing', 404],
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['GET', '/metrics', 200],
    ['GET', '/v1/docs', 200],
    ['GET', '/v1/openapi.json', 200],
    ['GET', '/v1/documents', 200],
    ['GET', '/v1/documents/none', 404],
    ['GET', '/v1/documents/%00', 400],
    ['GET', '/v1/documents/none/content', 404],
    ['POST', '/v1/documents', 405],
    ['GET', '/v1/nothing', 404],
    ['GET', '/sync/plan', 200],
    ['GET', '/sync/plan?live=sse', 200],
    ['POST', '/sync/plan', 200],
    ['PUT', '/sync/plan', 405],
    ['GET', '/sync/%00', 400],
    ['GET', '/sync/plan?live=never', 400],
  ])('to %s %s says that it is taken for nothing else, and who may show it', async (method, path, status) => {
    const gone = new AbortController()
    const { headers, status: answered } = await fetch(server.url + path, { method, signal: gone.signal })
    gone.abort()
    expect(answered).toBe(status)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('x-frame-options')).toMatch(/^(DENY|SAMEORIGIN)$/)
    expect(headers.get('permissions-policy')).toContain('camera=()')
    expect(headers.has('access-control-allow-origin')).toBe(false)
    expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null])
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/default-src '(none|self)'/)
    expect(policy).toMatch(/frame-ancestors '(none|self)'/)
    expect(policy).not.toMatch(/script-src[^;]*unsafe|\*/)
  })

  it('that refuses an upgrade says so, too', async () => {
    const raw = await RawSocket.connect(server.port)
    raw.say(upgradeRequest('/nowhere'))
    const said = (await raw.ended).toString('latin1').toLowerCase()
    for (const name of ['content-security-policy', 'x-content-type-options', 'referrer-policy'])
      expect(said).toContain(`\r\n${name}: `)
  })
})

describe('a page of somebody else', () => {
  let evil: Server
  let page: Page

  beforeAll(async () => {
    evil = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' })
      response.end('<!doctype html><title>evil</title>')
    })
    const port = new URL(await listening(evil)).port
    page = await context.newPage()
    // Another site than 127.0.0.1, on the same machine.
    await page.goto(`http://localhost:${port}/`)
  })
  afterAll(() => evil?.close())

  it('can neither write nor read, by any request a browser lets it make', async () => {
    const id = await make('kept', titled('Kept'))
    const entries = await metric(server, 'vellum_entries_total')
    const channels = await metric(server, 'vellum_carrier_hellos_total{carrier="websocket"}')
    const outcomes = await page.evaluate(
      async ([url, path]) => {
        const tries: Record<string, string> = {}
        const attempt = async (name: string, init: RequestInit, to: string): Promise<void> => {
          try {
            const response = await fetch(to, init)
            tries[name] = response.type === 'opaque' ? 'opaque' : `read ${response.status}`
          } catch {
            tries[name] = 'failed'
          }
        }
        const simple: RequestInit = { mode: 'no-cors', method: 'POST', credentials: 'include' }
        for (const to of ['content', 'updates', 'snapshots'])
          await attempt(`post ${to}`, { ...simple, body: 'hostile' }, `${url}${path}/${to}`)
        await attempt(
          'post sync',
          { ...simple, body: new Uint8Array([4, 0, 2, 2, 0, 0]) },
          `${url}/sync/kept`,
        )
        for (const method of ['PUT', 'DELETE', 'PATCH'])
          await attempt(
            method,
            { method, body: '{}', headers: { 'content-type': 'application/json' } },
            url + path,
          )
        await attempt('get', {}, `${url}${path}/content`)
        await attempt('get opaque', { mode: 'no-cors' }, `${url}${path}/content`)
        await attempt('poll', {}, `${url}/sync/kept`)
        const ended = (target: EventTarget): Promise<string> =>
          new Promise((resolve) => {
            target.addEventListener('open', () => resolve('open'))
            target.addEventListener('error', () => resolve('refused'))
          })
        tries['websocket'] = await ended(new WebSocket(`${url.replace('http', 'ws')}/sync/kept`))
        tries['subprotocol'] = await ended(
          new WebSocket(`${url.replace('http', 'ws')}/sync/kept`, ['vellum']),
        )
        const stream = new EventSource(`${url}/sync/kept?live=sse`)
        tries['stream'] = await ended(stream)
        stream.close()
        return tries
      },
      [server.url, pathOf(id)] as const,
    )
    const { websocket, subprotocol, stream, ...requests } = outcomes
    expect({ websocket, subprotocol, stream }).toEqual({
      websocket: 'refused',
      subprotocol: 'refused',
      stream: 'refused',
    })
    for (const [name, outcome] of Object.entries(requests)) expect(outcome, name).not.toMatch(/^read/)
    expect(await metric(server, 'vellum_entries_total')).toBe(entries)
    expect(await metric(server, 'vellum_carrier_hellos_total{carrier="websocket"}')).toBe(channels)
    expect((await fetch(server.url + pathOf(id))).status).toBe(200)
  })

  it('can send no form that writes', async () => {
    const entries = await metric(server, 'vellum_entries_total')
    const tries = [
      ['/v1/documents/kept/content', 'text/plain'],
      ['/v1/documents/kept/updates', 'multipart/form-data'],
      ['/sync/kept', 'application/x-www-form-urlencoded'],
    ] as const
    for (const [to, enctype] of tries) {
      const form = await context.newPage()
      await form.goto(page.url())
      const [answer] = await Promise.all([
        form.waitForResponse((response) => response.url() === server.url + to),
        form.evaluate(
          ([action, type]) => {
            const sent = document.createElement('form')
            Object.assign(sent, { action, method: 'post', enctype: type })
            const field = document.createElement('textarea')
            Object.assign(field, { name: 'x', value: 'hostile' })
            sent.append(field)
            document.body.append(sent)
            sent.submit()
          },
          [server.url + to, enctype] as const,
        ),
      ])
      expect(answer.status(), `${to} ${enctype}`).toBe(403)
      await form.close()
    }
    expect(await metric(server, 'vellum_entries_total')).toBe(entries)
  })

  it('can show no page of ours in a frame, and read none of our files', async () => {
    const framed = await page.evaluate(async (url) => {
      const frame = document.createElement('iframe')
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
      frame.src = `${url}/d/kept`
      document.body.append(frame)
      await loaded
      const script = document.createElement('script')
      const outcome = new Promise<string>((resolve) => {
        script.onload = () => resolve('loaded')
        script.onerror = () => resolve('refused')
      })
      script.src = `${url}/v1/openapi.json`
      document.body.append(script)
      return [await outcome, window.frames.length] as const
    }, server.url)
    expect(framed).toEqual(['refused', 1])
    const inner = page.frames().find((frame) => frame !== page.mainFrame())
    // A frame that was refused shows the browser's own words instead.
    await expect.poll(() => inner?.evaluate(() => document.URL)).toMatch(/^chrome-error:/)
  })
})

async function listening(one: Server): Promise<string> {
  one.listen(0, '127.0.0.1')
  await once(one, 'listening')
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`
}

it('the addresses above are of every kind', () => {
  expect(new Set(addresses.map((address) => address.split(':')[0])).size).toBeGreaterThan(8)
})

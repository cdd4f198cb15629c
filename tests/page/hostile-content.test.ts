/** What others may leave in a document, as a real browser takes it: words, and nothing that runs, loads or leads away. */
import { createServer } from 'node:http'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { freshSession, WebSocketEnd } from '#tests/carriers/end.ts'
import { presenceOf } from '#tests/carriers/writing.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import {
  addresses,
  knownNames,
  listening,
  markup,
  remotePictures,
  titled,
  unknownNames,
} from './hostile-page.ts'

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

/** A page with these updates in it, as an editor sends them whose schema knows more than this one. */
async function make(id: string, ...updates: readonly Uint8Array[]): Promise<string> {
  expect((await fetch(server.url + pathOf(id), { method: 'PUT' })).status).toBe(201)
  const session = freshSession()
  const document = encodeURIComponent(id)
  const author = new WebSocketEnd({ url: server.url, document, kind: 'page', sessions: [session] })
  await author.next('step2')
  for (const [at, update] of updates.entries()) author.send({ type: 'push', session, number: at + 1, update })
  await author.until(() => (author.of('ack').at(-1)?.to ?? 0) === updates.length, 'the last acknowledgement')
  author.cut()
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

  it('with pictures of other hosts asks nobody for them, neither in the text nor in a version', async () => {
    const id = await make('pictures', remotePictures(LAST))
    const page = await context.newPage()
    await page.goto(`${server.url}/d/${id}`)
    await page.getByText(LAST).waitFor()
    expect(await page.locator('.vellum-text .picture').count()).toBeGreaterThan(3)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Version history' }).click()
    await page.locator('.version .vellum-text').getByText(LAST).first().waitFor()
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

it('the addresses above are of every kind', () => {
  expect(new Set(addresses.map((address) => address.split(':')[0])).size).toBeGreaterThan(8)
})

/** What a page of somebody else can do with ours, in a real browser, where nobody has to say who they are: nothing. */
import { createServer, type Server } from 'node:http'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { metric } from '#tests/process/bystanders.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { listening } from './hostile-page.ts'

let browser: Browser
let server: ServerProcess
let context: BrowserContext

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
  context = await browser.newContext({ serviceWorkers: 'block' })
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
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
    const path = '/v1/documents/kept'
    expect((await fetch(server.url + path, { method: 'PUT' })).status).toBe(201)
    const entries = await metric(server, 'vellum_entries_total')
    const channels = await metric(server, 'vellum_carrier_hellos_total{carrier="websocket"}')
    const outcomes = await page.evaluate(
      async ([url, document]) => {
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
          await attempt(`post ${to}`, { ...simple, body: 'hostile' }, `${url}${document}/${to}`)
        await attempt(
          'post sync',
          { ...simple, body: new Uint8Array([4, 0, 2, 2, 0, 0]) },
          `${url}/sync/kept`,
        )
        for (const method of ['PUT', 'DELETE', 'PATCH'])
          await attempt(
            method,
            { method, body: '{}', headers: { 'content-type': 'application/json' } },
            url + document,
          )
        await attempt('get', {}, `${url}${document}/content`)
        await attempt('get opaque', { mode: 'no-cors' }, `${url}${document}/content`)
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
      [server.url, path] as const,
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
    expect((await fetch(server.url + path)).status).toBe(200)
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

/** Changes that wait on a device while somebody takes away what let their author in: a guarded server, a real line. */
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeSecret, makeToken } from '#server/access/making.ts'
import { nodeChance } from '#server/ops/time.ts'
import { launchBrowser } from '#tests/browser.ts'
import { Line } from '#tests/network/line.ts'
import { networkComes, networkGoes, PATIENCE } from '#tests/page/shown.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Tab } from './tab.ts'

vi.setConfig({ testTimeout: 180_000 })

const SECRET = makeSecret()

let browser: Browser
let server: ServerProcess
let line: Line
let headers: Record<string, string>

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer({ env: { AUTH_SECRET: SECRET } })])
  line = await Line.open({ port: server.port, chance: nodeChance() })
  const owner = { secret: SECRET, sub: 'ana', doc: '*', role: 'owner', expiresInSeconds: 600 } as const
  headers = { authorization: `Bearer ${await makeToken(owner)}`, 'content-type': 'application/json' }
})

afterAll(async () => {
  await browser?.close()
  await line?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

const api = (path: string): string => `${server.url}/v1/documents/minutes${path}`

interface Share {
  readonly id: string
  /** The page's own address, as it comes over the line. */
  readonly address: string
}

async function share(): Promise<Share> {
  const body = JSON.stringify({ role: 'writer' })
  const answer = await fetch(api('/shares'), { method: 'POST', headers, body })
  expect(answer.status).toBe(201)
  const { id, url } = (await answer.json()) as { readonly id: string; readonly url: string }
  return { id, address: `http://127.0.0.1:${line.port}/d/minutes${new URL(url).hash}` }
}

async function wordsOfServer(): Promise<string> {
  const answer = await fetch(api('/content?format=text'), { headers })
  expect(answer.status).toBe(200)
  return (await answer.text()).trimEnd()
}

test('D5 what waits when access is taken away stays on its device, and is sent when access is given back', async () => {
  await fetch(api(''), { method: 'PUT', headers, body: '{}' })
  const first = await share()
  const context = await browser.newContext({ serviceWorkers: 'block' })
  const tab = await Tab.open(context, first.address)
  await tab.type('Before.')
  await tab.saved()
  line.rules = { isDown: true }
  await networkGoes(tab.page)
  await tab.type(' After.')
  await expect.poll(() => tab.says(), PATIENCE).toContain('Offline')
  await expect.poll(() => tab.counts(), PATIENCE).toBe(' After.'.length)

  expect((await fetch(api(`/shares/${first.id}`), { method: 'DELETE', headers })).ok).toBe(true)
  line.rules = {}
  await networkComes(tab.page)
  const refused: Locator = tab.page.locator('vellum-ending')
  const kept = `${' After.'.length} changes the server never took are kept on this device`
  await refused.getByText(kept).waitFor(PATIENCE)
  expect(await tab.words()).toBe('Before. After.')
  await refused.getByRole('button', { name: 'Download a copy' }).waitFor()
  expect(await wordsOfServer()).toBe('Before.')

  // The same browser, let in anew: it is still the same person.
  await tab.page.goto('about:blank')
  await tab.page.goto((await share()).address)
  await tab.written()
  await tab.saved()
  expect(await tab.words()).toBe('Before. After.')
  expect(await wordsOfServer()).toBe('Before. After.')
  await context.close()
})

/** Changes that wait on a device while their document ends on the server, which is a real one, over every carrier. */
import { mkdir, rm } from 'node:fs/promises'
import type { Browser, BrowserContext, Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { HttpProxy, type ProxyRules } from '#tests/network/http-proxy.ts'
import { networkComes, networkGoes, PATIENCE, text } from '#tests/page/shown.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Tab } from './tab.ts'

vi.setConfig({ testTimeout: 180_000 })

/** What a network does to a page that is then left with one carrier. */
const networks: Readonly<Record<string, ProxyRules>> = {
  'an event stream': { upgrades: 502 },
  'long-polls': { upgrades: 502, bufferBytes: 1_000_000 },
}

let browser: Browser
let server: ServerProcess
let proxy: HttpProxy
let context: BrowserContext
let document = 0

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

beforeEach(async () => {
  document++
  proxy = await HttpProxy.open({ port: server.port })
  context = await browser.newContext({ serviceWorkers: 'block' })
})

afterEach(async () => {
  await context.close()
  await proxy[Symbol.asyncDispose]()
})

const id = (): string => `ended-${document}`
const api = (path = ''): string => `${server.url}/v1/documents/${id()}${path}`

/** A tab in which "Before." is saved, and " After." is not: its network is gone. */
async function writeAway(rules: ProxyRules = {}): Promise<Tab> {
  proxy.rules = rules
  const tab = await Tab.open(context, `http://127.0.0.1:${proxy.port}/d/${id()}`)
  await tab.type('Before.')
  await tab.saved()
  proxy.rules = { ...rules, refused: /^\/sync\// }
  await networkGoes(tab.page)
  await tab.type(' After.')
  return tab
}

async function comesBack(tab: Tab, rules: ProxyRules = {}): Promise<void> {
  proxy.rules = rules
  await networkComes(tab.page)
}

function ending(tab: Tab, heading: string): Locator {
  return tab.page.locator('vellum-ending', { hasText: heading })
}

async function wordsOfServer(): Promise<string> {
  const answer = await fetch(api('/content?format=text'))
  expect(answer.status).toBe(200)
  return (await answer.text()).trimEnd()
}

test.each(Object.keys(networks))(
  'D5 over %s, too, what waits for a document that was deleted stays where it is, and can be taken along',
  async (network) => {
    const rules = networks[network]
    const tab = await writeAway(rules)
    const count = await tab.countsTheTruth()
    expect((await fetch(api(), { method: 'DELETE' })).ok).toBe(true)
    await comesBack(tab, rules)
    const deleted = ending(tab, 'This document was deleted')
    await deleted
      .getByText(`${count} changes the server never took are kept on this device`)
      .waitFor(PATIENCE)
    expect(await tab.waiting()).toBe(count)
    const downloading = tab.page.waitForEvent('download', PATIENCE)
    await deleted.getByRole('button', { name: 'Download a copy' }).click()
    await downloading
    expect(await tab.words()).toBe('Before. After.')
    expect((await fetch(api('/content?format=text'))).status).toBe(410)
  },
)

test('D5 what waits is never put into a document that a server began anew, whoever began it', async () => {
  const tab = await writeAway()
  const count = await tab.countsTheTruth()
  await server.kill()
  await rm(server.dataDir, { recursive: true })
  await mkdir(server.dataDir)
  server = await server.restart()
  await comesBack(tab)
  const parted = ending(tab, 'This copy and the server’s have parted')
  // Nobody has begun it yet: these changes must not.
  await parted.waitFor(PATIENCE)
  expect((await fetch(api())).status).toBe(404)
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ title: 'New', content: 'Another.', format: 'text' })
  expect((await fetch(api(), { method: 'PUT', headers, body })).ok).toBe(true)
  await tab.page.reload()
  await parted.getByText(`${count} changes the server never took are kept on this device`).waitFor(PATIENCE)
  expect(await tab.words()).toBe('Before. After.')
  expect(await tab.waiting()).toBe(count)
  expect(await wordsOfServer()).toBe('Another.')
  await parted.getByRole('button', { name: 'Open the server’s' }).click()
  await parted.getByRole('button', { name: 'Remove mine and open the server’s' }).click()
  await text(tab.page).filter({ hasText: 'Another.' }).waitFor(PATIENCE)
  await tab.saved()
  expect(await tab.words()).toBe('Another.')
  expect(await tab.waiting()).toBe(0)
  expect(await wordsOfServer()).toBe('Another.')
})

/** Two people write through a real nginx and a real HAProxy, as they are installed and as docs/operations.md sets them up. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { type ProxyName, RealProxy } from './real-proxy.ts'
import { agree, sitTogether, Writer } from './writer.ts'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

/** What docs/operations.md says to write into the location. */
const NGINX = `
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  client_max_body_size 16m;`

const cases: readonly {
  readonly name: ProxyName
  readonly as: string
  readonly settings?: string
}[] = [
  { name: 'nginx', as: 'set up for all three', settings: NGINX },
  { name: 'haproxy', as: 'as installed' },
]

describe.concurrent('two people write', { timeout: 180_000 }, () => {
  it.each(cases)('through $name $as', async ({ name, settings = '' }) => {
    await using proxy = await RealProxy.start({ name, target: server.port, settings })
    const url = `${proxy.url}/d/${name}-${settings.length}`
    await using ana = await Writer.come(browser, 'Ana', url)
    await using bo = await Writer.come(browser, 'Bo', url)
    await sitTogether(ana, bo)
    await Promise.all([ana.writes(10), bo.writes(10)])
    await agree([ana, bo], server)
  })
})

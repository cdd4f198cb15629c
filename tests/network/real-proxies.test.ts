/**
 * Two people write through a real nginx and a real HAProxy: as their packages install them, as docs/operations.md sets
 * them up, and where they refuse upgrades or buffer whatever they are told. Each comes through another one.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { launchBrowser } from '#tests/browser.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { eventually } from './eventually.ts'
import { type ProxyName, RealProxy } from './real-proxy.ts'
import { agree, type CarrierName, sitTogether, Writer } from './writer.ts'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  ;[browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

/** What docs/operations.md says to write into nginx' location. */
const SET_UP = `
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  client_max_body_size 17m;`

const start = (name: ProxyName, settings = '') => RealProxy.start({ name, target: server.port, settings })

interface Ways {
  readonly document: string
  readonly anas: RealProxy
  readonly bos: RealProxy
  /** What each comes by. */
  readonly carriers: readonly [CarrierName, CarrierName]
  /** Whose WebSocket brings what was stored, in the end. */
  readonly reader: { readonly syncUrl: string }
}

async function write({ document, anas, bos, carriers, reader }: Ways): Promise<void> {
  await using ana = await Writer.come(browser, 'Ana', `${anas.url}/d/${document}`)
  await using bo = await Writer.come(browser, 'Bo', `${bos.url}/d/${document}`)
  await eventually(async () => (await Promise.all([ana.carrier(), bo.carrier()])).join(), carriers.join())
  await sitTogether(ana, bo)
  await Promise.all([ana.writes(10), bo.writes(10)])
  await agree([ana, bo], reader)
}

describe.concurrent('two people write', { timeout: 400_000 }, () => {
  it('through nginx and HAProxy as they are installed: one over an event stream, one by WebSocket', async () => {
    await using nginx = await start('nginx')
    await using haproxy = await start('haproxy')
    const carriers = ['event-stream', 'websocket'] as const
    await write({ document: 'installed', anas: nginx, bos: haproxy, carriers, reader: haproxy })
  })

  it('through HAProxy that refuses upgrades, and nginx that buffers what it was asked not to', async () => {
    await using haproxy = await start('haproxy', '  http-request deny if { hdr(upgrade) -m found }')
    await using buffering = await start('nginx', 'proxy_ignore_headers X-Accel-Buffering;')
    await using nginx = await start('nginx', SET_UP)
    const carriers = ['event-stream', 'long-poll'] as const
    await write({ document: 'refused', anas: haproxy, bos: buffering, carriers, reader: nginx })
  })
})

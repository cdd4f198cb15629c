/** Connections that say nothing whole: how long, and how many. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Newcomers } from '#server/gate/newcomers.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { RawSocket, upgradeRequest } from '#tests/process/raw-socket.ts'
import { VirtualClock } from '#tests/simulation/clock.ts'

let server: Server
let clock: VirtualClock
let metrics: Metrics

beforeEach(async () => {
  clock = new VirtualClock()
  metrics = new Metrics()
  server = createServer((_request, response) => response.end('heard'))
  server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
  new Newcomers({ server, clock, metrics, max: 3, withinMs: 15_000 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** A connection that begins like this, once the server knows of it. */
async function come(begins = ''): Promise<RawSocket> {
  const raw = await RawSocket.connect((server.address() as AddressInfo).port)
  if (begins !== '') raw.say(begins)
  return raw
}

async function newcomers(count: number): Promise<void> {
  await expect.poll(() => metrics.levels.newcomers).toBe(count)
}

const HALF = 'GET /sync/plan HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n'

describe('N12 a connection', () => {
  test('that does not come to a whole request is ended after 15 s; who was heard stays', async () => {
    const heard = await come(`${HALF}\r\n`.replace('Upgrade: websocket\r\n', ''))
    await heard.until((text) => text.includes('heard'))
    const channel = await come(upgradeRequest('/sync/plan'))
    await channel.until((text) => text.includes('101'))
    const [silent, half] = [await come(), await come(HALF)]
    await newcomers(2)
    await clock.pass(12_000)
    expect(metrics.levels.newcomers).toBe(2)
    await clock.pass(6_000)
    await Promise.all([silent.ended, half.ended])
    await newcomers(0)
    expect([heard, channel].map(({ socket }) => socket.destroyed)).toEqual([false, false])
  })

  test('is the first to go of too many that have said nothing whole, and newer ones are heard', async () => {
    const first = await come(HALF)
    await newcomers(1)
    await come(HALF)
    await newcomers(2)
    await come(HALF)
    await newcomers(3)
    const bystander = await come('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await bystander.until((text) => text.includes('heard'))
    await first.ended
    await newcomers(2)
  })
})

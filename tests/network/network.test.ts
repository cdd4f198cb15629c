/** The networks of these tests do what they say: without that, whoever survives them has shown nothing. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { Network, type Rules } from './network.ts'

let server: Server
let port: number
/** Ends the answer to `/slow`. */
let finish: () => void

beforeAll(async () => {
  server = createServer((asked, answer) => {
    if (asked.url !== '/slow') {
      answer.end(`${asked.method} ${asked.headers.upgrade ?? 'plain'}`)
      return
    }
    answer.write('first ')
    finish = () => answer.end('last')
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  port = address.port
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const open = (rules: Rules = {}, seed?: number) => Network.open({ port }, rules, seed)

/** `open`, or the HTTP status, or the code it ended with; nothing while nothing is said. */
async function upgrade(network: Network): Promise<string | number> {
  const socket = new WebSocket(network.url.replace('http', 'ws'))
  const said = await new Promise<string | number>((resolve) => {
    socket.on('open', () => resolve('open'))
    socket.on('unexpected-response', (_, { statusCode = 0 }) => resolve(statusCode))
    socket.on('error', () => resolve('lost'))
  })
  socket.terminate()
  return said
}

it('a network without rules passes everything', async () => {
  await using network = await open()
  expect(await (await fetch(network.url)).text()).toBe('GET plain')
  expect(await upgrade(network)).toBe('open')
})

it.each([
  [{ upgrades: 400 }, 400],
  [{ upgrades: 403 }, 403],
  [{ upgrades: 502 }, 502],
  [{ upgrades: 'strip' }, 200],
  [{ isPortal: true }, 200],
] as const)('with %j an upgrade gets %i', async (rules, status) => {
  await using network = await open(rules)
  expect(await upgrade(network)).toBe(status)
})

it('a swallowed upgrade gets nothing at all', async () => {
  await using network = await open({ upgrades: 'swallow' })
  const said = upgrade(network)
  await expect.poll(() => network.upgradesAsked).toBe(1)
  network.cut()
  expect(await said).toBe('lost')
})

it('a buffering proxy holds a response, its head too, until it has ended', async () => {
  await using network = await open({ bufferBytes: 1_000_000 })
  const answer = fetch(`${network.url}/slow`)
  await expect.poll(() => network.held(/slow/)).toBe(1)
  const early = await Promise.race([answer.then(() => 'head'), once(server, 'request'), fetch(network.url)])
  expect(early).not.toBe('head')
  finish()
  expect(await (await answer).text()).toBe('first last')
})

it('a connection is cut by age, by silence, and by hand', async () => {
  for (const rules of [{ cutAfterMs: 1 }, { cutIdleMs: 20 }, null]) {
    await using network = await open()
    const socket = new WebSocket(network.url.replace('http', 'ws'))
    await once(socket, 'open')
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    // A connection that is reset says so before it closes.
    socket.on('error', () => undefined)
    if (rules === null) network.cut()
    else network.change(rules)
    expect(await closed).toBe(1006)
    expect(network.ended).toBe(1)
  }
})

it('what a black hole held comes, in order, when it opens; so does a slow line', async () => {
  await using network = await open({ latencyMs: 20 })
  const socket = new WebSocket(network.url.replace('http', 'ws'))
  const came: string[] = []
  socket.on('message', (data) => came.push(String(data)))
  await once(socket, 'open')
  network.change({ isBlackHole: true })
  for (const word of ['one', 'two']) socket.send(word)
  await fetch(`http://127.0.0.1:${port}`)
  expect(came).toEqual([])
  network.change({})
  await expect.poll(() => came).toEqual(['one', 'two'])
  socket.terminate()
})

it('loses its share of connections, the same ones each time', async () => {
  const lost = async () => {
    await using network = await open({ lossShare: 0.3, isOneRequestEach: true }, 7)
    const outcomes: boolean[] = []
    for (let i = 0; i < 40; i++)
      outcomes.push(
        await fetch(network.url).then(
          () => true,
          () => false,
        ),
      )
    return outcomes
  }
  const first = await lost()
  expect(first).toContain(true)
  expect(first).toContain(false)
  expect(await lost()).toEqual(first)
})

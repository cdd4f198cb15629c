import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws'
import type { Channel, Join } from '#client/carriers/port.ts'
import { webSocketCarrier } from '#client/carriers/websocket.ts'
import { sessionId } from '#shared/id.ts'
import { startServer } from '../server-process.ts'
import { LiveSession } from './live.ts'

/** The server starts twice, and a busy machine takes its time for each. */
const TWO_STARTS_MS = 180_000

test(
  'S40 two sessions write in one page, and what says saved is there after a SIGKILL',
  async () => {
    let server = await startServer()
    try {
      const url = `${server.syncUrl}/team/plan`
      using ana = new LiveSession(url)
      using ben = new LiveSession(url)
      ana.write('one')
      await ana.saved()
      await ben.shows(1)
      ben.write('two')
      await ana.shows(2)
      await ben.saved()
      expect(ana.paragraphs).toEqual(['one', 'two'])

      await server.kill('SIGKILL')
      await ana.until(({ kind }) => kind === 'reconnecting')
      ana.write('while it was down')
      ben.write('so did I')
      expect(ana.session.status.pending).toBe(1)
      server = await server.restart()
      ana.session.wake()
      ben.session.wake()
      await Promise.all([ana.saved(), ben.saved(), ana.shows(4), ben.shows(4)])
      expect(ben.paragraphs).toEqual(ana.paragraphs)

      using fresh = new LiveSession(url)
      await Promise.all([fresh.saved(), fresh.shows(4)])
      expect(fresh.paragraphs).toEqual(ana.paragraphs)
      expect(ana.document.position.seq).toBe(4)
    } finally {
      await server[Symbol.asyncDispose]()
    }
  },
  TWO_STARTS_MS,
)

test('S41 people see each other come and go', async () => {
  await using server = await startServer()
  const url = `${server.syncUrl}/presence`
  using ana = new LiveSession(url)
  ana.document.awareness.setLocalState({ name: 'Ana' })
  await ana.saved()
  {
    using ben = new LiveSession(url)
    ben.document.awareness.setLocalState({ name: 'Ben' })
    await Promise.all([ana.sees(['Ana', 'Ben']), ben.sees(['Ana', 'Ben'])])
    ben.document.awareness.setLocalState({ name: 'Benjamin' })
    await ana.sees(['Ana', 'Benjamin'])
    ben.session.leave()
    await ana.sees(['Ana'])
    ben.session.wake()
    await ana.sees(['Ana', 'Benjamin'])
  }
  await ana.sees(['Ana'])
})

test(
  'S42 a server that drains is come back to, and nothing is lost on the way',
  async () => {
    let server = await startServer()
    try {
      using ana = new LiveSession(`${server.syncUrl}/drained`)
      for (let i = 0; i < 50; i++) ana.write(String(i))
      await ana.until(({ pending }) => pending < 50)
      expect((await server.kill('SIGTERM')).code).toBe(0)
      await ana.until(({ kind }) => kind !== 'live')
      expect(ana.session.status.kind).not.toBe('stopped')
      server = await server.restart()
      ana.session.wake()
      await ana.saved()
      expect(ana.paragraphs).toHaveLength(50)
    } finally {
      await server[Symbol.asyncDispose]()
    }
  },
  TWO_STARTS_MS,
)

const NOBODY: Join = {
  session: sessionId('00000000000000a1'),
  kind: 'page',
  schemaVersion: 1,
  offset: null,
  after: null,
}

/** What a channel over a real WebSocket tells, against a server that does `onSocket` with each. */
async function told(
  onSocket: (socket: ServerSocket) => void,
  protocol: string | false = 'vellum',
): Promise<{ readonly events: string[]; readonly offered: string[] }> {
  const http = createServer()
  const offered: string[] = []
  const sockets = new WebSocketServer({
    server: http,
    handleProtocols: (protocols) => {
      offered.push(...protocols)
      return protocol
    },
  })
  sockets.on('connection', onSocket)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const events: string[] = []
  await new Promise<void>((resolve) => {
    const channel: Channel = webSocketCarrier(() => `ws://127.0.0.1:${port}`).open(
      {
        answer: () => undefined,
        heard: () => undefined,
        opened: () => {
          events.push('opened')
          channel.send(Uint8Array.of(1, 2, 3))
        },
        frame: (bytes) => events.push(`frame ${bytes.join()}`),
        closed: (code, reason) => {
          events.push(`closed ${code} ${reason}`)
          resolve()
        },
      },
      NOBODY,
    )
  })
  sockets.close()
  await new Promise((resolve) => http.close(resolve))
  return { events, offered }
}

test('S43 a WebSocket carries one frame a message, both ways, and ends with the code it was given', async () => {
  const { events, offered } = await told((socket) =>
    socket.on('message', (data) => {
      socket.send(data)
      socket.close(4404, 'deleted')
    }),
  )
  expect(offered).toEqual(['vellum'])
  expect(events).toEqual(['opened', 'frame 1,2,3', 'closed 4404 deleted'])
})

test('S43 a connection that breaks ends without a word, and so does a server of another kind', async () => {
  expect((await told((socket) => socket.on('message', () => socket.terminate()))).events).toEqual([
    'opened',
    'closed 1006 ',
  ])
  expect((await told((socket) => socket.send('text'))).events.at(-1)).toBe('closed 1006 a text message')
  const other = await told(() => undefined, false)
  expect(other.events.filter((event) => event.startsWith('closed 1006'))).toHaveLength(1)
  expect(other.events).toHaveLength(1)
})

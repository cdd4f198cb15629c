/**
 * What bystanders notice of an attack: how long their edits wait for an acknowledgement while one goes on, as a ratio
 * to rounds without one, which are taken in between since the machine may be busy with something else.
 *
 *   node tests/performance/under-attack.ts [--rounds 4] [--seconds 5]
 */
import { parseArgs } from 'node:util'
import { deflateRawSync } from 'node:zlib'
import type { Frame } from '#shared/frame.ts'
import { freshSession, WebSocketEnd } from '#tests/carriers/end.ts'
import { Author } from '#tests/carriers/writing.ts'
import { metric } from '#tests/process/bystanders.ts'
import { clientFrame, RawSocket, upgradeRequest } from '#tests/process/raw-socket.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '4' }, seconds: { type: 'string', default: '5' } },
})
const rounds = Number(values.rounds)
const roundMs = Number(values.seconds) * 1000
const TYPING_MS = 40
const PEOPLE = 4

/** Goes on until `isOver`; whatever it opened is closed by then. */
type Attack = (server: ServerProcess, isOver: () => boolean) => Promise<void>

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function sockets(server: ServerProcess, count: number): Promise<RawSocket[]> {
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
      await sleep(250)
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
  const payload = deflateRawSync(Buffer.alloc(64 << 20))
  const bomb = clientFrame({ first: 0xc2, payload })
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
    await sleep(20)
  }
  for (const end of ends) end.cut()
}

const attacks: Readonly<Record<string, Attack>> = {
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

const nobody: Attack = async (_server, isOver) => {
  while (!isOver()) await sleep(50)
}

await using server = await startServer({
  env: { MAX_CHANNELS_PER_ADDRESS: '0', MAX_NEWCOMERS: '1000', LOG_LEVEL: 'error' },
})
const people = await Promise.all(
  Array.from({ length: PEOPLE }, async () => {
    const session = freshSession()
    const end = new WebSocketEnd({ url: server.url, document: 'bystanders', sessions: [session] })
    await end.next('step2')
    return { end, session, author: new Author(), number: 0 }
  }),
)

/** Milliseconds from an edit to its acknowledgement, each of this round. */
async function round(attack: Attack): Promise<number[]> {
  const until = performance.now() + roundMs
  const isOver = () => performance.now() >= until
  const attacking = attack(server, isOver)
  const waits: number[] = []
  await Promise.all(
    people.map(async (person) => {
      while (!isOver()) {
        person.number += 1
        const { number, session, end, author } = person
        const begun = performance.now()
        end.send({ type: 'push', session, number, update: author.write('a') })
        await end.next('ack')
        waits.push(performance.now() - begun)
        await sleep(TYPING_MS)
      }
    }),
  )
  await attacking
  return waits
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

await round(nobody)
process.stdout.write(
  `| attack | edits | p50 ms | p99 ms | p99 undisturbed | ratio | memory MB |\n|---|---|---|---|---|---|---|\n`,
)
for (const [name, attack] of Object.entries(attacks)) {
  const disturbed: number[] = []
  const quiet: number[] = []
  let memory = 0
  for (let at = 0; at < rounds; at++) {
    quiet.push(...(await round(nobody)))
    disturbed.push(...(await round(attack)))
    memory = Math.max(memory, await metric(server, 'process_resident_memory_bytes'))
  }
  const [p50, p99, calm] = [quantile(disturbed, 0.5), quantile(disturbed, 0.99), quantile(quiet, 0.99)]
  const cells = [
    name,
    disturbed.length,
    p50.toFixed(1),
    p99.toFixed(1),
    calm.toFixed(1),
    (p99 / calm).toFixed(2),
    memory >> 20,
  ]
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}
for (const { end } of people) end.cut()

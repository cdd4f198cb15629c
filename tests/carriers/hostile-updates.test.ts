/**
 * Updates that nobody honest sends, with their exact bytes, through every door there is: over each carrier as an edit,
 * in a sync and as a push, and over the API. Two people write in another document meanwhile.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Frame } from '#shared/frame.ts'
import { nested, rooted, typed } from '#tests/gate/make.ts'
import { malformed } from '#tests/gate/malformed.ts'
import { Bystanders, metric } from '#tests/process/bystanders.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { type End, ends, freshSession } from './end.ts'

const carriers = Object.keys(ends) as (keyof typeof ends)[]
/** Garbage is collected when it likes: a third of what one of these claims to need would be seen. */
const GROWTH_BYTES = 128 << 20

let server: ServerProcess
let bystanders: Bystanders
let entries: number
let memory: number

beforeAll(async () => {
  server = await startServer({ env: { MAX_CHANNELS_PER_ADDRESS: '0', MAX_REQUESTS_PER_SECOND: '0' } })
  bystanders = new Bystanders(server)
  await bystanders.noticeNothing()
  await write(typed(1, 'hello world'))
})

beforeEach(async () => {
  entries = await metric(server, 'vellum_entries_total')
  memory = await metric(server, 'process_resident_memory_bytes')
})

/** Nothing of it is stored, whoever comes reads what was there, the others went on. */
afterEach(async () => {
  expect(await metric(server, 'vellum_entries_total')).toBe(entries)
  expect((await metric(server, 'process_resident_memory_bytes')) - memory).toBeLessThan(GROWTH_BYTES)
  expect(await read()).toBe('hello world')
  await bystanders.noticeNothing()
})

afterAll(async () => {
  bystanders?.leave()
  await server?.kill('SIGTERM')
  expect(server.stderr).not.toMatch(/"level":"(error|fatal)"|Unhandled|attacked/)
  await server?.[Symbol.asyncDispose]()
})

async function write(update: Uint8Array): Promise<void> {
  const author = new ends.websocket({ url: server.url, document: 'attacked' })
  await author.next('step2')
  author.send({ type: 'update', update })
  await author.next('entries')
  author.cut()
}

/** As somebody reads it who comes anew. */
async function read(): Promise<string> {
  const reader = new ends['long-poll']({ url: server.url, document: 'attacked' })
  await reader.next('step2')
  const doc = new Y.Doc()
  for (const { updates } of reader.of('entries')) for (const update of updates) Y.applyUpdate(doc, update)
  reader.cut()
  return doc.getText('t').toString()
}

/** What came of this frame: the code its channel ended with, the one it was refused with, or 'stays'. */
async function outcome(
  carrier: keyof typeof ends,
  frame: (session: string) => Frame,
): Promise<number | 'stays'> {
  const session = freshSession()
  const end: End = new ends[carrier]({ url: server.url, document: 'attacked', sessions: [session] })
  await end.next('step2')
  end.send(frame(session), { type: 'ping', nonce: 7 })
  await end.until(() => end.of('pong').length > 0).catch(() => undefined)
  const result = end.code ?? end.of('refused')[0]?.code ?? 'stays'
  end.cut()
  return result
}

function everyWay(update: Uint8Array): ((session: string) => Frame)[] {
  return [
    () => ({ type: 'update', update }),
    () => ({ type: 'step2', update }),
    (session) => ({ type: 'push', session: session as ReturnType<typeof freshSession>, number: 1, update }),
  ]
}

/** The status that the API answers this update with. */
async function posted(update: Uint8Array): Promise<number> {
  const url = `${server.url}/v1/documents/attacked/updates`
  const headers = { 'Content-Type': 'application/octet-stream' }
  return (await fetch(url, { method: 'POST', headers, body: new Uint8Array(update) })).status
}

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

describe.each(carriers)('over %s', (carrier) => {
  test('G1 what is no update, or none that may be: 4400, in each way it can come, while others write', async () => {
    for (const [what, hex] of malformed) {
      const outcomes = await Promise.all(everyWay(bytes(hex)).map((frame) => outcome(carrier, frame)))
      expect(outcomes, what).toEqual([4400, 4400, 4400])
    }
  })

  test('G3 too many roots, too deep, too many clients or deletions: 4400 or 4413', async () => {
    const names = Array.from({ length: 40_000 }, (_, i) => `root${i}`)
    for (const update of [rooted(9, names), nested(9, 12_000), manyDeletions(1_000_000)]) {
      const [live = () => never()] = everyWay(update)
      expect([4400, 4413]).toContain(await outcome(carrier, live))
    }
  })

  test.each([
    ['G5 an item at clock 5 of somebody unknown', '01010905840904017800'],
    ['G7 items that wait for each other', '02020900840a000178840a010178020a008409000178840901017800'],
    ['G6 the deletion of what nobody has written yet', '0001090100ffffffff0f'],
    ['G9 known edits again', '01010100040101740168' + '00'],
  ])('%s: nothing is stored, and the channel stays', async (_what, hex) => {
    for (const frame of everyWay(bytes(hex))) expect(await outcome(carrier, frame)).toBe('stays')
  })

  test('G9 known edits with other words: 4409', async () => {
    const [live = () => never()] = everyWay(typed(1, 'ZZZZZ'))
    expect(await outcome(carrier, live)).toBe(4409)
  })
})

describe('over the API', () => {
  test('G1 what is no update, or none that may be: 400, and nothing of it is stored', async () => {
    for (const [what, hex] of malformed) expect(await posted(bytes(hex)), what).toBe(400)
  })

  test('G5 G6 G9 what depends on what is missing, or says otherwise what is known: 409', async () => {
    for (const update of [bytes('0001090100ffffffff0f'), typed(1, 'ZZZZZ')])
      expect(await posted(update)).toBe(409)
  })
})

/** Every second clock of one client, in a delete set without structs. */
function manyDeletions(count: number): Uint8Array {
  const out: number[] = []
  const number = (value: number): void => {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) out.push(128 | (rest & 127))
    out.push(rest)
  }
  for (const value of [0, 1, 1, count]) number(value)
  for (let at = 0; at < count; at++) {
    number(2 * at)
    number(1)
  }
  return Uint8Array.from(out)
}

function never(): never {
  throw new Error('there is a way')
}

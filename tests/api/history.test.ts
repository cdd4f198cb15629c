/** Who changed a document when: sittings out of a log, and what a real server says of one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { guestNames } from '#server/access/names.ts'
import { historyOperations } from '#server/api/history.ts'
import { History } from '#server/api/schemas.ts'
import { Sittings } from '#server/api/sittings.ts'
import { MemoryLog } from '#server/log/memory.ts'
import { seq } from '#shared/id.ts'
import { append, doc, entry, FIRST_EPOCH } from '#tests/log/writing.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { freshId, Program, pathOf, problemIn } from './program.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** Each edit: who, and how long after the one before. */
async function written(edits: readonly (readonly [author: string, afterMs: number])[]) {
  let now = 1_000_000
  const log = new MemoryLog({ wall: () => now })
  const sittings = new Sittings(log)
  const shown = async () => {
    const { head } = await log.outline(doc('a'))
    return (await sittings.of(doc('a'), FIRST_EPOCH, head)).map(
      ({ from, to, authors }) => `${from}–${to} ${[...authors].map((one) => one.join(' ')).join(', ')}`,
    )
  }
  const write = async (author: string, afterMs: number) => {
    now += afterMs
    await append(log, 'a', entry('words', { author }))
  }
  for (const [author, afterMs] of edits) await write(author, afterMs)
  return { shown, write }
}

describe('A18 sittings', () => {
  test('end when nobody writes for ten minutes', async () => {
    const { shown } = await written([
      ['ada', 0],
      ['ada', 9 * MINUTE],
      ['ada', 11 * MINUTE],
    ])
    expect(await shown()).toEqual(['1–2 ada 2', '3–3 ada 1'])
  })

  test('are of those who write at the same time, and of one after the other where they take turns', async () => {
    const { shown } = await written([
      ['ada', 0],
      ['bo', 5 * SECOND],
      ['ada', 5 * SECOND],
      ['bo', 2 * MINUTE],
      ['cy', 2 * MINUTE],
      ['ada', 59 * SECOND],
      ['ada', -5 * MINUTE],
    ])
    expect(await shown()).toEqual(['1–4 ada 2, bo 2', '5–7 cy 1, ada 2'])
  })

  test('go on where they were when the log has grown', async () => {
    const { shown, write } = await written([['ada', 0]])
    expect(await shown()).toEqual(['1–1 ada 1'])
    await write('ada', SECOND)
    await write('bo', 2 * MINUTE)
    expect(await Promise.all([shown(), shown()])).toEqual(Array(2).fill(['1–2 ada 2', '3–3 bo 1']))
    await write('bo', SECOND)
    expect(await shown()).toEqual(['1–2 ada 2', '3–4 bo 2'])
  })

  test('of another epoch are found anew', async () => {
    const log = new MemoryLog({ wall: () => 1_000_000 })
    const sittings = new Sittings(log)
    await append(log, 'a', 'one', 'two')
    expect(await sittings.of(doc('a'), FIRST_EPOCH, seq(2))).toMatchObject([{ from: 1, to: 2 }])
    expect(await sittings.of(doc('a'), FIRST_EPOCH, seq(2))).toHaveLength(1)
    const other = await sittings.of(doc('a'), 'e2' as typeof FIRST_EPOCH, seq(2))
    expect(other).toMatchObject([{ from: 1, to: 2, authors: new Map([['ada', 2]]) }])
  })
})

test('A18 history is read page by page, newest first', async () => {
  let now = 1_000_000
  const log = new MemoryLog({ wall: () => now })
  for (let edits = 0; edits < 10; edits++) {
    now += 6 * MINUTE * (edits % 2 === 0 ? 1 : 2)
    await append(log, 'a', 'words')
  }
  const [operation] = historyOperations({ log, names: guestNames })
  const page = async (query: { limit: number; cursor?: number }) => {
    const answer = await operation?.handle({ document: doc('a'), query } as never)
    const told = History.parse(await answer?.json())
    return [told.sittings.map(({ from, to }) => `${from}–${to}`), told.next]
  }
  expect(await page({ limit: 3 })).toEqual([['10–10', '8–9', '6–7'], '6'])
  expect(await page({ limit: 2, cursor: 6 })).toEqual([['4–5', '2–3'], '2'])
  expect(await page({ limit: 3, cursor: 2 })).toEqual([['1–1'], null])
})

describe('A18 history', () => {
  let server: ServerProcess
  let program: Program
  beforeAll(async () => {
    server = await startServer()
    program = new Program(server)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('says of a document who wrote which positions when', async () => {
    const path = await program.make('one')
    await program.put(path, 'two')
    const { status, json } = await program.get(`${path}/history`)
    const time = expect.stringMatching(/^\d{4}-.*Z$/)
    expect([status, json]).toEqual([
      200,
      {
        sittings: [
          {
            from: 1,
            to: 2,
            begin: time,
            end: time,
            authors: [{ author: 'anonymous', name: null, edits: 2 }],
          },
        ],
        next: null,
      },
    ])
    expect((await program.get(`${path}/history?cursor=1`)).json).toEqual({ sittings: [], next: null })
    expect(problemIn(await program.get(`${path}/history?cursor=x`))).toBe('invalid-request')
    expect(problemIn(await program.get(`${path}/history?limit=5001`))).toBe('invalid-request')
    expect(problemIn(await program.get(`${pathOf(freshId())}/history`))).toBe('document-not-found')
  })
})

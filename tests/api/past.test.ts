/** Far back in a document's history, as programs read it from a real server: quickly, and after entries were merged. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InlineHistory } from '#server/history/inline.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { mergeDocument } from '#server/ops/merging.ts'
import { Metrics } from '#server/ops/metrics.ts'
import { type Seq, seq } from '#shared/id.ts'
import { inTurn } from '#tests/history/people.ts'
import { doc } from '#tests/log/writing.ts'
import { PAPER, writePaper } from '#tests/performance/paper-store.ts'
import { readRecording } from '#tests/process/paper-typing.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Program, pathOf, problemIn } from './program.ts'

const RECORDING = new URL('../fixtures/paper-5000.json.gz', import.meta.url)

let folder: string
let server: ServerProcess | null = null
let program: Program
let head: Seq
/** What it said at some positions before anything was merged. */
const said = new Map<number, string>()
const paper = pathOf(PAPER)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vellum-past-'))
  head = seq(await writePaper(folder, await readRecording(RECORDING)))
  const started = await startServer({ dataDir: folder })
  server = started
  program = new Program(started)
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

interface Detail {
  readonly entries: number
  readonly bytes: number
  readonly milestoneBytes: number
}

async function detail(): Promise<Detail> {
  return (await program.get(paper)).json?.['history'] as Detail
}

function at(position: number) {
  return program.get(`${paper}/content?format=text&at=${position}`)
}

test('A23 a document says what its history takes', async () => {
  const before = await detail()
  expect(before.entries).toBe(head)
  expect(before.bytes).toBeGreaterThan(head * 10)
  expect(before.milestoneBytes).toBe(0)
  const made = await program.make('one')
  expect((await program.get(made)).json?.['history']).toMatchObject({ entries: 1, milestoneBytes: 0 })
})

test('A21 a position is read by what stands before it, and says the same with milestones and without', async () => {
  for (const position of [1, 700, 701, 2_345, 4_200, head]) {
    const told = await at(position)
    expect(told.headers.get('etag')).toBe(`"${position}"`)
    said.set(position, told.text)
  }
  expect(new Set(said.values()).size).toBe(said.size)
})

test('A22 where entries were merged, sittings and snapshots stay, and a position inside reads as the end of its entry', async () => {
  const history = await program.get(`${paper}/history`)
  await program.ask('POST', `${paper}/snapshots`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'kept', seq: 2_345 }),
  })
  const difference = await program.get(`${paper}/diff?from=701&to=2101`)
  const before = await detail()
  await server?.kill('SIGTERM')
  await merge()
  const restarted = await startServer({ dataDir: folder })
  server = restarted
  program = new Program(restarted)

  const after = await detail()
  expect(after.entries).toBeLessThan(before.entries / 20)
  expect(after.bytes).toBeLessThan(before.bytes / 2)
  expect((await program.get(`${paper}/history`)).json).toEqual(history.json)
  expect((await program.get(`${paper}/diff?from=701&to=2101`)).json).toEqual(difference.json)
  const listed = await program.get(`${paper}/snapshots`)
  const snapshots = listed.json?.['snapshots'] as readonly { readonly id: string; readonly seq: number }[]
  expect(snapshots.map((one) => one.seq)).toEqual([2_345])
  const kept = await program.get(`${paper}/snapshots/${snapshots[0]?.id}/content?format=text`)
  expect(kept.text).toBe(said.get(2_345))
  for (const position of [2_345, head]) expect((await at(position)).text).toBe(said.get(position))

  const inside = await at(2_300)
  expect(inside.headers.get('etag')).toBe('"2345"')
  expect(inside.text).toBe(said.get(2_345))
  const added = await program.ask('POST', `${paper}/snapshots`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ seq: 2_300 }),
  })
  expect([added.status, added.json?.['seq']]).toEqual([201, 2_345])
  const refused = await program.put(paper, 'other words', '?base=2300')
  expect([refused.status, problemIn(refused)]).toEqual([409, 'position-merged'])

  const log = await program.get(`${paper}/updates?after=2300&limit=1`)
  const entries = log.json?.['updates'] as readonly { readonly from: number; readonly seq: number }[]
  expect(entries[0]?.from).toBeLessThan(2_300)
  expect(entries[0]?.seq).toBe(2_345)
})

/** What the server does by itself, at once. */
async function merge(): Promise<void> {
  const log = await openSqliteLog({
    folder,
    onFatal: (error) => {
      throw error
    },
  })
  const history = new InlineHistory()
  const document = doc(PAPER)
  const entries = await log.read(document, seq(0), 1 << 30)
  const built = await history.build({ checkpoint: null, entries: inTurn([entries]) })
  await log.putCheckpoint(document, { seq: head, ...built })
  await mergeDocument(
    {
      log,
      history,
      upkeep: new Metrics().upkeep,
      onMerged: () => {},
      isOver: () => false,
      pause: () => Promise.resolve(),
    },
    { document, from: seq(0), before: Number.MAX_SAFE_INTEGER },
  )
  await log.close()
}

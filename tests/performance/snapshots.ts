/** `node tests/performance/snapshots.ts`: what a snapshot costs beside an append, and the history of a long log. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sittings } from '#server/api/sittings.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { type Seq, seq } from '#shared/id.ts'
import { batch, doc, entry, FIRST_EPOCH, snapshot } from '#tests/log/writing.ts'

const ENTRIES = 260_000
const GROUP = 2_000
const ROUNDS = 300
/** About the size of a keystroke. */
const UPDATE = new Uint8Array(30)

const folder = mkdtempSync(join(tmpdir(), 'vellum-snapshots-'))
const log = await openSqliteLog({
  folder,
  onFatal: (error) => {
    throw error
  },
})
for (let head = 0; head < ENTRIES; head += GROUP) {
  const entries = Array.from({ length: GROUP }, (_, index) =>
    entry('', { update: UPDATE, author: (head + index) % 7 < 3 ? 'ada' : 'bo' }),
  )
  await log.commit([batch('long', entries, { head })])
}
await log.commit([batch('short', ['one'])])

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const timesOf = async (run: (round: number) => Promise<unknown>): Promise<readonly number[]> => {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now()
    await run(round)
    times.push(performance.now() - from)
  }
  return times.sort((a, b) => a - b)
}
const told = (name: string, times: readonly number[]): void =>
  say(
    `${name}: median ${times[ROUNDS >> 1]?.toFixed(2)} ms, p95 ${times[Math.floor(ROUNDS * 0.95)]?.toFixed(2)} ms`,
  )
const idOf = (round: number): string => round.toString(16).padStart(16, '0')

// The first pass warms up and is not told.
for (const isTold of [false, true]) {
  let { head } = await log.outline(doc('short'))
  const base = isTold ? ROUNDS : 0
  const rows: Readonly<Record<string, (round: number) => Promise<unknown>>> = {
    append: async () => {
      await log.commit([batch('short', ['one'], { head })])
      head = seq(head + 1)
    },
    [`snapshot of ${ENTRIES} entries`]: (round) =>
      log.snapshots.add(snapshot('long', ENTRIES, { id: idOf(base + round) })),
    'snapshot of one entry': (round) => log.snapshots.add(snapshot('short', 1, { id: idOf(base + round) })),
  }
  for (const [name, run] of Object.entries(rows)) {
    const times = await timesOf(run)
    if (isTold) told(name, times)
  }
}

for (const name of ['first', 'second']) {
  const from = performance.now()
  const found = new Sittings(log)
  await found.of(doc('long'), FIRST_EPOCH, ENTRIES as Seq)
  const firstMs = performance.now() - from
  const again = performance.now()
  await found.of(doc('long'), FIRST_EPOCH, ENTRIES as Seq)
  say(
    `history of ${ENTRIES} entries, ${name} run: ${firstMs.toFixed(0)} ms, again ${(performance.now() - again).toFixed(2)} ms`,
  )
}
await log.close()
rmSync(folder, { recursive: true })

/**
 * `npx node tests/performance/renders.ts [rounds] [seconds]`: how long bystanders wait for their acknowledgements while
 * 50 documents of 10 KB are rendered in a second, beside the same without, in turns. No render is asked for twice; a
 * process of its own asks, so that reading the answers is not part of what the bystanders wait for.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { write } from '#server/content/edit.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { batch } from '#tests/log/writing.ts'
import { startServer } from '#tests/server-process.ts'
import { type Asked, FORMATS } from './asking.ts'
import { paced, typed } from './edits.ts'
import { LightChannel } from './light-channel.ts'
import { quantile } from './report.ts'

const [roundsText = '5', secondsText = '5'] = process.argv.slice(2)
const [rounds, seconds] = [Number(roundsText), Number(secondsText)]
const RENDERS_PER_SECOND = 50
const EDITS_PER_SECOND = 50
const WRITERS = 5
const TEN_KB = 'Ten kilobytes of words that somebody wrote, in paragraphs.\n\n'.repeat(170)
const documents = Math.ceil(((rounds + 1) * seconds * RENDERS_PER_SECOND) / FORMATS.length)
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

const folder = mkdtempSync(join(tmpdir(), 'vellum-renders-'))
const content = {
  format: 'markdown',
  bytes: new TextEncoder().encode(TEN_KB),
  place: { kind: 'whole' },
} as const
const { update } = write({ kind: 'page', updates: [] }, { content, title: null, client: 1, clock: 0 })
if (update === null) throw new Error('nothing was written')
const log = await openSqliteLog({
  folder,
  onFatal: (error) => {
    throw error
  },
})
for (let at = 0; at < documents; at++)
  await log.commit([batch(`page${at}`, [{ update, author: 'ada', push: null }])])
await log.close()

const env = { MAX_UPDATES_PER_SECOND: '0', MAX_REQUESTS_PER_SECOND: '0', LOG_LEVEL: 'warn' }
const server = await startServer({ dataDir: folder, env })
const asking = fork(new URL('./asking.ts', import.meta.url), [server.url, String(RENDERS_PER_SECOND)])
const writers = await Promise.all(
  Array.from({ length: WRITERS }, (_, index) =>
    LightChannel.join({
      syncUrl: server.syncUrl,
      document: 'bystanders',
      number: index + 1,
      onTrouble: (error) => {
        if (!isOver) throw error
      },
    }),
  ),
)
const edits = writers.map((_, index) => typed(index, 2 * (rounds + 1) * seconds * EDITS_PER_SECOND))
let isOver = false
let [edit, rendered] = [0, 0]

/** Latencies of the bystanders' acknowledgements, while `beside` goes on. */
async function bystanders(beside: () => Promise<unknown>): Promise<readonly number[]> {
  for (const writer of writers) writer.latenciesMs = []
  const going = beside()
  await paced(seconds * EDITS_PER_SECOND, EDITS_PER_SECOND, () => {
    const [at, turn] = [edit % WRITERS, Math.floor(edit / WRITERS)]
    const next = edits[at]?.[turn]
    edit += 1
    if (next !== undefined) writers[at]?.push(next)
  })
  await going
  return writers.flatMap(({ latenciesMs }) => latenciesMs)
}

/** Has the other process ask for the next documents. */
async function rendering(): Promise<void> {
  const count = seconds * RENDERS_PER_SECOND
  asking.send({ first: rendered, count } satisfies Asked)
  rendered += count
  await once(asking, 'message')
}

const ratios: number[] = []
const all = { alone: [] as number[], beside: [] as number[] }
for (let round = 0; round <= rounds; round++) {
  const alone = await bystanders(async () => {})
  const beside = await bystanders(rendering)
  // The first round warms up.
  if (round === 0) continue
  const [p99, p99Beside] = [quantile(alone, 0.99), quantile(beside, 0.99)]
  ratios.push(p99Beside / p99)
  all.alone.push(...alone)
  all.beside.push(...beside)
  say(
    `round ${round}: p50 ${quantile(alone, 0.5).toFixed(1)} → ${quantile(beside, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} → ${p99Beside.toFixed(1)} ms, ratio ${(p99Beside / p99).toFixed(2)}`,
  )
}
const [p99, p99Beside] = [quantile(all.alone, 0.99), quantile(all.beside, 0.99)]
say(
  `p99: the median of the rounds' ratios ${quantile(ratios, 0.5).toFixed(2)}; of all ${all.alone.length} and ${all.beside.length} edits ${p99.toFixed(1)} → ${p99Beside.toFixed(1)} ms, ratio ${(p99Beside / p99).toFixed(2)}`,
)
isOver = true
asking.kill()
await server[Symbol.asyncDispose]()
rmSync(folder, { recursive: true, force: true })

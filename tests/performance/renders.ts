/**
 * `npx node tests/performance/renders.ts [rounds] [seconds]`: how long bystanders wait for their acknowledgements while
 * 50 documents of 10 KB are rendered in a second, each after a change, beside the same without, in turns.
 */
import { startServer } from '#tests/server-process.ts'
import { paced, typed } from './edits.ts'
import { LightChannel } from './light-channel.ts'
import { quantile } from './report.ts'

const [roundsText = '5', secondsText = '6'] = process.argv.slice(2)
const [rounds, seconds] = [Number(roundsText), Number(secondsText)]
const RENDERS_PER_SECOND = 50
const EDITS_PER_SECOND = 50
const DOCUMENTS = 50
const TEN_KB = 'Ten kilobytes of words that somebody wrote, in paragraphs.\n\n'.repeat(170)
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

const server = await startServer({
  env: { MAX_UPDATES_PER_SECOND: '0', MAX_REQUESTS_PER_SECOND: '0', LOG_LEVEL: 'warn' },
})
const api = `${server.url}/v1/documents`
const trouble = (error: Error): void => {
  throw error
}
const put = async (path: string, body: string, type: string): Promise<void> => {
  const response = await fetch(`${api}${path}`, { method: 'PUT', headers: { 'content-type': type }, body })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}
for (let index = 0; index < DOCUMENTS; index++)
  await put(`/page${index}`, JSON.stringify({ format: 'markdown', content: TEN_KB }), 'application/json')

const writers = await Promise.all(
  Array.from({ length: 5 }, (_, index) =>
    LightChannel.join({
      syncUrl: server.syncUrl,
      document: 'bystanders',
      number: index + 1,
      onTrouble: trouble,
    }),
  ),
)
const edits = writers.map((_, index) => typed(index, 2 * (rounds + 1) * seconds * EDITS_PER_SECOND))
let next = 0

/** Latencies of the bystanders' acknowledgements, while `beside` goes on. */
async function bystanders(beside: () => Promise<unknown>): Promise<readonly number[]> {
  for (const writer of writers) writer.latenciesMs = []
  const going = beside()
  await paced(seconds * EDITS_PER_SECOND, EDITS_PER_SECOND, () => {
    const [at, turn] = [next % writers.length, Math.floor(next / writers.length)]
    const update = edits[at]?.[turn]
    next += 1
    if (update !== undefined) writers[at]?.push(update)
  })
  await going
  return writers.flatMap(({ latenciesMs }) => latenciesMs)
}

let version = 0
async function rendering(): Promise<void> {
  const asked: Promise<unknown>[] = []
  await paced(seconds * RENDERS_PER_SECOND, RENDERS_PER_SECOND, (index) => {
    // After a change nobody has read it yet: what is kept is of no help.
    version += 1
    asked.push(
      changedAndRead(`/page${index % DOCUMENTS}/content?format=${version % 2 === 0 ? 'html' : 'json'}`),
    )
  })
  await Promise.all(asked)
}
async function changedAndRead(path: string): Promise<void> {
  const [page = ''] = path.slice(1).split('/')
  const name = await fetch(`${api}/${page}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: `version ${version}` }),
  })
  await name.arrayBuffer()
  const response = await fetch(`${api}${path}`)
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
}

const ratios: number[] = []
for (let round = 0; round <= rounds; round++) {
  const alone = await bystanders(async () => {})
  const beside = await bystanders(rendering)
  // The first round warms up.
  if (round === 0) continue
  const [p99, p99Beside] = [quantile(alone, 0.99), quantile(beside, 0.99)]
  ratios.push(p99Beside / p99)
  say(
    `round ${round}: p50 ${quantile(alone, 0.5).toFixed(1)} → ${quantile(beside, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} → ${p99Beside.toFixed(1)} ms, ratio ${(p99Beside / p99).toFixed(2)}`,
  )
}
say(`median ratio of p99: ${quantile(ratios, 0.5).toFixed(2)}`)
await server[Symbol.asyncDispose]()
process.exit()

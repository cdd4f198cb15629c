/**
 * `npx node tests/performance/positions.ts TRACE.json.gz [asked]`: how long reading a long document at random positions
 * of its history takes over HTTP, from the first time on, and its sittings, differences and entries.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { readRecording } from '#tests/process/paper-typing.ts'
import { startServer } from '#tests/server-process.ts'
import { PAPER, writePaper } from './paper-store.ts'
import { quantile } from './report.ts'

const [trace = '', askedText = '300'] = process.argv.slice(2)
const asked = Number(askedText)
const say = (line: string): boolean => process.stdout.write(`${line}\n`)
const folder = mkdtempSync(join(tmpdir(), 'vellum-positions-'))
const head = await writePaper(folder, await readRecording(trace))
const server = await startServer({ dataDir: folder, env: { MAX_REQUESTS_PER_SECOND: '0' } })
const base = `${server.url}/v1/documents/${PAPER}`

/** The same positions in every run. */
let state = 42
const chance = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

async function get(path: string): Promise<{ readonly ms: number; readonly text: string }> {
  const from = performance.now()
  const response = await fetch(`${base}${path}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return { ms: performance.now() - from, text }
}

/** Asks one after the other, and says how long it took, and how much of that was the server's processor time. */
async function measured(name: string, count: number, path: (turn: number) => string): Promise<void> {
  const times: number[] = []
  const before = await metric('process_cpu_seconds_total')
  for (let turn = 0; turn < count; turn++) times.push((await get(path(turn))).ms)
  const cpuMs = ((await metric('process_cpu_seconds_total')) - before) * 1_000
  const [least, p50, p95, most] = [0, 0.5, 0.95, 1].map((share) => quantile(times, share).toFixed(1))
  say(
    `${name}: least ${least} ms, p50 ${p50} ms, p95 ${p95} ms, most ${most} ms; server CPU ${(cpuMs / count).toFixed(1)} ms each (${count} asked)`,
  )
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
}
const memory = async (): Promise<string> => ((await metric('process_resident_memory_bytes')) / 1e6).toFixed(0)

say(`${head} entries; memory at rest ${await memory()} MB`)
const middle = `/content?format=json&at=${head >> 1}`
say(`the first position ever asked for: ${(await get(middle)).ms.toFixed(0)} ms`)
for (let last = -1; last < (await milestoneBytes()); await setTimeout(2_000)) last = await milestoneBytes()
say(
  `milestones take ${((await milestoneBytes()) / 1e6).toFixed(2)} MB beside ${JSON.stringify(await history())}`,
)
for (const format of ['json', 'html', 'text'])
  await measured(
    `content as ${format} at random positions`,
    asked,
    () => `/content?format=${format}&at=${1 + Math.floor(chance() * head)}`,
  )
const from = Math.floor(head * 0.7)
await measured(
  'content as json, a slider moving forward by 200 entries',
  asked,
  (turn) => `/content?format=json&at=${from + turn * 200}`,
)
await measured('differences over 700 entries as html', asked, () => {
  const at = Math.floor(chance() * (head - 700))
  return `/diff?from=${at}&to=${at + 700}&format=html`
})
await measured('the difference from the first entry to the last', 1, () => `/diff?from=0&to=${head}`)
await measured('all sittings, the first time', 1, () => '/history?limit=5000')
await measured('all sittings, again', 10, () => '/history?limit=5000')
await measured(
  'pages of 5,000 entries',
  Math.ceil(head / 5_000),
  (turn) => `/updates?after=${turn * 5_000}&limit=5000`,
)
say(`memory afterwards ${await memory()} MB`)
await server[Symbol.asyncDispose]()
rmSync(folder, { recursive: true, force: true })

interface Detail {
  readonly entries: number
  readonly bytes: number
  readonly milestoneBytes: number
}

async function history(): Promise<Detail> {
  return (JSON.parse((await get('')).text) as { history: Detail }).history
}

async function milestoneBytes(): Promise<number> {
  return (await history()).milestoneBytes
}

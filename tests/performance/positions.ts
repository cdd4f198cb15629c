/**
 * `npx node tests/performance/positions.ts TRACE.json.gz [asked]`: how long reading a long document at random positions
 * of its history takes over HTTP, from the first time on, and its sittings, differences and entries.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRecording } from '#tests/process/paper-typing.ts'
import { startServer } from '#tests/server-process.ts'
import { PAPER, writePaper } from './paper-store.ts'
import { quantile } from './report.ts'

const [trace = '', askedText = '300'] = process.argv.slice(2)
const asked = Number(askedText)
const say = (line: string): boolean => process.stdout.write(`${line}\n`)
const folder = mkdtempSync(join(tmpdir(), 'vellum-positions-'))
const head = await writePaper(folder, await readRecording(trace))
const server = await startServer({ dataDir: folder })
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

function told(name: string, times: readonly number[]): void {
  const [p50, p95, most] = [0.5, 0.95, 1].map((share) => quantile(times, share).toFixed(1))
  say(`${name}: p50 ${p50} ms, p95 ${p95} ms, most ${most} ms (${times.length} asked)`)
}

const memory = async (): Promise<number> =>
  Number(
    /^vellum_process_resident_memory_bytes (\d+)|^process_resident_memory_bytes (\d+)/m
      .exec(await (await fetch(`${server.url}/metrics`)).text())
      ?.slice(1)
      .find((found) => found !== undefined) ?? Number.NaN,
  )

say(`${head} entries; memory at rest ${((await memory()) / 1e6).toFixed(0)} MB`)
say(
  `the first position ever asked for: ${(await get(`/content?format=json&at=${head >> 1}`)).ms.toFixed(0)} ms`,
)
say(`the newest, the first time: ${(await get('/content?format=json')).ms.toFixed(0)} ms`)
for (const format of ['json', 'html', 'text'] as const) {
  const times: number[] = []
  for (let turn = 0; turn < asked; turn++)
    times.push((await get(`/content?format=${format}&at=${1 + Math.floor(chance() * head)}`)).ms)
  told(`content as ${format} at random positions`, times)
}
{
  const times: number[] = []
  const from = Math.floor(head * 0.7)
  for (let turn = 0; turn < asked; turn++)
    times.push((await get(`/content?format=json&at=${from + turn * 200}`)).ms)
  told('content as json, a slider moving forward by 200 entries', times)
}
{
  const times: number[] = []
  for (let turn = 0; turn < asked; turn++) {
    const at = Math.floor(chance() * (head - 700))
    times.push((await get(`/diff?from=${at}&to=${at + 700}&format=html`)).ms)
  }
  told('differences over 700 entries as html', times)
}
{
  const whole = await get(`/diff?from=0&to=${head}`)
  say(`the difference from the first entry to the last: ${whole.ms.toFixed(0)} ms`)
  const first = await get('/history?limit=500')
  const again = await get('/history?limit=500')
  say(`all sittings: ${first.ms.toFixed(0)} ms the first time, ${again.ms.toFixed(1)} ms again`)
  const times: number[] = []
  for (let after = 0; after < head; ) {
    const page = await get(`/updates?after=${after}&limit=5000`)
    times.push(page.ms)
    const { next } = JSON.parse(page.text) as { next: number | null }
    after = next ?? head
  }
  told('pages of 5,000 entries', times)
}
say(`memory afterwards ${((await memory()) / 1e6).toFixed(0)} MB`)
await server[Symbol.asyncDispose]()
rmSync(folder, { recursive: true, force: true })

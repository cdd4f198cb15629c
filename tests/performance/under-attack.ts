/**
 * What bystanders notice of an attack: how long their edits wait for an acknowledgement while one goes on, as a ratio
 * to rounds without one, which are taken in between since the machine may be busy with something else. The attack runs
 * in a process of its own, on the same machine: what it takes of the processor is in the figures.
 *
 *   node tests/performance/under-attack.ts [--rounds 4] [--seconds 5] [--only 'part of a name']
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freshSession, WebSocketEnd } from '#tests/carriers/end.ts'
import { Author } from '#tests/carriers/writing.ts'
import { metric } from '#tests/process/bystanders.ts'
import { startServer } from '#tests/server-process.ts'
import { attacks } from './attacks.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
  },
})
const rounds = Number(values.rounds)
const roundMs = Number(values.seconds) * 1000
const TYPING_MS = 40
const PEOPLE = 4

const pausing = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

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
async function round(attack: string | null): Promise<number[]> {
  const attacking = attack === null ? null : await begin(attack)
  const until = performance.now() + roundMs
  const waits: number[] = []
  await Promise.all(
    people.map(async (person) => {
      while (performance.now() < until) {
        person.number += 1
        const { number, session, end, author } = person
        const begun = performance.now()
        end.send({ type: 'push', session, number, update: author.write('a') })
        await end.next('ack')
        waits.push(performance.now() - begun)
        await pausing(TYPING_MS)
      }
    }),
  )
  await attacking?.over
  return waits
}

async function begin(attack: string): Promise<{ readonly over: Promise<unknown> }> {
  const program = fileURLToPath(new URL('attacks.ts', import.meta.url))
  const child = spawn(process.execPath, [program, attack, String(server.port), String(roundMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const over = once(child, 'close')
  await once(child.stdout, 'data')
  return { over }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

await round(null)
process.stdout.write(
  `| attack | edits | p50 ms | p99 ms | p99 undisturbed | ratio | memory MB |\n|---|---|---|---|---|---|---|\n`,
)
for (const name of Object.keys(attacks).filter((one) => one.includes(values.only))) {
  const disturbed: number[] = []
  const quiet: number[] = []
  let memory = 0
  for (let at = 0; at < rounds; at++) {
    quiet.push(...(await round(null)))
    disturbed.push(...(await round(name)))
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
// What of the memory is the heap's room to grow, and what is kept, shows once nothing happens for a while.
await pausing(20_000)
const rest = (await metric(server, 'process_resident_memory_bytes')) >> 20
const heap = (await metric(server, 'nodejs_heap_size_used_bytes')) >> 20
process.stdout.write(`\nafter 20 s without an attack: ${rest} MB, of it ${heap} MB of heap in use\n`)
for (const { end } of people) end.cut()

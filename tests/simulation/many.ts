/** What the scripts that run many seeds share: the command line, the loop, and what is said of it. */
import { parseArgs } from 'node:util'
import type { Trace } from './trace.ts'

export interface SeededRun {
  readonly trace: Trace
  /** How often what happened; to be read after the run. */
  readonly counts: Readonly<Record<string, number>>
  /** Throws where a promise was not kept. */
  run(): Promise<void>
  /** What led to it, in lines; printed for the first few that fail. */
  readonly story?: readonly string[]
}

/** Of a run of which everything is wanted, and of one of many. */
const ALL_LINES = 1_000_000
const LAST_LINES = 100
const MOST_STORIES = 3
const SAID_EVERY = 500

/**
 * Reads `--seeds N [--from 1] [--seed N]` and runs them, one after the other; prints what fails, for a single seed
 * everything that happened. The process ends with 1 where something failed.
 */
export async function runMany(make: (seed: number, keepLines: number) => SeededRun): Promise<void> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } },
  })
  const isOne = values.seed !== undefined
  const from = Number(values.seed ?? values.from ?? 1)
  const count = isOne ? 1 : Number(values.seeds ?? 100)
  const failing: number[] = []
  const sums: Record<string, number> = {}
  const began = performance.now()
  const seconds = (): string => ((performance.now() - began) / 1_000).toFixed(0)

  for (let seed = from; seed < from + count; seed++) {
    const run = make(seed, isOne ? ALL_LINES : LAST_LINES)
    try {
      await run.run()
    } catch (error) {
      failing.push(seed)
      say(`FAILED seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      if (failing.length <= MOST_STORIES) {
        for (const line of run.story ?? []) say(line)
        for (const line of run.trace.last()) say(`    ${line}`)
      }
    }
    if (isOne) say(`seed ${seed}: trace ${run.trace.hash}, ${run.trace.count} lines`)
    for (const [name, n] of Object.entries(run.counts)) sums[name] = (sums[name] ?? 0) + n
    const done = seed - from + 1
    if (done % SAID_EVERY === 0) say(`${done} seeds, ${failing.length} failed, ${seconds()} s`)
  }

  const { simulatedMs = 0, ...others } = sums
  say(`${count} seeds in ${seconds()} s, ${(simulatedMs / 3_600_000).toFixed(1)} simulated hours`)
  const counts = Object.entries(others).map(([name, n]) => `${name} ${n}`)
  say(counts.join(', '))
  say(`${failing.length} failed${failing.length > 0 ? `: ${failing.join(' ')}` : ''}`)
  process.exitCode = failing.length === 0 ? 0 : 1
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

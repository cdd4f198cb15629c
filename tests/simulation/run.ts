/** `npx node tests/simulation/run.ts --seeds 10000 [--from 1] [--seed N]`: runs many, prints what fails. */
import { parseArgs } from 'node:util'
import { scriptOf } from './script.ts'
import { World } from './world.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } },
})
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

const isOne = values.seed !== undefined
const from = Number(values.seed ?? values.from ?? 1)
const count = isOne ? 1 : Number(values.seeds ?? 100)
const failing: number[] = []
const sums: Record<string, number> = {}
const began = performance.now()
const seconds = (): string => ((performance.now() - began) / 1_000).toFixed(0)

/** Seed and operations for the first few; for a single seed everything that happened. */
function tell(world: World, error: unknown): void {
  const { operations, ...rest } = world.script
  say(`FAILED seed ${rest.seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  if (failing.length > 3) return
  say(JSON.stringify(rest))
  for (const operation of operations) say(`  ${JSON.stringify(operation)}`)
  for (const line of world.trace.last()) say(`    ${line}`)
}

for (let seed = from; seed < from + count; seed++) {
  const world = new World(scriptOf(seed), {}, isOne ? 1_000_000 : 0)
  try {
    await world.run()
    if (isOne) say(`seed ${seed}: trace ${world.trace.hash}, ${world.trace.count} lines`)
  } catch (error) {
    failing.push(seed)
    tell(world, error)
  }
  for (const [name, n] of Object.entries(world.counts)) sums[name] = (sums[name] ?? 0) + n
  const done = seed - from + 1
  if (done % 500 === 0) say(`${done} seeds, ${failing.length} failed, ${seconds()} s`)
}

const { simulatedMs = 0, ...others } = sums
say(`${count} seeds in ${seconds()} s, ${(simulatedMs / 3_600_000).toFixed(1)} simulated hours`)
say(
  Object.entries(others)
    .map(([name, n]) => `${name} ${n}`)
    .join(', '),
)
say(`${failing.length} failed${failing.length > 0 ? `: ${failing.join(' ')}` : ''}`)
process.exitCode = failing.length === 0 ? 0 : 1

/** `npx node tests/simulation/run-device.ts --seeds 10000 [--from 1] [--seed N]`: runs many, prints what fails. */
import { parseArgs } from 'node:util'
import { DeviceRun } from './device-run.ts'

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

for (let seed = from; seed < from + count; seed++) {
  const run = new DeviceRun(seed, {}, isOne ? 1_000_000 : 0)
  try {
    await run.run()
  } catch (error) {
    failing.push(seed)
    say(`FAILED seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    if (isOne) for (const line of run.world.trace.last()) say(`    ${line}`)
  }
  if (isOne) say(`seed ${seed}: trace ${run.world.trace.hash}, ${run.world.trace.count} lines`)
  for (const [name, n] of Object.entries(run.counts)) sums[name] = (sums[name] ?? 0) + n
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

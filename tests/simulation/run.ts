/** `npx node tests/simulation/run.ts --seeds 10000 [--from 1] [--seed N]`: runs many, prints what fails. */
import { parseArgs } from 'node:util'
import { scriptOf } from './script.ts'
import { World } from './world.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } },
})
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

const one = values.seed
const from = Number(one ?? values.from ?? 1)
const count = one === undefined ? Number(values.seeds ?? 100) : 1
const failing: number[] = []
const sum = { acknowledged: 0, shown: 0, crashes: 0, simulatedMs: 0 }
const began = performance.now()

for (let seed = from; seed < from + count; seed++) {
  const world = new World(scriptOf(seed), {}, one === undefined ? 0 : 1_000_000)
  try {
    await world.run()
    if (one !== undefined) say(`seed ${seed}: trace ${world.trace.hash}, ${world.trace.count} lines`)
  } catch (error) {
    failing.push(seed)
    const { operations, ...rest } = world.script
    say(`FAILED seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    if (one !== undefined || failing.length <= 3) {
      say(JSON.stringify(rest))
      for (const operation of operations) say(`  ${JSON.stringify(operation)}`)
      if (one !== undefined) for (const line of world.trace.last()) say(`  ${line}`)
    }
  }
  sum.acknowledged += world.witness.acknowledged
  sum.shown += world.witness.shown
  sum.crashes += world.crashes
  sum.simulatedMs += world.clock.now()
  const done = seed - from + 1
  if (done % 500 === 0)
    say(`${done} seeds, ${failing.length} failed, ${((performance.now() - began) / 1_000).toFixed(0)} s`)
}

const seconds = ((performance.now() - began) / 1_000).toFixed(1)
say(
  `${count} seeds in ${seconds} s: ${(sum.simulatedMs / 3_600_000).toFixed(1)} simulated hours, ` +
    `${sum.crashes} crashes, ${sum.acknowledged} acknowledgements and ${sum.shown} deliveries checked, ` +
    `${failing.length} failed${failing.length > 0 ? `: ${failing.join(' ')}` : ''}`,
)
process.exitCode = failing.length === 0 ? 0 : 1

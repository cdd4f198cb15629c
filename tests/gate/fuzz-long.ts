/** Fuzzes the gate for SECONDS (an argument) from a first SEED (another), and says how much of what there was. */
import { fuzz, noCounts, type Way } from './fuzz.ts'

const [seconds = '60', firstSeed = '1'] = process.argv.slice(2)
const until = performance.now() + Number(seconds) * 1000
const ways: readonly Way[] = ['mutated', 'tame', 'wild']
const totals = Object.fromEntries(ways.map((way) => [way, noCounts()]))
for (let seed = Number(firstSeed); performance.now() < until; seed++) {
  for (const way of ways) {
    for (const kind of ['any', 'page'] as const)
      fuzz({ seed, rounds: way === 'mutated' ? 2_000 : 100, kind, way }, totals[way] ?? noCounts())
  }
}
process.stdout.write(`${JSON.stringify(totals, null, 2)}\n`)

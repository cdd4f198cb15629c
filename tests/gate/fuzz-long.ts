/**
 * Fuzzes the gate and the decoders for SECONDS (an argument) from a first SEED (another), and says how much of what
 * there was. A finding is written down with its seed, and the rest goes on; the exit code is 1 where there was one.
 */
import { fuzz, noCounts, type Way } from './fuzz.ts'
import { fuzzDecoders } from './fuzz-decoders.ts'

const [seconds = '60', firstSeed = '1'] = process.argv.slice(2)
const until = performance.now() + Number(seconds) * 1000
const ways: readonly Way[] = ['mutated', 'tame', 'wild']
const totals = Object.fromEntries(ways.map((way) => [way, noCounts()]))
const decoders = { offered: 0, refused: 0 }
let findings = 0
let seed = Number(firstSeed)
for (; performance.now() < until; seed++) {
  for (const way of ways) {
    for (const kind of ['any', 'page'] as const)
      attempt(() => {
        const rounds = way === 'mutated' ? 2_000 : 100
        fuzz({ seed, rounds, kind, way }, totals[way] ?? noCounts())
      })
  }
  attempt(() => fuzzDecoders(seed, 5_000, decoders))
}
report({ findings, seeds: [Number(firstSeed), seed - 1], ...totals, decoders })
process.exitCode = findings === 0 ? 0 : 1

function attempt(run: () => void): void {
  try {
    run()
  } catch (error) {
    findings += 1
    const cause = error instanceof Error ? error.cause : null
    report({ finding: String(error), cause: cause instanceof Error ? cause.stack : String(cause) })
  }
}

function report(what: object): void {
  process.stdout.write(`${JSON.stringify(what, null, 2)}\n`)
}

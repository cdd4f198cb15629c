/** `node tests/process/kill-loop.ts --rounds 200`: many rounds of kill.test.ts, with one line at the end. */
import { parseArgs } from 'node:util'
import { killRounds } from './kill-rounds.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } })
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds must be a whole number above 0`)

const started = performance.now()
const tally = await killRounds({
  rounds,
  fraction: Math.random,
  onRound: (so) => {
    if (so.rounds % 20 === 0) process.stderr.write(`${so.rounds} rounds, ${so.acknowledged} acknowledged\n`)
  },
})
const seconds = Math.round((performance.now() - started) / 1000)
process.stdout.write(
  `${tally.rounds} kills in ${seconds} s: ${tally.acknowledged} edits acknowledged, ${tally.seen} seen by another client, ` +
    `${tally.lost.length} lost, ${tally.doubled.length} doubled\n`,
)
process.exit(tally.lost.length + tally.doubled.length === 0 && tally.rounds === rounds ? 0 : 1)

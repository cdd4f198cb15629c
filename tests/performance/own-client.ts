/**
 * What Vellum's own dialect costs a server: `node tests/performance/own-client.ts --scenario A,B,C,D --trace FILE`.
 * `--small` is to see that it runs; its figures say nothing. docs/protocol.md has the dialect, ./report.ts the columns.
 */
import { parseArgs } from 'node:util'
import { takeIn } from './big-document.ts'
import { type Crowd, typeTogether } from './many-typing.ts'
import { type Coming, comingTable, type Typing, typingTable } from './report.ts'
import { comeBack } from './returning.ts'

const PAPER = new URL('../fixtures/paper-5000.json.gz', import.meta.url)
const LIMIT_MS = 10 * 60_000

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'A,B,C,D' },
    trace: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
})
const { small } = values
const trouble = Promise.withResolvers<never>()
const onTrouble = trouble.reject
const late = setTimeout(() => onTrouble(new Error('that took too long')), LIMIT_MS)

const typing: Typing[] = []
const coming: Coming[] = []

async function type(crowd: Crowd): Promise<void> {
  typing.push(await typeTogether(crowd, onTrouble))
}

const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  A: async () => {
    const channels = small ? 5 : 100
    const seconds = small ? 1 : 6
    const room = { documents: 1, channels, seconds }
    await type({ ...room, scenario: `A ${channels} in one document, fixed`, writers: 2, perSecond: 20 })
    await type({
      ...room,
      scenario: `A ${channels} in one document, everyone`,
      writers: channels,
      perSecond: 5,
    })
  },
  B: () => {
    const documents = small ? 5 : 500
    const scenario = `B ${documents} documents of 2`
    return type({ scenario, documents, channels: 2, writers: 2, perSecond: 2, seconds: small ? 1 : 10 })
  },
  C: async () => {
    const taken = await takeIn({ trace: values.trace ?? PAPER, rounds: small ? 1 : 5 }, onTrouble)
    typing.push(taken.typing)
    coming.push(...taken.coming)
  },
  D: async () => {
    const size = small ? { documents: 2, channels: 3 } : { documents: 50, channels: 10 }
    coming.push(await comeBack({ ...size, documentBytes: 50_000 }, onTrouble))
  },
}

async function run(): Promise<void> {
  for (const name of values.scenario.split(',')) {
    const scenario = scenarios[name]
    if (scenario === undefined) throw new RangeError(`there is no scenario ${JSON.stringify(name)}`)
    await scenario()
  }
}

const running = run()
// Where one thing fails, the servers of the scenario that was under way end before this process does.
await Promise.race([running, trouble.promise]).finally(() => clearTimeout(late))
if (typing.length > 0) process.stdout.write(typingTable(typing))
if (coming.length > 0) process.stdout.write(comingTable(coming))

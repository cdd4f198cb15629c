/**
 * What each carrier costs a server: `node tests/performance/carriers.ts`. In each document one person types and the
 * others read, at one and the same rate on every carrier. `--small` is to see that it runs; its figures say nothing.
 */
import { parseArgs } from 'node:util'
import { type Carriers, type Cost, costTable, measureCarriers } from './carrier-load.ts'

const LIMIT_MS = 20 * 60_000

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
    'edits-per-second': { type: 'string', default: '1' },
    rows: { type: 'string', default: '' },
    small: { type: 'boolean', default: false },
  },
})
const documents = values.small ? 4 : Number(values.documents)
const seconds = values.small ? 2 : Number(values.seconds)
const perSecond = Number(values['edits-per-second'])

/** Peers of each carrier in each document. */
const rows: Readonly<Record<string, Carriers>> = {
  W: { websocket: 10 },
  H: { 'event-stream': 5, 'long-poll': 5 },
  w: { websocket: 5 },
  e: { 'event-stream': 5 },
  l: { 'long-poll': 5 },
  A: { websocket: 10, 'event-stream': 5, 'long-poll': 5 },
}

const late = Promise.withResolvers<never>()
const timer = setTimeout(() => late.reject(new Error('that took too long')), LIMIT_MS)
const costs: Cost[] = []
for (const name of values.rows === '' ? Object.keys(rows) : values.rows) {
  const carriers = rows[name]
  if (carriers === undefined) throw new RangeError(`there is no row ${JSON.stringify(name)}`)
  const load = { documents, carriers, perSecond, seconds }
  costs.push(...(await Promise.race([measureCarriers(load, late.reject), late.promise])))
}
clearTimeout(timer)
process.stdout.write(costTable(costs))

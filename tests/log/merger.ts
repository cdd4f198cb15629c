/** A process of its own that merges neighbours without pause, for tests that kill it. It prints `merged SEQ` for each. */
import { writeSync } from 'node:fs'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { seq } from '#shared/id.ts'
import { all, bytes, doc, text } from './writing.ts'

const [folder = ''] = process.argv.slice(2)
const log = await openSqliteLog({
  folder,
  onFatal: (error) => {
    throw error
  },
})
for (;;) {
  const entries = (await all(log, 'a')).slice(0, -1)
  if (entries.length < 2) break
  for (let at = 0; at + 1 < entries.length; at += 2) {
    const [one, two] = entries.slice(at, at + 2)
    if (one === undefined || two === undefined) break
    const merge = { from: one.from, seq: two.seq, update: bytes(text(one.update) + text(two.update)) }
    if (!(await log.past.merge(doc('a'), [merge]))) throw new Error(`${one.from} to ${two.seq} were left`)
    writeSync(1, `merged ${seq(two.seq)}\n`)
  }
}
writeSync(1, 'merged all\n')
await log.close()

/**
 * A process of its own that commits without pause, for tests that kill it or take its disk away.
 * It prints one line for everything it was told is saved: `saved DOCUMENT SEQ`. `not saved` waits for a line on stdin.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { NotSaved } from '#server/log/port.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { batch, doc } from './writing.ts'

const DOCUMENTS = ['a', 'b', 'c', 'd', 'e']
const ENTRIES_PER_BATCH = 12
const GAVE_UP = 7

const [folder = ''] = process.argv.slice(2)
const say = (line: string): number => writeSync(1, `${line}\n`)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

const log = await openSqliteLog({
  folder,
  onFatal: (error) => {
    say(`gave up ${error.message}`)
    process.exit(GAVE_UP)
  },
})
const heads = new Map<string, number>()
for (const name of DOCUMENTS) heads.set(name, (await log.outline(doc(name))).head)

for (;;) {
  const group = DOCUMENTS.map((name) => {
    const head = heads.get(name) ?? 0
    const words = Array.from({ length: ENTRIES_PER_BATCH }, (_, index) => `${name}${head + index + 1}`)
    return batch(name, words, { head })
  })
  try {
    for (const [index, result] of (await log.commit(group)).entries()) {
      const name = DOCUMENTS[index] ?? ''
      if (result.kind !== 'committed') throw new Error(`${name} is ${result.kind}`)
      heads.set(name, result.to)
      say(`saved ${name} ${result.to}`)
    }
  } catch (error) {
    if (!(error instanceof NotSaved)) throw error
    say('not saved')
    await lines.next()
  }
}

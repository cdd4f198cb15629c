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
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

/** Written at once, for a line that is still here when the process is killed is no testimony. */
function say(line: string): void {
  let rest = Buffer.from(`${line}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      // The pipe is full: whoever reads it is slower than this.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

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

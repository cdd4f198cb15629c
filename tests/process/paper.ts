/** `node tests/process/paper.ts --trace FILE`: types a whole recorded editing history, with five kills on the way. */
import { parseArgs } from 'node:util'
import { readRecording, typePaper } from './paper-typing.ts'

const { values } = parseArgs({
  options: { trace: { type: 'string' }, kills: { type: 'string', default: '5' } },
})
if (values.trace === undefined)
  throw new RangeError('--trace FILE is needed: a gzipped recording, see tests/fixtures')

const recording = await readRecording(values.trace)
const started = performance.now()
let said = 0
const result = await typePaper({
  recording,
  kills: Number(values.kills),
  onProgress: (edits, kills) => {
    if (edits - said < 20_000) return
    said = edits
    process.stderr.write(`${edits} edits, ${kills} kills\n`)
  },
})
const seconds = Math.round((performance.now() - started) / 1000)
const isEqual = result.finalText === recording.endContent && result.readerText === recording.endContent
process.stdout.write(
  `${result.edits} edits in ${seconds} s, ${result.kills} kills; final text of ${result.finalText.length} bytes ` +
    `${isEqual ? 'is equal to' : 'DIFFERS from'} the recording's\n`,
)
process.exit(isEqual ? 0 : 1)

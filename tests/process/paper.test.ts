import { expect, test } from 'vitest'
import { readRecording, typePaper } from './paper-typing.ts'

test('the beginning of a real paper, typed while the server is killed twice, reads as it was written to the byte', async () => {
  const recording = await readRecording(new URL('../fixtures/paper-5000.json.gz', import.meta.url))
  const result = await typePaper({ recording, kills: 2 })
  expect(result.edits).toBe(5000)
  expect(result.kills).toBe(2)
  expect(result.finalText).toBe(recording.endContent)
  expect(result.readerText).toBe(recording.endContent)
}, 180_000)

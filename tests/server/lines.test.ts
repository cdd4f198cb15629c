import { readFileSync, symlinkSync, unlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lines } from '#server/ops/lines.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vellum-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('lines are added to those of the server before, and only its user may read them', () => {
  const path = join(folder, 'audit', 'lines')
  for (const word of ['one', 'two']) {
    const lines = Lines.file(path, () => expect.fail('it can be written'))
    lines.write(`${word}\n`)
    lines.close()
  }
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
})

test('a line that cannot be written is counted and throws nothing', () => {
  const path = join(folder, 'full')
  symlinkSync('/dev/full', path)
  let dropped = 0
  const lines = Lines.file(path, () => {
    dropped += 1
  })
  lines.write('one\n')
  lines.write('two\n')
  lines.close()
  unlinkSync(path)
  expect(dropped).toBe(2)
})

test('a line reads the same to a program, and shows nothing that turns text around or commands a terminal', () => {
  const path = join(folder, 'turned')
  const lines = Lines.file(path, () => expect.fail('it can be written'))
  const said = { who: 'ana\u202e\u009b31m\u2028\u200b', face: '👩\u200d👧' }
  lines.write(`${JSON.stringify(said)}\n`)
  lines.close()
  const text = readFileSync(path, 'utf8')
  expect(text).not.toMatch(/[\u007f-\u009f\u2028\u202e\u200b]/)
  expect(text).toContain('\\u202e')
  expect(JSON.parse(text)).toEqual(said)
})

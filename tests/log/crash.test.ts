/** Real processes that are killed, whose disk is full, whose flushes fail. */
import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seq } from '#shared/id.ts'
import { tool } from '#tests/tools.ts'
import { Child, missing } from './child.ts'
import { Folder } from './folder.ts'
import { all, append, bytes, doc, text, upTo } from './writing.ts'

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder.stop())

test('what a killed process had called saved is there afterwards, and the next one goes on at once', async () => {
  const saved = new Map<string, number>()
  for (const commits of [1, 7, 41, 60, 113]) {
    const child = new Child(folder.path)
    await child.saves(commits * 5)
    await child.kill()
    for (const [name, position] of child.saved) saved.set(name, position)
    expect(await missing(await folder.open(), saved)).toEqual([])
    await folder.log.close()
  }
  expect(Math.min(...saved.values())).toBeGreaterThan(200 * 12)
})

test('a killed process leaves no half of a group behind', async () => {
  for (let round = 0; round < 3; round++) {
    const child = new Child(folder.path)
    await child.saves(30 + round)
    await child.kill()
    const log = await folder.open()
    const heads = (await log.list(10)).map(({ head }) => head)
    expect(new Set(heads).size).toBe(1)
    await log.close()
  }
})

test('A22 a process killed while it merges leaves the single entries or the merged one, and goes on with the rest', async () => {
  const words = upTo(400).map((at) => `${at} `)
  const first = await folder.open()
  await append(first, 'a', ...words)
  const checkpoint = { seq: seq(400), state: bytes('state'), knowledge: bytes('knowledge') }
  await first.putCheckpoint(doc('a'), checkpoint)
  await first.close()
  let fewest = words.length
  for (const merges of [1, 60]) {
    const child = new Child(folder.path, [], './merger.ts')
    let left = merges
    await child.heard((line) => line.startsWith('merged') && --left <= 0)
    await child.kill()
    const log = await folder.open()
    const entries = await all(log, 'a')
    expect(entries.map(({ update }) => text(update)).join('')).toBe(words.join(''))
    expect(entries.reduce((end, one) => (one.from === end + 1 ? one.seq : Number.NaN), 0)).toBe(400)
    expect(entries.length).toBeLessThanOrEqual(fewest - merges)
    expect(await log.past.sizes(doc('a'))).toMatchObject({ entries: entries.length })
    fewest = entries.length
    await log.close()
  }
})

describe('the disk', () => {
  test('when it is full, nothing is called saved; when it is back, the same commit is saved without a restart', async () => {
    const prlimit = tool('prlimit')
    const child = new Child(folder.path)
    await child.saves(10)
    // A limit on the size of files fails writes as a full disk does, and needs no rights.
    const limit = (bytes: number | 'unlimited'): Buffer =>
      execFileSync(prlimit, ['--pid', String(child.pid), `--fsize=${bytes}:`])
    limit(4_096)
    await child.heard((line) => line === 'not saved')
    const before = new Map(child.saved)
    child.again()
    await child.heard((line) => line === 'not saved')
    expect(child.saved).toEqual(before)
    limit('unlimited')
    child.again()
    await child.saves(100)
    await child.kill()
    expect(await missing(await folder.open(), child.saved)).toEqual([])
  })

  test('when a flush fails, nothing more is called saved and the process is told to end', async () => {
    const strace = tool('strace')
    const flushes = 'trace=fsync,fdatasync'
    const failing = 'inject=fsync,fdatasync:error=EIO:when=25+'
    const child = new Child(folder.path, [
      strace,
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      flushes,
      '-e',
      failing,
    ])
    const lastWords = await child.heard((line) => line.startsWith('gave up'))
    expect(await child.exit()).toBe(7)
    expect(lastWords).toMatch(/disk I\/O error/)
    expect(child.said.at(-1)).toBe(lastWords)
    expect(child.said.filter((line) => line === 'not saved')).toEqual([])
    expect(child.saved.size).toBe(5)
    expect(await missing(await folder.open(), child.saved)).toEqual([])
  })
})

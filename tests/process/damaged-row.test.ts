import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { metric } from './bystanders.ts'
import { RawChannel } from './raw-channel.ts'
import { readWords, Typist } from './typist.ts'

async function write(server: ServerProcess, document: string): Promise<void> {
  const typist = await Typist.sit(server.syncUrl, document, document)
  for (let i = 0; i < 3; i++) typist.type()
  await typist.acknowledgedOr(3)
  typist.channel.close()
}

/** Changes one byte of a stored edit that holds this word, as a bad disk might. */
async function damage(folder: string, word: string): Promise<void> {
  let found = 0
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const bytes = await readFile(path)
    for (let at = bytes.indexOf(word); at !== -1; at = bytes.indexOf(word, at + 1)) {
      bytes[at] = (bytes[at] ?? 0) ^ 1
      found++
    }
    await writeFile(path, bytes)
  }
  if (found === 0) throw new Error(`no file holds ${word}`)
}

test('a stored edit that changed on the disk closes its document with 4503, and no other', async () => {
  const first = await startServer()
  await write(first, 'whole')
  await write(first, 'broken')
  await first.kill('SIGTERM')
  await damage(first.dataDir, 'broken-3')
  await using server = await first.restart()
  const channel = await RawChannel.open(server.syncUrl, 'broken')
  expect((await channel.closed).code).toBe(4503)
  expect(await readWords(server.syncUrl, 'whole')).toHaveLength(3)
  expect(await metric(server, 'vellum_damaged_total')).toBeGreaterThan(0)
  expect(server.stderr).toContain('"mark"')
  expect(server.stderr).not.toContain('broken')
})

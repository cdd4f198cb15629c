import { once } from 'node:events'
import { watch } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Program, pathOf } from '#tests/api/program.ts'
import { removeFolder, startServer, temporaryFolder } from '#tests/server-process.ts'
import { start, vellum } from './vellum.ts'

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => removeFolder(folder))

test('L10 a copy made while people write is one state with all that was acknowledged before, verifies, and is served', async () => {
  await using server = await startServer()
  const program = new Program(server)
  const path = await program.make('begin', 'written')
  let seq = 1
  let isOver = false
  const write = async (): Promise<void> => {
    for (let edit = 1; !isOver; edit++) {
      const told = await program.put(path, `edit ${edit}`)
      if (told.status !== 200) throw new Error(told.text)
      seq = Number(told.json?.['seq'])
    }
  }
  const writing = write()
  await expect.poll(() => seq).toBeGreaterThan(3)
  const before = seq
  const file = join(folder, 'copy.db')
  const ran = await vellum(['backup', file, '--json'], { DATA_DIR: server.dataDir })
  const after = seq
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(ran.lines).toEqual([{ file, bytes: (await stat(file)).size, access: null }])
  expect(await readdir(folder)).toEqual(['copy.db'])
  // For its owner alone: it holds every document.
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
  await expect.poll(() => seq).toBeGreaterThan(after)
  isOver = true
  await writing

  const verified = await vellum(['verify', file, '--json'])
  expect(verified.lines).toMatchObject([{ documents: 1, wrong: 0 }])
  expect(await readdir(folder)).toEqual(['copy.db'])
  const restored = join(folder, 'restored')
  await mkdir(restored)
  await copyFile(file, join(restored, 'vellum.db'))
  await using again = await startServer({ dataDir: restored })
  const { json } = await new Program(again).get(pathOf('written'))
  expect(Number(json?.['seq'])).toBeGreaterThanOrEqual(before)
  expect(Number(json?.['seq'])).toBeLessThanOrEqual(after + 1)
  expect((await new Program(again).put(pathOf('written'), 'goes on')).status).toBe(200)
})

test('L11 a copy that cannot be made leaves nothing behind and replaces nothing', async () => {
  const dataDir = join(folder, 'large')
  await mkdir(dataDir)
  const server = await startServer({ dataDir })
  await new Program(server).make('words', 'one')
  await server.kill('SIGTERM')
  const out = join(folder, 'out')
  await mkdir(out)
  const there = join(out, 'there.db')
  await writeFile(there, 'mine')
  const refused = await vellum(['backup', there], { DATA_DIR: dataDir })
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain('is there already')
  expect(await readFile(there, 'utf8')).toBe('mine')
  const nowhere = await vellum(['backup', join(out, 'no', 'copy.db')], { DATA_DIR: dataDir })
  expect(nowhere).toMatchObject({ code: 1, stdout: '' })
  expect(nowhere.stderr).toContain('its folder is not there')

  const database = new DatabaseSync(join(dataDir, 'vellum.db'))
  database.exec('CREATE TABLE ballast AS SELECT zeroblob(67108864) AS bytes')
  database.close()
  // Ended in the middle of it, as by Ctrl-C.
  const watcher = watch(out)
  const child = start(['backup', there, '--force'], { DATA_DIR: dataDir })
  const ended = once(child, 'close')
  await once(watcher, 'change')
  watcher.close()
  child.kill('SIGINT')
  await ended
  expect(await readdir(out)).toEqual(['there.db'])
  expect(await readFile(there, 'utf8')).toBe('mine')
})

test('L7 L10 a token of the command line opens what it names, and a copy takes along who was let in', async () => {
  const secret = (await vellum(['token', '--secret'])).stdout.trim()
  await using server = await startServer({ env: { AUTH_SECRET: secret } })
  const env = { DATA_DIR: server.dataDir }
  const stranger = await vellum(['list'], env)
  expect(stranger).toMatchObject({ code: 1, stdout: '' })
  expect(stranger.stderr).toContain('give a token')
  const argv = ['token', '--for', 'ada', '--doc', 'team/*', '--role', 'owner']
  const token = (await vellum(argv, { AUTH_SECRET: secret })).stdout.trim()
  const note = join(folder, 'note.md')
  await writeFile(note, '# A note\n')
  const known = { ...env, VELLUM_TOKEN: token }
  expect((await vellum(['import', note, '--into', 'team'], known)).stdout).toBe('1 imported.\n')
  expect((await vellum(['import', note, '--into', 'others'], known)).code).toBe(1)
  const shared = await fetch(`${server.url}/v1/documents/team%2Fnote/shares`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ role: 'reader' }),
  })
  expect(shared.status).toBe(201)
  const { url }: { url: string } = await shared.json()
  const file = join(folder, 'guarded.db')
  const made = await vellum(['backup', file], env)
  expect(made.code).toBe(0)
  expect(made.stdout).toContain(`sessions and links in ${file}.access`)
  const verified = await vellum(['verify', file])
  expect(verified).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^All is well: .*, sessions and links\.\n$/),
  })

  const restored = join(folder, 'guarded')
  await mkdir(restored)
  await copyFile(file, join(restored, 'vellum.db'))
  await copyFile(`${file}.access`, join(restored, 'access.sqlite'))
  await using again = await startServer({ dataDir: restored, env: { AUTH_SECRET: secret } })
  const link = { VELLUM_URL: again.url, VELLUM_TOKEN: url.split('#token=')[1] ?? '' }
  expect(await vellum(['cat', 'team/note'], link)).toMatchObject({ code: 0, stdout: '# A note\n' })
})

import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { fileNameOf } from '#server/command/file-name.ts'
import { plainLine } from '#shared/plain-line.ts'
import { Program, pathOf } from '#tests/api/program.ts'
import { removeFolder, type ServerProcess, startServer, temporaryFolder } from '#tests/server-process.ts'
import { type Env, type Ran, vellum } from './vellum.ts'

let server: ServerProcess
let program: Program
let folder: string
/** As whoever runs the server has it. */
let env: Env
beforeAll(async () => {
  server = await startServer()
  program = new Program(server)
  folder = await temporaryFolder()
  env = { DATA_DIR: server.dataDir }
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await removeFolder(folder)
})

const ids = ({ lines }: Ran): unknown[] => lines.map(({ id }) => id)

test('L1 documents are reached over the server that runs on the folder, over one that is named, or in the folder', async () => {
  await program.make('# Here', 'reached/here')
  expect(ids(await vellum(['list', '--json'], env))).toContain('reached/here')
  const named = await vellum(['cat', 'reached/here'], { VELLUM_URL: `${server.url}/` })
  expect(named).toMatchObject({ code: 0, stdout: '# Here\n', stderr: '' })

  const own = await startServer({ dataDir: join(folder, 'own') })
  await new Program(own).make('# There', 'there')
  await own.kill('SIGTERM')
  const direct = await vellum(['list', '--data-dir', own.dataDir])
  expect(direct.stdout).toMatch(/^\d{4}-.+Z\tthere\tA title\n$/)
  // Killed, it leaves its address behind, and nobody is there.
  const again = await own.restart()
  await again.kill('SIGKILL')
  expect((await vellum(['cat', 'there'], { DATA_DIR: own.dataDir })).stdout).toBe('# There\n')

  const nowhere = join(folder, 'nowhere')
  const refused = await vellum(['list', '--data-dir', nowhere])
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain(`There are no documents in ${nowhere}`)
  expect(await readdir(folder)).not.toContain('nowhere')
  const silent = await vellum(['list', '--url', 'http://127.0.0.1:1'])
  expect(silent).toMatchObject({ code: 1, stdout: '' })
  expect(silent.stderr).toMatch(/^No server answers at http:\/\/127\.0\.0\.1:1 \(.+\)\.\n$/)
})

test('L2 files become documents by their ending, below their folder; what is there already stays without --force', async () => {
  const notes = join(folder, 'notes')
  await mkdir(join(notes, 'team'), { recursive: true })
  const yjs = new Y.Doc()
  yjs.getText('quill').insert(0, 'from elsewhere')
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'plan.md': '# The *plan*\n\nText.\n',
    'team/page.html': '<title>A &amp; B</title><p>Some <strong>words</strong><script>alert(1)</script></p>',
    'team/plain.txt': 'One.\n\nTwo.\n',
    'data.json': JSON.stringify({ type: 'doc', content: [{ type: 'paragraph' }] }),
    'other.yjs': Y.encodeStateAsUpdate(yjs),
    'picture.png': 'no document',
    '.hidden.md': 'nor this',
    'wrong.json': '{"type": "nothing"}',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(notes, name), content)
  await symlink('/etc', join(notes, 'link'))
  const ran = await vellum(['import', notes, '--into', 'imported', '--json'], env)
  expect(ran.code).toBe(1)
  const outcomes = ran.lines.map(({ id, outcome }) => `${id} ${outcome}`)
  expect(outcomes).toEqual([
    'imported/data made',
    'imported/other made',
    'imported/plan made',
    'imported/team/page made',
    'imported/team/plain made',
    'imported/wrong failed',
  ])
  expect(ran.stderr).toMatch(/wrong\.json: .+/)
  const titles = new Map((await vellum(['list', '--json'], env)).lines.map(({ id, title }) => [id, title]))
  expect(titles.get('imported/plan')).toBe('The plan')
  expect(titles.get('imported/team/page')).toBe('A & B')
  expect(titles.get('imported/team/plain')).toBe('plain')
  const html = await vellum(['cat', 'imported/team/page', '--format', 'html'], env)
  expect(html.stdout).toContain('<strong>words</strong>')
  expect(html.stdout).not.toContain('script')
  expect((await vellum(['cat', 'imported/other', '--format', 'text'], env)).stdout).toBe('from elsewhere\n')

  await writeFile(join(notes, 'plan.md'), '# The *plan*\n\nOther text.\n')
  const again = await vellum(['import', join(notes, 'plan.md'), '--into', 'imported'], env)
  expect(again).toMatchObject({ code: 1, stdout: '0 imported, 1 left as they were.\n' })
  expect(again.stderr).toContain('there is a document imported/plan already')
  expect((await vellum(['cat', 'imported/plan'], env)).stdout).toContain('\nText.')
  const forced = await vellum(['import', join(notes, 'plan.md'), '--into', 'imported', '--force'], env)
  expect(forced).toMatchObject({ code: 0, stdout: '0 imported, 1 written over.\n' })
  expect((await vellum(['cat', 'imported/plan'], env)).stdout).toContain('Other text.')
  // The first text is still in its history.
  expect((await vellum(['cat', 'imported/plan', '--at', '1'], env)).stdout).toContain('\nText.')
})

test('L3 what is exported goes back to where it came from, whatever its ids and titles are; no file is replaced without --force', async () => {
  const named = [
    '../../etc/passwd',
    'a/b\\c:*?"<>|',
    'Ünïcödé 👩‍🚀',
    '-rf',
    'same',
    'same',
    'Same',
    '..',
    '. . .',
  ]
  const reserved = ['CON', 'nul.md', 'COM1', 'Lpt9.tar', 'trailing. .', '~', 'é'.repeat(150), 'x'.repeat(300)]
  // Of the last ones nothing is left that is a title: a control character, and spaces.
  const titles = [...named, ...reserved, 'a\u0000b', '   ']
  const made = titles.map((title, index) => ({ id: `round/${index}/%2e%2e`, title }))
  for (const { id, title } of made) {
    const body = JSON.stringify({
      title,
      format: 'markdown',
      content: `# ${id}\n\n- [ ] ${title.replace(/\W/g, '')}\n`,
    })
    await program.ask('PUT', pathOf(id), { headers: { 'content-type': 'application/json' }, body })
  }
  const other = new Y.Doc()
  other.getMap('map').set('key', 'value')
  await program.ask('PUT', pathOf('round/any'), {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'any',
      format: 'yjs',
      content: Buffer.from(Y.encodeStateAsUpdate(other)).toString('base64'),
    }),
  })
  const out = join(folder, 'out')
  const wanted = [...made.map(({ id }) => id), 'round/any']
  const first = await vellum(['export', out, ...wanted], env)
  expect(first).toMatchObject({ code: 0, stdout: `${wanted.length} exported to ${out}.\n` })
  const names = await readdir(out)
  expect(names).toHaveLength(wanted.length + 1)
  // Where case does not count they are still as many.
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
  for (const name of names) {
    expect(name).not.toMatch(/^[.~-]|[\p{Cc}<>:"/\\|?*]|[. ]$|^(con|nul|com1|lpt9)(\.|$)/iu)
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
    expect((await lstat(join(out, name))).isFile()).toBe(true)
  }
  expect(names.filter((name) => name.startsWith('same-'))).toHaveLength(2)
  expect(await readdir(folder)).not.toContain('etc')

  const refused = await vellum(['export', out, ...wanted], env)
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain('holds an export already')
  const back = await vellum(['import', out, '--into', 'back', '--json'], env)
  expect(back.code).toBe(0)
  const after = new Map((await vellum(['list', '--json'], env)).lines.map((one) => [one['id'], one]))
  for (const { id, title } of made) {
    expect(after.get(`back/${id}`)?.['title']).toBe(plainLine(title))
    expect(await program.markdown(pathOf(`back/${id}`))).toBe(await program.markdown(pathOf(id)))
  }
  expect(after.get('back/round/any')?.['kind']).toBe('any')
  expect((await program.get(`${pathOf('back/round/any')}/content?format=json`)).json).toEqual({
    map: { key: 'value' },
  })
})

test('L3 an export writes through no link, renames what is called otherwise now, and reads no line that leads elsewhere', async () => {
  const out = join(folder, 'linked')
  await mkdir(out)
  const id = 'linked/one'
  await program.make('words', id)
  const victim = join(folder, 'victim')
  await writeFile(victim, 'mine')
  const name = fileNameOf({ id, title: 'A title' }, 'md')
  await symlink(victim, join(out, name))
  const ran = await vellum(['export', out, id, '--json'], env)
  expect(ran.code).toBe(1)
  expect(ran.lines).toEqual([{ id, failed: expect.stringContaining('it is there already') }])
  expect((await vellum(['export', out, id, '--force'], env)).code).toBe(0)
  expect(await readFile(victim, 'utf8')).toBe('mine')
  expect(await readFile(join(out, name), 'utf8')).toBe('words\n')

  await program.ask('PATCH', pathOf(id), {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Another' }),
  })
  expect((await vellum(['export', out, id, '--force'], env)).code).toBe(0)
  const renamed = fileNameOf({ id, title: 'Another' }, 'md')
  expect((await readdir(out)).sort()).toEqual([renamed, 'vellum-export.jsonl'].sort())

  const line = { file: '../victim', id, title: '', kind: 'page', format: 'markdown', seq: 1 }
  await writeFile(join(out, 'vellum-export.jsonl'), `${JSON.stringify(line)}\n`)
  const misled = await vellum(['export', out, id, '--force'], env)
  expect(misled).toMatchObject({ code: 1, stdout: '' })
  expect(misled.stderr).toContain('line 1 is not of an export')
  expect(await readFile(victim, 'utf8')).toBe('mine')
})

test('L4 a snapshot is kept, listed, read and restored by its id or its name', async () => {
  const path = await program.make('first', 'kept')
  const made = await vellum(['snapshot', 'kept', '--name', 'Release 1'], env)
  expect(made.stdout).toMatch(/^[0-9a-f]{16}\n$/)
  const id = made.stdout.trim()
  await program.put(path, 'second')
  const listed = await vellum(['snapshot', 'kept', '--list'], env)
  expect(listed.stdout).toMatch(new RegExp(`^${id}\t1\t\\d{4}-.+Z\tRelease 1\n$`))
  expect((await vellum(['cat', 'kept', '--snapshot', 'Release 1'], env)).stdout).toBe('first\n')
  const restored = await vellum(['restore', 'kept', 'Release 1', '--json'], env)
  expect(await program.markdown(path)).toBe('first\n')
  const undone = await vellum(['restore', 'kept', String(restored.lines[0]?.['kept'])], env)
  expect(undone.stdout).toMatch(/^Restored\. What was there is the snapshot [0-9a-f]{16}: /)
  expect(await program.markdown(path)).toBe('second\n')
  await program.ask('POST', `${path}/snapshots`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Release 1' }),
  })
  const unsure = await vellum(['restore', 'kept', 'Release 1'], env)
  expect(unsure).toMatchObject({ code: 1, stdout: '' })
  expect(unsure.stderr).toContain('Several snapshots are called')
})

test('A3 a document for another editor is made of one update, as it is, and of nothing else', async () => {
  const headers = { 'content-type': 'application/json' }
  const make = (body: object) =>
    program.ask('PUT', pathOf('made/any'), { headers, body: JSON.stringify({ kind: 'any', ...body }) })
  const doc = new Y.Doc()
  doc.clientID = 4711
  doc.getText('any').insert(0, 'words')
  const update = Y.encodeStateAsUpdate(doc)
  const content = Buffer.from(update).toString('base64')
  expect((await make({ format: 'markdown', content: 'text' })).status).toBe(400)
  expect((await make({ format: 'yjs', content, title: 'T' })).status).toBe(400)
  // Bytes that are no update, and an update that says nothing.
  expect((await make({ format: 'yjs', content: 'gICA' })).status).toBe(400)
  expect((await make({ format: 'yjs', content: 'AAA=' })).status).toBe(400)
  expect((await make({ format: 'yjs', content })).status).toBe(201)
  expect((await make({ format: 'yjs', content })).status).toBe(200)
  const log = await program.log(pathOf('made/any'))
  expect(log.map((entry) => entry.update)).toEqual([content])
})

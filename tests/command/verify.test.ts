import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { AccessTables } from '#server/access/sqlite-tables.ts'
import type { StoredSession } from '#server/access/store.ts'
import { checkpointChecksum } from '#server/log/sqlite-format.ts'
import { seq } from '#shared/id.ts'
import { append, doc, entry } from '#tests/log/writing.ts'
import { editsOf, StoreFolder } from './store.ts'
import { type Ran, vellum } from './vellum.ts'

const SNAPSHOT = '00000000000000aa'

let folder: StoreFolder
afterEach(() => folder.stop())

async function wellKept(): Promise<StoreFolder> {
  folder = new StoreFolder()
  await folder.open()
  for (const name of ['first', 'team/second']) {
    const written = await folder.write(name, ['one', 'two', 'three', 'four'], true)
    await folder.checkpoint(written, 2)
    await folder.milestone(written, 1)
    await folder.checkpoint(written, 3)
    await folder.snapshot(written, 2, SNAPSHOT)
  }
  return folder
}

const check = (...more: string[]): Promise<Ran> =>
  vellum(['verify', '--json', ...more], { DATA_DIR: folder.path })

/** Kinds of what was found, by document. */
function kindsOf({ lines }: Ran): Record<string, unknown> {
  const found: Record<string, unknown[]> = {}
  for (const { kind, document } of lines.slice(0, -1)) {
    found[String(document)] ??= []
    found[String(document)]?.push(kind)
  }
  return found
}

test('L8 a store that is well is said to be: every log is read, every state rebuilt, also while it is in use', async () => {
  await wellKept()
  // It lies in the journal alone.
  await append(folder.log, 'third', entry('', { update: editsOf(['five'])[0] ?? new Uint8Array() }))
  const inUse = await check()
  expect(inUse.lines).toEqual([{ documents: 3, entries: 9, states: 6, snapshots: 2, wrong: 0 }])
  expect(inUse.code).toBe(0)
  // Nothing was closed or taken: what writes goes on.
  await folder.write('fourth', ['six'])
  await folder.log.close()
  const closed = await vellum(['verify', '--data-dir', folder.path])
  expect(closed.stdout).toBe('All is well: 4 documents, 10 entries, 6 states rebuilt, 2 snapshots.\n')
})

test('L9 each damage is told with its document and what to do; --repair takes away what can be done without', async () => {
  await wellKept()
  const write = (name: string, isPushed = false) =>
    folder.write(name, ['one', 'two', 'three', `of ${name}`], isPushed)
  const other = editsOf(['ONE', 'two', 'three', 'four'])
  for (const name of ['flipped', 'missing', 'missing-end', 'head']) await write(name)
  await write('pushes', true)
  for (const name of ['damaged-checkpoint', 'ahead']) await folder.checkpoint(await write(name), 4)
  await folder.checkpoint(await write('other-words'), 3, other)
  const otherEdits = await write('other-edits')
  await folder.checkpoint(otherEdits, 3, otherEdits.updates.slice(0, 2))
  await folder.milestone(await write('milestone'), 3)
  await folder.milestone(await write('other-milestone'), 3, other)
  for (const name of ['snapshot-ahead', 'snapshot-damaged'])
    await folder.snapshot(await write(name), 2, SNAPSHOT)
  await folder.scribble('unreadable')
  await folder.log.close()
  folder.meddle((database) => {
    const run = (sql: string, name: string) => {
      const { id } = database.prepare('SELECT id FROM documents WHERE name = ?').get(name) ?? {}
      if (database.prepare(sql).run(id ?? null).changes === 0) throw new Error(`nothing changed of ${name}`)
    }
    run('DELETE FROM runs WHERE document = ? AND seq = 2', 'missing')
    run('UPDATE heads SET seq = seq + 2 WHERE document = ?', 'missing-end')
    run('UPDATE heads SET total = total + 1 WHERE document = ?', 'head')
    run('DELETE FROM pushes WHERE document = ?', 'pushes')
    run("UPDATE checkpoints SET state = x'0000' WHERE document = ?", 'damaged-checkpoint')
    run("UPDATE milestones SET state = x'00' WHERE document = ?", 'milestone')
    database.exec("UPDATE snapshots SET name = 'another' WHERE document = 'snapshot-damaged'")
    database.exec(
      'UPDATE heads SET document = document + 9000 WHERE document = (SELECT max(document) FROM heads)',
    )
    moveCheckpoint(database, 'ahead', 9)
    moveSnapshot(database, 'snapshot-ahead', 9)
  })
  await flip('of flipped')
  const found = await check()
  expect(found.code).toBe(1)
  expect(kindsOf(found)).toEqual({
    flipped: ['entries-damaged'],
    missing: ['entries-missing'],
    'missing-end': ['entries-missing'],
    head: ['head-wrong'],
    pushes: ['pushes-wrong'],
    'damaged-checkpoint': ['checkpoint-damaged'],
    ahead: ['checkpoint-ahead'],
    'other-words': ['checkpoint-differs'],
    'other-edits': ['checkpoint-differs'],
    milestone: ['milestone-damaged'],
    'other-milestone': ['milestone-wrong'],
    'snapshot-ahead': ['snapshot-wrong'],
    'snapshot-damaged': ['snapshot-damaged'],
    // Its head is the one that was made another's.
    unreadable: ['head-wrong', 'entries-unreadable'],
    null: ['orphan'],
  })
  for (const line of found.lines.slice(0, -1)) expect(line['advice']).toMatch(/^[A-Z].+\.$/)
  // Nothing of what is written in them.
  expect(found.stdout).not.toMatch(/ONE|of flipped|nothing of/)
  const repaired = await check('--repair')
  expect(repaired.stderr).toContain('8 taken away')
  const left = ['flipped', 'head', 'missing', 'missing-end', 'null', 'pushes', 'unreadable']
  expect(Object.keys(kindsOf(await check())).sort()).toEqual(left)
})

test('L9 a journal, a page of the file, and a file that is none are told, too', async () => {
  await wellKept()
  await folder.log.close()
  const whole = await readFile(folder.store)
  folder.meddle((database) => database.exec("INSERT INTO journal VALUES (99, '', 1, x'00')"))
  expect(kindsOf(await check())).toEqual({ null: ['journal-damaged'] })
  await writeFile(folder.store, whole)
  // The root of an index: what it says is no page any more.
  const root = folder.meddle((database) =>
    Number(
      database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'snapshots_by_seq'").get()?.[
        'rootpage'
      ],
    ),
  )
  const broken = Buffer.from(await readFile(folder.store))
  broken.fill(0xff, (root - 1) * 4096, (root - 1) * 4096 + 64)
  const copy = join(folder.path, 'broken.db')
  await writeFile(copy, broken)
  const page = await vellum(['verify', copy, '--json'])
  expect(page.lines.map(({ kind }) => kind)).toContain('file-damaged')
  expect(page.code).toBe(1)
  await writeFile(copy, 'SQLite format 4\0'.repeat(300))
  const none = await vellum(['verify', copy])
  expect(none).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `${copy} is damaged or is not a Vellum store.\n`,
  })
})

test('L9 entries that were merged are read like all others; what is wrong of them is told', async () => {
  folder = new StoreFolder()
  await folder.open()
  for (const name of ['well', 'miscounted', 'inside', 'flipped']) {
    const last = `of-${name}`
    const { updates } = await folder.write(name, ['one', 'two', last, 'four', 'five'])
    const merge = { from: seq(1), seq: seq(3), update: Y.mergeUpdates(updates.slice(0, 3)) }
    await folder.checkpoint({ name, updates }, 4)
    expect(await folder.log.past.merge(doc(name), [merge])).toBe(true)
    await folder.milestone({ name, updates }, 3)
    await folder.snapshot({ name, updates }, 3, SNAPSHOT)
  }
  const well = await check()
  expect([well.code, well.lines]).toEqual([
    0,
    [{ documents: 4, entries: 20, states: 8, snapshots: 4, wrong: 0 }],
  ])
  await folder.log.close()
  folder.meddle((database) => {
    const { id } = database.prepare("SELECT id FROM documents WHERE name = 'miscounted'").get() ?? {}
    database.prepare('UPDATE heads SET merged = merged + 1 WHERE document = ?').run(id ?? null)
    moveSnapshot(database, 'inside', 2)
  })
  await flip('of-flipped')
  const found = await check()
  expect(found.code).toBe(1)
  expect(kindsOf(found)).toEqual({
    miscounted: ['head-wrong'],
    inside: ['snapshot-wrong'],
    // The word lies in the checkpoint, too.
    flipped: ['entries-damaged', 'checkpoint-damaged'],
  })
  const said = found.lines.map(({ what }) => String(what)).join()
  expect(said).toContain('how many of its entries were merged')
  expect(said).toContain('where no entry ends')
})

test('L9 what is kept of who may do what is looked at, too: its form, its format, and whose it is', async () => {
  folder = new StoreFolder()
  await folder.open()
  await folder.write('words', ['one'])
  await folder.log.close()
  const path = join(folder.path, 'access.sqlite')
  const tables = new AccessTables(folder.path)
  const grants: StoredSession['grants'] = []
  tables.answer({
    kind: 'putSession',
    session: { id: 'a', guest: 'guest:1', usedAtMs: 1, person: null, grants },
  })
  tables.close()
  const well = await readFile(path)
  const told = async (change: string): Promise<unknown[]> => {
    await writeFile(path, well)
    const database = new DatabaseSync(path)
    database.exec(change)
    database.close()
    const { code, lines } = await check()
    return [code, ...lines.slice(0, -1).map(({ kind, what }) => `${String(kind)}: ${String(what)}`)]
  }
  expect(await told('')).toEqual([0])
  expect(await told('PRAGMA user_version = 1')).toEqual([0])
  expect(await told('PRAGMA user_version = 99')).toEqual([
    1,
    expect.stringMatching(/^access-damaged: .*format 99/),
  ])
  expect(await told('PRAGMA application_id = 7')).toEqual([1, expect.stringContaining('another program')])
  expect(await told("UPDATE session SET grants = 'x'")).toEqual([1, expect.stringContaining('1 sessions')])
  await writeFile(path, Buffer.concat([well.subarray(0, 4096), Buffer.alloc(well.length - 4096, 0xff)]))
  const damaged = await check()
  expect([damaged.code, damaged.lines[0]?.['kind']]).toEqual([1, 'access-damaged'])
  expect(damaged.lines[0]?.['advice']).toMatch(/FILE\.access as access\.sqlite/)
  await writeFile(path, 'not a database'.repeat(1_000))
  expect((await check()).lines[0]).toMatchObject({ kind: 'access-damaged', document: null })
})

/** Changes one bit of a word wherever it lies in the closed store, as a bad disk might. */
async function flip(word: string): Promise<void> {
  const bytes = await readFile(folder.store)
  const at = bytes.indexOf(word)
  if (at === -1) throw new Error(`the store does not hold ${word}`)
  for (let place = at; place !== -1; place = bytes.indexOf(word, place + 1))
    bytes[place] = (bytes[place] ?? 0) ^ 1
  await writeFile(folder.store, bytes)
}

/** With a checksum that matches: no disk did this. */
function moveCheckpoint(database: DatabaseSync, name: string, seq: number): void {
  const row = database
    .prepare(
      'SELECT c.id, document, state, knowledge FROM checkpoints c JOIN documents d ON d.id = document WHERE name = ?',
    )
    .get(name)
  const { id, document, state, knowledge } = row ?? {}
  if (!(state instanceof Uint8Array) || !(knowledge instanceof Uint8Array)) throw new Error('no checkpoint')
  const checksum = checkpointChecksum({ document: Number(document), seq }, state, knowledge)
  database.prepare('UPDATE checkpoints SET seq = ?, checksum = ? WHERE id = ?').run(seq, checksum, Number(id))
}

function moveSnapshot(database: DatabaseSync, document: string, seq: number): void {
  const row = database
    .prepare('SELECT id, time, kind, author, name FROM snapshots WHERE document = ?')
    .get(document)
  const { id, time, kind, author, name } = row ?? {}
  const checksum = crc32(JSON.stringify([document, id, seq, time, kind, author, name]))
  database
    .prepare('UPDATE snapshots SET seq = ?, checksum = ? WHERE document = ?')
    .run(seq, checksum, document)
}

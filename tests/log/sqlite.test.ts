/** What only a log on a disk can get into: other processes, other versions, bytes that changed. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CannotOpen, Damaged, NotSaved } from '#server/log/port.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { seq } from '#shared/id.ts'
import { Child } from './child.ts'
import { Folder } from './folder.ts'
import { all, append, batch, bytes, doc, LAPTOP, pushed, snapshot, texts, upTo } from './writing.ts'

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder.stop())

const fingerprint = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

/** Opens a folder that must not open: the error, and whether the store's bytes stayed as they were. */
async function refusal(
  path = folder.path,
): Promise<{ readonly message: string; readonly untouched: boolean }> {
  const before = fingerprint(folder.store)
  const error = await openSqliteLog({ folder: path, onFatal: () => undefined }).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(CannotOpen)
  const message = error instanceof Error ? error.message : ''
  return { message, untouched: fingerprint(folder.store) === before }
}

test('everything is there after closing and opening again', async () => {
  await folder.open()
  await append(folder.log, 'a', pushed(LAPTOP, 1, 'one'), 'two')
  await folder.log.putCheckpoint(doc('a'), { seq: seq(1), state: bytes('state'), knowledge: bytes('known') })
  await folder.log.putTitle(doc('a'), 'Title')
  const before = [await folder.log.outline(doc('a')), await folder.log.list(5), await all(folder.log, 'a')]
  await folder.reopen()
  expect([await folder.log.outline(doc('a')), await folder.log.list(5), await all(folder.log, 'a')]).toEqual(
    before,
  )
  expect((await folder.log.pushes(doc('a'), { session: LAPTOP, oldest: 1, most: 10 })).size).toBe(1)
  expect(await append(folder.log, 'a', 'three')).toMatchObject({ kind: 'committed', from: 3, to: 3 })
})

test('what was erased is not left where it lay in the file', async () => {
  await folder.open()
  const secret = 'the words nobody may read any more'
  // Too large for the journal, whose pages are written over by what comes next.
  for (const _ of upTo(3)) await append(folder.log, 'a', secret.repeat(5_000))
  await folder.log.putCheckpoint(doc('a'), { seq: seq(3), state: bytes(secret), knowledge: bytes(secret) })
  await folder.log.putTitle(doc('a'), secret)
  await folder.log.snapshots.add(snapshot('a', 3, { name: secret }))
  await append(folder.log, 'b', 'beside')
  await folder.log.delete(doc('a'))
  await folder.log.erase(doc('a'))
  await folder.reopen()
  expect(await texts(folder.log, 'b')).toEqual(['beside'])
  expect((await folder.log.outline(doc('a'))).deleted).toBe(true)
  await folder.log.close()
  expect(readFileSync(folder.store).includes(secret)).toBe(false)
})

test('two checkpoints of a document are kept, no more', async () => {
  await folder.open()
  await append(folder.log, 'a', ...upTo(6).map(String))
  for (const at of [1, 2, 3, 4, 5])
    await folder.log.putCheckpoint(doc('a'), { seq: seq(at), state: bytes('s'), knowledge: bytes('k') })
  await folder.log.close()
  const kept = folder.meddle((database) => database.prepare('SELECT seq FROM checkpoints ORDER BY seq').all())
  expect(kept).toEqual([{ seq: 4 }, { seq: 5 }])
})

describe('opening', () => {
  test('a folder that is not there is made, with the folders above it', async () => {
    const path = join(folder.path, 'deep', 'er')
    const log = await openSqliteLog({ folder: path, onFatal: () => undefined })
    await append(log, 'a', 'one')
    await log.close()
    expect(readFileSync(join(path, 'vellum.db')).length).toBeGreaterThan(0)
  })

  test.each(['/proc/vellum', '/proc/1/vellum', '/dev/null/vellum', '/dev/null'])(
    'a folder that cannot be made is said to be so at once: %s',
    async (path) => {
      const opened = openSqliteLog({ folder: path, onFatal: () => undefined })
      await expect(opened).rejects.toBeInstanceOf(CannotOpen)
      await expect(opened).rejects.toThrow(/^The data folder .* cannot be made|is not a folder\.$/)
    },
  )

  test('a folder another process uses is refused, and free again once that one is killed', async () => {
    const child = new Child(folder.path)
    await child.saves(5)
    const opened = openSqliteLog({ folder: folder.path, onFatal: () => undefined })
    await expect(opened).rejects.toThrow(/^Another process is using the data folder /)
    await expect(opened).rejects.toBeInstanceOf(CannotOpen)
    await child.saves(5)
    await child.kill()
    await folder.open()
    expect((await folder.log.outline(doc('a'))).head).toBeGreaterThan(0)
  })

  test('a store that is newer than the program is refused and not touched', async () => {
    await folder.open()
    await append(folder.log, 'a', 'one')
    await folder.log.close()
    folder.meddle((database) => database.exec('PRAGMA user_version = 4'))
    const { message, untouched } = await refusal()
    expect(message).toMatch(/has format 4; this program knows format 3/)
    expect(untouched).toBe(true)
  })

  test('a store of the first format is brought up to date when it is opened, with everything in it', async () => {
    await folder.open()
    await append(folder.log, 'a', 'one', 'two')
    await folder.log.close()
    folder.meddle((database) =>
      database.exec(`DROP TABLE snapshots; DROP TABLE milestones; ALTER TABLE heads DROP COLUMN merged;
        PRAGMA user_version = 1`),
    )
    await folder.open()
    expect(await texts(folder.log, 'a')).toEqual(['one', 'two'])
    expect(await folder.log.snapshots.add(snapshot('a', 2))).toBe('added')
    await folder.reopen()
    expect(await folder.log.snapshots.list(doc('a'), 10)).toEqual([snapshot('a', 2)])
  })

  test('a file that is no database is refused and not touched', async () => {
    writeFileSync(folder.store, Buffer.alloc(8_192, 'not a database '))
    expect(await refusal()).toMatchObject({ untouched: true, message: expect.stringContaining('damaged') })
  })

  test("another program's database is refused and not touched", async () => {
    folder.meddle((database) => database.exec('CREATE TABLE recipes (name TEXT)'))
    const { message, untouched } = await refusal()
    expect(message).toContain('not a Vellum store')
    expect(untouched).toBe(true)
  })

  test('a store that was cut short, or whose first pages are overwritten, is refused and not touched', async () => {
    await folder.open()
    for (const name of upTo(200)) await append(folder.log, `document ${name}`, 'word '.repeat(20))
    await folder.log.close()
    const whole = readFileSync(folder.store)
    truncateSync(folder.store, 4_096)
    expect(await refusal()).toMatchObject({ untouched: true, message: expect.stringContaining('damaged') })
    const overwritten = Buffer.from(whole)
    overwritten.fill(0xa5, 4_096, 3 * 4_096)
    writeFileSync(folder.store, overwritten)
    expect(await refusal()).toMatchObject({ untouched: true, message: expect.stringContaining('damaged') })
    writeFileSync(folder.store, whole)
    await folder.open()
    expect(await texts(folder.log, 'document 7')).toHaveLength(1)
  })

  test('a folder that cannot be made or written to is refused in plain words', async () => {
    writeFileSync(folder.store, '')
    expect((await refusal(join(folder.store, 'inside'))).message).toMatch(
      /^The data folder .* cannot be made: /,
    )
    mkdirSync(join(folder.path, 'vellum.lock'))
    expect((await refusal()).message).toMatch(/^Nothing can be written to the data folder /)
  })
})

describe('bytes that changed', () => {
  test('a flipped bit closes its document alone', async () => {
    await folder.open()
    await append(folder.log, 'a', 'one', 'two')
    await append(folder.log, 'b', 'one')
    await folder.log.close()
    folder.meddle((database) => {
      const find = "SELECT runs.id, body FROM runs JOIN documents ON documents.id = document WHERE name = 'a'"
      const row = database.prepare(find).get()
      const body = row?.['body']
      if (!(body instanceof Uint8Array)) throw new Error('no run')
      body[body.length - 1] = (body.at(-1) ?? 0) ^ 1
      database.prepare('UPDATE runs SET body = ? WHERE id = ?').run(body, row?.['id'] ?? null)
    })
    await folder.open()
    await expect(all(folder.log, 'a')).rejects.toBeInstanceOf(Damaged)
    expect(await texts(folder.log, 'b')).toEqual(['one'])
    expect((await append(folder.log, 'b', 'two')).kind).toBe('committed')
  })

  test('a run that is gone is damage too, never a shorter document', async () => {
    await folder.open()
    await append(folder.log, 'a', 'one')
    await folder.reopen()
    await append(folder.log, 'a', 'two')
    await folder.log.close()
    folder.meddle((database) => database.exec('DELETE FROM runs WHERE seq = 1'))
    await folder.open()
    await expect(all(folder.log, 'a')).rejects.toBeInstanceOf(Damaged)
  })

  test('a snapshot whose row was changed is damage, and its document stays open', async () => {
    await folder.open()
    await append(folder.log, 'a', 'one', 'two')
    await folder.log.snapshots.add(snapshot('a', 2))
    await folder.log.close()
    folder.meddle((database) => database.exec('UPDATE snapshots SET seq = 1'))
    await folder.open()
    await expect(folder.log.snapshots.get(doc('a'), snapshot('a', 2).id)).rejects.toBeInstanceOf(Damaged)
    expect(await texts(folder.log, 'a')).toEqual(['one', 'two'])
  })

  test('a damaged checkpoint is passed over for the one before it', async () => {
    await folder.open()
    await append(folder.log, 'a', 'one', 'two')
    for (const at of [1, 2])
      await folder.log.putCheckpoint(doc('a'), {
        seq: seq(at),
        state: bytes(`s${at}`),
        knowledge: bytes('k'),
      })
    await folder.log.close()
    folder.meddle((database) => database.exec("UPDATE checkpoints SET state = x'00' WHERE seq = 2"))
    await folder.open()
    expect((await folder.log.checkpoint(doc('a')))?.seq).toBe(1)
  })
})

describe('under the running server', () => {
  const gone = {
    deleted: (): void => unlinkSync(folder.store),
    replaced: (): void => {
      writeFileSync(`${folder.store}.old`, readFileSync(folder.store))
      renameSync(`${folder.store}.old`, folder.store)
    },
    'robbed of its WAL': (): void => unlinkSync(`${folder.store}-wal`),
  }
  for (const [how, meddle] of Object.entries(gone))
    test(`a store that was ${how} ends the process before anything more is called saved`, async () => {
      await folder.open()
      await append(folder.log, 'a', 'one')
      meddle()
      let answered = false
      const answer = (): void => {
        answered = true
      }
      folder.log.commit([batch('a', ['two'], { head: 1 })]).then(answer, answer)
      expect((await folder.ended).message).toContain('deleted or replaced')
      await folder.log.close()
      expect(answered).toBe(false)
    })

  test('while another program holds the write lock nothing is saved; afterwards the same commit is', async () => {
    await folder.open()
    const other = new DatabaseSync(folder.store)
    other.exec('BEGIN IMMEDIATE')
    const group = [batch('a', ['one'])]
    await expect(folder.log.commit(group)).rejects.toBeInstanceOf(NotSaved)
    expect((await folder.log.outline(doc('a'))).head).toBe(0)
    other.exec('ROLLBACK')
    other.close()
    expect((await folder.log.commit(group))[0]?.kind).toBe('committed')
  })
})

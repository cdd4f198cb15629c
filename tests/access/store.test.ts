import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { MemoryAccessStore } from '#server/access/memory-store.ts'
import { pattern } from '#server/access/pattern.ts'
import type { Share } from '#server/access/share.ts'
import { openSqliteAccess } from '#server/access/sqlite-store.ts'
import { type AccessStore, type Grant, type StoredSession, StoreFailed } from '#server/access/store.ts'
import { removeFolder, temporaryFolder } from '#tests/server-process.ts'
import { named } from './stage.ts'

const folders: string[] = []
const open: AccessStore[] = []

afterEach(async () => {
  for (const store of open.splice(0)) await store.close()
  for (const folder of folders.splice(0)) await removeFolder(folder)
})

async function sqliteIn(folder: string): Promise<AccessStore> {
  const store = await openSqliteAccess({
    folder,
    onFatal: (error) => {
      throw error
    },
  })
  open.push(store)
  return store
}

async function freshFolder(): Promise<string> {
  const folder = await temporaryFolder()
  folders.push(folder)
  return folder
}

const stores = {
  memory: async () => new MemoryAccessStore(),
  sqlite: async () => sqliteIn(await freshFolder()),
}

function grant(of: Partial<Grant> = {}): Grant {
  const doc = pattern('team/*')
  if (doc === null) throw new Error('not a pattern')
  const person = { sub: 'ana', name: 'Ana "é', colour: null }
  return { doc, role: 'writer', expiresAtMs: 1_000, person, issuer: 'secret 1', share: null, ...of }
}

function session(id: string, of: Partial<StoredSession> = {}): StoredSession {
  return { id, guest: 'guest:0011223344556677', usedAtMs: 1, person: null, grants: [grant()], ...of }
}

function share(id: string, of: Partial<Share> = {}): Share {
  return {
    id,
    document: named('plan'),
    role: 'reader',
    name: 'for the board',
    by: 'ana',
    createdAtMs: 5,
    expiresAtMs: null,
    revokedAtMs: null,
    ...of,
  }
}

describe.each(Object.entries(stores))('V14 what access keeps, with %s', (_name, make) => {
  test('V14 a session is there as it was put, until it is removed', async () => {
    const store = await make()
    expect(await store.session('a')).toBeNull()
    await store.putSession(session('a'))
    await store.putSession(session('b', { person: { sub: 'bo', name: 'Bo', colour: '#112233' } }))
    expect(await store.session('a')).toEqual(session('a'))
    const more = session('a', {
      grants: [grant(), grant({ expiresAtMs: null, share: '00ff', person: null })],
    })
    await store.putSession(more)
    expect(await store.session('a')).toEqual(more)
    await store.removeSession('a')
    expect(await store.session('a')).toBeNull()
    expect((await store.session('b'))?.person?.sub).toBe('bo')
  })

  test('V14 sessions that are not used, and of the others the longest unused, are forgotten', async () => {
    const store = await make()
    for (const [index, id] of ['a', 'b', 'c', 'd'].entries())
      await store.putSession(session(id, { usedAtMs: index }))
    expect(await store.tidySessions({ usedBeforeMs: 1, most: 2 })).toHaveLength(2)
    expect(
      await Promise.all(['a', 'b', 'c', 'd'].map(async (id) => (await store.session(id)) !== null)),
    ).toEqual([false, false, true, true])
  })

  test('V14 whoever has a link may make sessions without end: guests are forgotten before people', async () => {
    const store = await make()
    const person = { sub: 'bo', name: 'Bo', colour: null }
    await store.putSession(session('long unused', { usedAtMs: 1, person }))
    for (const [index, id] of ['a', 'b', 'c'].entries())
      await store.putSession(session(id, { usedAtMs: 10 + index }))
    expect([...(await store.tidySessions({ usedBeforeMs: 0, most: 2 }))].toSorted()).toEqual(['a', 'b'])
    expect(await store.session('long unused')).not.toBeNull()
  })

  test('V14 a share is found by its id, its token and its document, and changes in its place', async () => {
    const store = await make()
    await store.addShare(share('1'), 'hash 1')
    await store.addShare(share('2', { role: 'writer', expiresAtMs: 9 }), 'hash 2')
    await store.addShare(share('3', { document: named('other') }), 'hash 3')
    expect(await store.share('2')).toEqual(share('2', { role: 'writer', expiresAtMs: 9 }))
    expect(await store.shareOf('hash 1')).toEqual(share('1'))
    expect(await store.shareOf('hash 4')).toBeNull()
    expect((await store.shares(named('plan'))).map(({ id }) => id)).toEqual(['2', '1'])
    await store.putShare(share('1', { role: 'owner', revokedAtMs: 7 }))
    expect(await store.shareOf('hash 1')).toEqual(share('1', { role: 'owner', revokedAtMs: 7 }))
    expect((await store.shares(named('plan'))).map(({ id }) => id)).toEqual(['2', '1'])
  })

  test('A32 the last place for a share of a document is taken once, also by two at the same time', async () => {
    const store = await make()
    const room = { most: 3, endedBeforeMs: 100 }
    await store.addShare(share('ended', { expiresAtMs: 99 }), 'hash a')
    await store.addShare(share('revoked', { revokedAtMs: 1 }), 'hash b')
    await store.addShare(share('elsewhere', { document: named('other') }), 'hash c')
    for (const id of ['1', '2']) expect(await store.addShare(share(id), `hash ${id}`, room)).toBe(true)
    const both = await Promise.all(['3', '4'].map((id) => store.addShare(share(id), `hash ${id}`, room)))
    expect(both.toSorted()).toEqual([false, true])
    expect(await store.shares(named('plan'))).toHaveLength(5)
  })

  test('V14 shares that were revoked or ended before are forgotten, and no others', async () => {
    const store = await make()
    for (const [id, of] of Object.entries({
      revoked: { revokedAtMs: 99 },
      ended: { expiresAtMs: 99 },
      'revoked just now': { revokedAtMs: 100 },
      'ended just now': { expiresAtMs: 100 },
      lasts: {},
    }))
      await store.addShare(share(id, of), `hash ${id}`)
    expect([...(await store.tidyShares(100))].toSorted()).toEqual(['ended', 'revoked'])
    expect(await store.shareOf('hash revoked')).toBeNull()
    expect((await store.shares(named('plan'))).map(({ id }) => id).toSorted()).toEqual(
      ['ended just now', 'lasts', 'revoked just now'].toSorted(),
    )
  })

  test('V15 what people are called is what they were called last', async () => {
    const store = await make()
    const [sub, other] = ['ana "\'[é', '__proto__']
    await store.putName({ sub, name: 'Ana' })
    await store.putName({ sub: other, name: 'Bo' })
    await store.putName({ sub, name: 'Ana Lee' })
    const found = await store.named([sub, other, 'nobody'])
    expect(found.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      { sub, name: 'Ana Lee' },
      { sub: other, name: 'Bo' },
    ])
    expect(await store.named([])).toEqual([])
  })

  test('V16 until when tokens of somebody were taken back is what it was last', async () => {
    const store = await make()
    const [sub, other] = ['ana "\'[é', '__proto__']
    expect(await store.takenBack()).toEqual([])
    await store.takeBack({ sub, untilMs: 5 })
    await store.takeBack({ sub: other, untilMs: 1_790_000_000_123 })
    await store.takeBack({ sub, untilMs: 9 })
    expect((await store.takenBack()).toSorted((a, b) => a.untilMs - b.untilMs)).toEqual([
      { sub, untilMs: 9 },
      { sub: other, untilMs: 1_790_000_000_123 },
    ])
  })

  test('V14 who a guest turned out to be is known once', async () => {
    const store = await make()
    await store.join({ sub: 'ana', guest: 'guest:1' })
    await store.join({ sub: 'ana', guest: 'guest:2' })
    await store.join({ sub: 'bo', guest: 'guest:1' })
    expect((await store.joined()).toSorted((a, b) => a.guest.localeCompare(b.guest))).toEqual([
      { sub: 'bo', guest: 'guest:1' },
      { sub: 'ana', guest: 'guest:2' },
    ])
  })
})

describe('V14 what access keeps on the disk', () => {
  test('V15 a file of the first format is brought up to date, with the names its sessions have', async () => {
    const folder = await freshFolder()
    const before = await sqliteIn(folder)
    const person = (name: string) => ({ sub: 'bo', name, colour: null })
    await before.putSession(session('a', { usedAtMs: 9, person: person('Bo Diddley') }))
    await before.putSession(session('b', { usedAtMs: 1, person: person('Bo') }))
    await before.putSession(session('c'))
    await open.splice(0)[0]?.close()
    const database = new DatabaseSync(join(folder, 'access.sqlite'))
    database.exec('DROP TABLE person; DROP TABLE taken_back; PRAGMA user_version = 1')
    database.close()
    const after = await sqliteIn(folder)
    expect(await after.named(['bo', 'ana'])).toEqual([{ sub: 'bo', name: 'Bo Diddley' }])
    expect(await after.session('c')).toEqual(session('c'))
  })

  test('V16 a file of the second format is brought up to date, with the names it has', async () => {
    const folder = await freshFolder()
    const before = await sqliteIn(folder)
    await before.putName({ sub: 'ana', name: 'Ana Lee' })
    await before.putSession(session('a', { person: { sub: 'ana', name: 'Ana', colour: null } }))
    await open.splice(0)[0]?.close()
    const database = new DatabaseSync(join(folder, 'access.sqlite'))
    database.exec('DROP TABLE taken_back; PRAGMA user_version = 2')
    database.close()
    const after = await sqliteIn(folder)
    expect(await after.takenBack()).toEqual([])
    await after.takeBack({ sub: 'ana', untilMs: 7 })
    expect(await after.takenBack()).toEqual([{ sub: 'ana', untilMs: 7 }])
    expect(await after.named(['ana'])).toEqual([{ sub: 'ana', name: 'Ana Lee' }])
    await open.splice(1)[0]?.close()
    expect(await (await sqliteIn(folder)).takenBack()).toEqual([{ sub: 'ana', untilMs: 7 }])
  })

  test('V14 is there for the next process, and for nobody else of this machine', async () => {
    const folder = await freshFolder()
    const before = await sqliteIn(folder)
    await before.putSession(session('a'))
    await before.addShare(share('1'), 'hash 1')
    await before.join({ sub: 'ana', guest: 'guest:1' })
    await open.splice(0)[0]?.close()
    const after = await sqliteIn(folder)
    expect(await after.session('a')).toEqual(session('a'))
    expect(await after.shareOf('hash 1')).toEqual(share('1'))
    expect(await after.joined()).toEqual([{ sub: 'ana', guest: 'guest:1' }])
    expect((await stat(join(folder, 'access.sqlite'))).mode & 0o077).toBe(0)
  })

  test('V14 that cannot be done is told, and what comes after it is done', async () => {
    const store = await sqliteIn(await freshFolder())
    await store.addShare(share('1'), 'hash 1')
    await expect(store.addShare(share('1'), 'hash 2')).rejects.toBeInstanceOf(StoreFailed)
    expect(await store.share('1')).toEqual(share('1'))
  })

  test('V14 of many at once each is answered by itself: one that cannot be done spoils no other', async () => {
    const store = await sqliteIn(await freshFolder())
    const [first, twice, ...sessions] = await Promise.allSettled([
      store.addShare(share('1'), 'hash 1'),
      store.addShare(share('1'), 'hash 2'),
      ...Array.from({ length: 100 }, (_, at) => store.putSession(session(`${at}`))),
    ])
    expect([first?.status, twice?.status]).toEqual(['fulfilled', 'rejected'])
    expect(sessions.every(({ status }) => status === 'fulfilled')).toBe(true)
    const found = await Promise.all(Array.from({ length: 100 }, (_, at) => store.session(`${at}`)))
    expect(found.filter((one) => one === null)).toEqual([])
  })

  test('V14 a folder that is not there is said in a sentence', async () => {
    await expect(sqliteIn('/nonexistent/vellum')).rejects.toBeInstanceOf(StoreFailed)
  })
})

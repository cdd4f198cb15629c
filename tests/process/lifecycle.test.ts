import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  DidNotStart,
  removeFolder,
  type ServerOptions,
  startServer,
  temporaryFolder,
} from '#tests/server-process.ts'
import { Person } from './people.ts'
import { RawChannel } from './raw-channel.ts'
import { readWords, Typist } from './typist.ts'

const NO_LIMITS = { MAX_UPDATES_PER_SECOND: '0' }
let folder: string

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(() => removeFolder(folder))

async function refusal(options: ServerOptions): Promise<DidNotStart> {
  const started = await startServer(options).catch((error: unknown) => error)
  if (started instanceof DidNotStart) return started
  if (started instanceof Error) throw started
  throw new Error('the server started')
}

/** One line for a person: no stack, no second line of the same. */
function expectSentence({ stderr, stdout }: DidNotStart, words: RegExp): void {
  expect(stderr).toMatch(words)
  expect(stderr).not.toMatch(/\n\s+at |node:internal/)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stdout).not.toContain('http://')
}

/**
 * What the folder holds, as names and hashes. Looking into a database that has a write-ahead log makes SQLite lay its
 * shared memory and an empty log beside it: neither holds anything.
 */
function contents(path: string): string[] {
  const names = readdirSync(path).filter(
    (name) => !name.endsWith('-shm') && statSync(join(path, name)).size > 0,
  )
  const hashOf = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(path, name)))
      .digest('hex')
  return names.sort().map((name) => `${name} ${hashOf(name)}`)
}

/** A store that holds one document with a few words, closed properly. */
async function storeWithWords(): Promise<void> {
  const server = await startServer({ dataDir: folder })
  const typist = await Typist.sit(server.syncUrl, 'kept', 'w')
  for (let i = 0; i < 5; i++) typist.type()
  await typist.acknowledgedOr(5)
  expect((await server.kill('SIGTERM')).code).toBe(0)
}

describe('starting', () => {
  test('PORT=0 picks a free port; one line on standard output has the URL; the page of health answers', async () => {
    await using server = await startServer({ dataDir: folder })
    expect(server.port).toBeGreaterThan(0)
    expect(server.stdout.trim().split('\n')).toHaveLength(1)
    expect(server.stdout).toContain(`http://127.0.0.1:${server.port}`)
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect((await fetch(server.url + path)).status, path).toBe(200)
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('vellum_rooms 0')
  })

  test('flags count more than the environment', async () => {
    await using server = await startServer({
      dataDir: folder,
      env: { HOST: 'nonsense.invalid' },
      flags: ['--host', '127.0.0.1'],
    })
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  test('a port that is taken: a sentence, exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const refused = await refusal({ dataDir: folder, port })
    expect(refused.exit.code).toBe(1)
    expectSentence(refused, new RegExp(`${port}`))
    other.close()
  })

  test('a setting that is malformed or does not exist: a sentence, exit code 2', async () => {
    const malformed = await refusal({ dataDir: folder, env: { MAX_ROOMS: 'many' } })
    expect(malformed.exit.code).toBe(2)
    expectSentence(malformed, /MAX_ROOMS \(--max-rooms\) must be/)
    const unknown = await refusal({ dataDir: folder, flags: ['--prot=1'] })
    expect(unknown.exit.code).toBe(2)
    expectSentence(unknown, /--prot/)
  })

  test('beyond loopback only when told so', async () => {
    const refused = await refusal({ dataDir: folder, env: { HOST: '0.0.0.0' } })
    expect(refused.exit.code).toBe(2)
    expectSentence(refused, /ALLOW_OPEN_NETWORK/)
    await using server = await startServer({
      dataDir: folder,
      env: { HOST: '0.0.0.0', ALLOW_OPEN_NETWORK: 'true' },
    })
    expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200)
  })

  test('a second process on the same folder: a sentence, not 0, and the first goes on saving', async () => {
    await using server = await startServer({ dataDir: folder })
    const refused = await refusal({ dataDir: folder })
    expect(refused.exit.code).toBeGreaterThan(0)
    expectSentence(refused, /another process/i)
    const typist = await Typist.sit(server.syncUrl, 'kept', 'w')
    typist.type()
    await typist.acknowledgedOr(1)
    expect(typist.acknowledged.size).toBe(1)
  })

  test('a store that a newer program wrote: a sentence, and nothing in the folder is touched', async () => {
    await storeWithWords()
    const store = new DatabaseSync(join(folder, 'vellum.db'))
    store.exec('PRAGMA user_version = 999')
    store.close()
    const before = contents(folder)
    const refused = await refusal({ dataDir: folder })
    expect(refused.exit.code).toBeGreaterThan(0)
    expectSentence(refused, /newer program/)
    expect(contents(folder)).toEqual(before)
  })

  test.each([
    [
      'whose start was overwritten',
      (path: string) => writeFile(path, 'not a database at all', { flag: 'r+' }),
    ],
    ['that was cut short', (path: string) => truncate(path, 5000)],
  ])('a store %s: a sentence, and nothing in the folder is touched', async (_how, damage) => {
    await storeWithWords()
    await damage(join(folder, 'vellum.db'))
    const before = contents(folder)
    const refused = await refusal({ dataDir: folder })
    expect(refused.exit.code).toBeGreaterThan(0)
    expectSentence(refused, /damaged/)
    expect(contents(folder)).toEqual(before)
  })
})

describe('stopping', () => {
  test('SIGTERM with 1,000 edits in flight: what arrived is committed, people are told to come back, exit code 0', async () => {
    const server = await startServer({ dataDir: folder, env: NO_LIMITS })
    const typist = await Typist.sit(server.syncUrl, 'kept', 'w')
    const old = await RawChannel.open(server.syncUrl, 'kept', [])
    for (let i = 0; i < 1000; i++) typist.type()
    await typist.acknowledgedOr(1)
    const exit = await server.kill('SIGTERM')
    expect(exit).toEqual({ code: 0, signal: null })
    expect((await typist.channel.closed).code).toBe(4503)
    expect((await old.closed).code).toBe(4503)
    await typist.acknowledgedOr(1000)
    await using again = await startServer({ dataDir: folder, port: server.port })
    const words = new Set(await readWords(again.syncUrl, 'kept'))
    expect([...typist.acknowledged].filter((word) => !words.has(word))).toEqual([])
    expect(typist.acknowledged.size).toBeGreaterThan(0)
    // Nothing is on disk that nobody was told of: what was committed while draining was acknowledged too.
    expect([...words].filter((word) => !typist.acknowledged.has(word))).toEqual([])
  })

  test('SIGTERM while nobody is there: exit code 0, and standard error has no error in it', async () => {
    const server = await startServer({ dataDir: folder })
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(server.stderr).not.toMatch(/"level":"(error|fatal)"/)
  })

  test('SIGINT ends it the same way', async () => {
    const server = await startServer({ dataDir: folder })
    expect(await server.kill('SIGINT')).toEqual({ code: 0, signal: null })
  })

  test('a restart under people who write: they come back by themselves and nothing is missing', async () => {
    const server = await startServer({ dataDir: folder })
    const [ada, bob] = [new Person(server.syncUrl, 'restart'), new Person(server.syncUrl, 'restart')]
    await Promise.all([ada.synced(), bob.synced()])
    ada.type('before ')
    await bob.sees((text) => text === 'before ')
    await server.kill('SIGTERM')
    ada.type('while-away ')
    await using again = await startServer({ dataDir: folder, port: server.port })
    await bob.sees((text) => text === 'before while-away ')
    bob.type('after')
    await ada.sees((text) => text === 'before while-away after')
    expect(again.stderr).not.toMatch(/"level":"(error|fatal)"/)
    ada.leave()
    bob.leave()
  })
})

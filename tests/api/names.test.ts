/** What those who wrote are called, long after they did: told to who may read the document, and to nobody else. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { guestName } from '#server/access/guest-name.ts'
import { makeSecret, makeToken } from '#server/access/making.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { Program, type Told } from './program.ts'

const SECRET = makeSecret()
/** What a token may say, and what may be shown of it. */
const HOSTILE = 'Ada \u202e"><img src=x onerror=alert(1)>'
const CLEAN = 'Ada  "><img src=x onerror=alert(1)>'
const ID = 'team/plan'
const PATH = `/${encodeURIComponent(ID)}`

let server: ServerProcess
beforeAll(async () => {
  server = await startServer({ env: { AUTH_SECRET: SECRET } })
})
afterAll(() => server[Symbol.asyncDispose]())

type As = Record<'authorization', string>

async function as(sub: string, name?: string, doc = 'team/*'): Promise<As> {
  const token = await makeToken({ secret: SECRET, sub, name, doc, role: 'owner', expiresInSeconds: 600 })
  return { authorization: `Bearer ${token}` }
}

function write(who: As, markdown: string): Promise<Told> {
  return new Program(server).put(PATH, markdown, '', who)
}

/** A guest of a link, as what is shown with every request. */
async function guest(owner: As): Promise<As> {
  const { json } = await new Program(server).ask('POST', `${PATH}/shares`, {
    headers: { ...owner, 'content-type': 'application/json' },
    body: '{"role":"writer"}',
  })
  return { authorization: `Bearer ${String(json?.['url']).split('#token=')[1]}` }
}

interface Called {
  readonly author: string
  readonly name: string | null
}

async function called(who: As): Promise<readonly Called[]> {
  const { json } = await new Program(server).get(`${PATH}/history`, who)
  const { sittings } = json as unknown as { sittings: { authors: Called[] }[] }
  return sittings.flatMap(({ authors }) => authors.map(({ author, name }) => ({ author, name })))
}

test('A25 authors are called by the name that was verified last, guests as the server called them; only readers are told', async () => {
  const [ada, bo] = [await as('u-1', HOSTILE), await as('u-2', 'Bo')]
  const made = await new Program(server).ask('PUT', PATH, { headers: ada })
  expect(made.status).toBe(201)
  await write(ada, 'one')
  await write(bo, 'one two')
  await write(await guest(ada), 'one two three')
  const people = await called(bo)
  const other = people.at(-1)?.author ?? ''
  expect(other).toMatch(/^guest:/)
  expect(people).toEqual([
    { author: 'u-1', name: CLEAN },
    { author: 'u-2', name: 'Bo' },
    { author: other, name: guestName(other) },
  ])

  const program = new Program(server)
  const json = await program.get(`${PATH}/diff`, bo)
  expect(json.json?.['changes']).toMatchObject([
    { text: 'one', author: 'u-1', authorName: CLEAN },
    { text: ' two', author: 'u-2', authorName: 'Bo' },
    { text: ' three', author: other, authorName: guestName(other) },
  ])
  expect((await program.get(`${PATH}/diff?format=page`, bo)).json?.['authors']).toEqual(people)
  const html = await program.get(`${PATH}/diff?format=html`, bo)
  expect(html.text).toContain(
    '<ins data-author="u-1" title="Ada  &quot;&gt;&lt;img src=x onerror=alert(1)&gt;">one</ins>',
  )

  const snapshot = await program.ask('POST', `${PATH}/snapshots`, { headers: bo })
  expect(snapshot.json).toMatchObject({ author: 'u-2', authorName: 'Bo' })
  const list = await program.get(`${PATH}/snapshots`, ada)
  expect(list.json?.['snapshots']).toEqual([snapshot.json])

  for (const who of [{}, await as('u-3', 'Cy', 'another')])
    for (const path of ['/history', '/diff', '/diff?format=html', '/snapshots']) {
      const told = await program.get(`${PATH}${path}`, who)
      expect([401, 403]).toContain(told.status)
      expect(told.text).not.toMatch(/Bo|Ada|u-2/)
    }

  // Bo marries; the server is killed; whoever asks is told the new name of everything Bo wrote.
  await program.get(PATH, await as('u-2', 'Bo Diddley'))
  server = await server.restart()
  expect(await called(ada)).toEqual([
    { author: 'u-1', name: CLEAN },
    { author: 'u-2', name: 'Bo Diddley' },
    { author: other, name: guestName(other) },
  ])
})

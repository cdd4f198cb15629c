/** The carriers of a page against the real server: on each of them a session does what it does over a WebSocket. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerProcess, startServer } from '../server-process.ts'
import { LiveSession } from './live.ts'

/** The server starts twice, and a busy machine takes its time for each. */
const TWO_STARTS_MS = 180_000

let shared: ServerProcess

beforeAll(async () => {
  shared = await startServer()
})

afterAll(async () => {
  await shared[Symbol.asyncDispose]()
})

test('S76 people on different carriers write in one page and see each other come and go', async () => {
  const url = `${shared.syncUrl}/team/plan`
  using ana = new LiveSession(url)
  using ben = new LiveSession(url, ['event-stream'])
  using cleo = new LiveSession(url, ['long-poll'])
  const people = { Ana: ana, Ben: ben, Cleo: cleo }
  const everybody = Object.values(people)
  for (const [name, person] of Object.entries(people)) person.document.awareness.setLocalState({ name })
  for (const [at, [name, person]] of Object.entries(people).entries()) {
    person.write(`${name} was here`)
    await person.saved()
    await Promise.all(everybody.map((one) => one.shows(at + 1)))
  }
  expect(ben.paragraphs).toEqual(['Ana was here', 'Ben was here', 'Cleo was here'])
  expect(cleo.paragraphs).toEqual(ben.paragraphs)
  await Promise.all(everybody.map((one) => one.sees(Object.keys(people))))
  expect(ben.session.status).toMatchObject({ kind: 'live', carrier: 'event-stream', pending: 0 })
  expect(cleo.session.status).toMatchObject({ kind: 'live', carrier: 'long-poll', pending: 0 })

  cleo.session.leave()
  await Promise.all([ana.sees(['Ana', 'Ben']), ben.sees(['Ana', 'Ben'])])
  ben.session.close()
  await ana.sees(['Ana'])
})

test(
  'S76 over HTTP what says saved is there after a SIGKILL, and what was written meanwhile follows',
  async () => {
    let server = await startServer()
    try {
      const url = `${server.syncUrl}/killed`
      using ana = new LiveSession(url, ['event-stream'])
      using ben = new LiveSession(url, ['long-poll'])
      const both = [ana, ben]
      for (let i = 0; i < 20; i++) for (const one of both) one.write(`line ${i}`)
      await Promise.all(both.map((one) => one.saved()))
      await server.kill('SIGKILL')
      await Promise.all(both.map((one) => one.until(({ kind }) => kind !== 'live')))
      for (const one of both) one.write('while it was down')
      server = await server.restart()
      for (const one of both) one.session.wake()
      await Promise.all(both.map((one) => one.saved()))
      using fresh = new LiveSession(url)
      await Promise.all([fresh, ...both].map((one) => one.shows(42)))
      for (const one of both) expect(one.paragraphs).toEqual(fresh.paragraphs)
    } finally {
      await server[Symbol.asyncDispose]()
    }
  },
  TWO_STARTS_MS,
)

test('S76 a session that begins on a lower carrier climbs to the WebSocket while somebody writes, and nothing is doubled or missing', async () => {
  const url = `${shared.syncUrl}/climbing`
  using ana = new LiveSession(url, ['websocket', 'event-stream', 'long-poll'], 'long-poll')
  ana.write('one')
  await ana.until(({ kind, pending }) => kind === 'live' && pending === 0)
  expect(ana.session.status).toMatchObject({ carrier: 'long-poll' })
  let more = 0
  const typing = setInterval(() => ana.write(`more ${more++}`), 50)
  await ana.until((status) => status.kind === 'live' && status.carrier === 'websocket')
  clearInterval(typing)
  await ana.saved()
  using fresh = new LiveSession(url)
  await Promise.all([fresh.saved(), fresh.shows(more + 1)])
  expect(fresh.paragraphs).toEqual(ana.paragraphs)
  expect(new Set(fresh.paragraphs).size).toBe(more + 1)
})

/** What two positions of a document differ in, asked of a real server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { LiveSession } from '#tests/session/live.ts'
import { freshId, Program, pathOf, problemIn } from './program.ts'

let server: ServerProcess
let program: Program
beforeAll(async () => {
  server = await startServer()
  program = new Program(server)
})
afterAll(() => server[Symbol.asyncDispose]())

test('A19 programs and people are told what came and went between any two positions', async () => {
  const id = freshId('diff')
  const path = await program.make('# Tides\n\nThe tide comes in.\n', id)
  await program.put(path, '# Tides\n\nThe high tide comes.\n')
  using person = new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
  await person.shows(2)
  person.write('<b>bold</b>')
  await person.saved()
  const { json } = await program.get(`${path}/diff?from=1`)
  const whose = { author: 'anonymous', authorName: null }
  expect(json).toEqual({
    from: 1,
    to: 3,
    changes: [
      { kind: 'inserted', text: 'high ', ...whose, block: 1, type: 'paragraph' },
      { kind: 'deleted', text: ' in', ...whose, block: 1, type: 'paragraph' },
      { kind: 'inserted', text: '<b>bold</b>', ...whose, block: 2, type: 'paragraph' },
    ],
  })
  expect((await program.get(`${path}/diff?from=2&to=2`)).json).toEqual({ from: 2, to: 2, changes: [] })
  const html = await program.get(`${path}/diff?from=2&format=html`)
  expect(html.text).toBe(
    '<h2>Tides</h2>\n<p>The high tide comes.</p>\n<p><ins data-author="anonymous" title="Somebody">&lt;b&gt;bold&lt;/b&gt;</ins></p>\n',
  )
  expect(html.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
})

test('A19 a position that is not there yet, or the wrong way round, is told', async () => {
  const path = await program.make('one')
  expect(problemIn(await program.get(`${path}/diff?to=2`))).toBe('position-ahead')
  expect(problemIn(await program.get(`${path}/diff?from=2`))).toBe('position-ahead')
  expect(problemIn(await program.get(`${path}/diff?from=1&to=0`))).toBe('invalid-request')
  expect(problemIn(await program.get(`${path}/diff?format=text`))).toBe('invalid-request')
  expect(problemIn(await program.get(`${pathOf(freshId())}/diff`))).toBe('document-not-found')
})

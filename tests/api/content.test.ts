/** What documents say, read by programs, on a real server. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { Person } from '#tests/process/people.ts'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { freshId, Program, pathOf, problemIn } from './program.ts'

const WORDS = '# Tides\n\n- [x] **measured**\n- [ ] read ~~again~~\n\n| a | b |\n| - | - |\n| 1 | 2 |\n'

let server: ServerProcess
let program: Program
beforeAll(async () => {
  server = await startServer()
  program = new Program(server)
})
afterAll(() => server[Symbol.asyncDispose]())

describe('A9 content', () => {
  test('is read in every format, named in the query or by Accept', async () => {
    const path = await program.make(WORDS)
    const read = async (query: string, accept = '*/*') => {
      const { status, text, headers } = await program.get(`${path}/content${query}`, { accept })
      return [status, headers.get('content-type'), text.slice(0, 24)]
    }
    expect(await read('?format=markdown')).toEqual([200, 'text/markdown; charset=utf-8', WORDS.slice(0, 24)])
    expect(await read('', 'text/markdown')).toEqual(await read('?format=markdown'))
    expect(await read('', 'text/html, application/json;q=0.5')).toEqual(await read('?format=html'))
    expect((await read('?format=html'))[2]).toBe('<h1>Tides</h1>\n<ul class')
    expect((await read('?format=html&standalone=true'))[2]).toBe('<!doctype html>\n<html>\n<')
    expect((await read('?format=text'))[2]).toBe('Tides\n\nmeasured\nread aga')
    expect(await read('')).toEqual([200, 'application/json', '{"type":"doc","content":'])
    const doc = new Y.Doc()
    Y.applyUpdate(doc, (await program.get(`${path}/content?format=yjs`)).bytes)
    expect(doc.getXmlFragment('prosemirror').length).toBe(3)
    expect(doc.getMap('meta').get('title')).toBe('A title')
    const none = await program.get(`${path}/content`, { accept: 'image/png' })
    expect([none.status, problemIn(none)]).toEqual([406, 'not-acceptable'])
    expect(problemIn(await program.get(`${path}/content?format=docx`))).toBe('invalid-request')
  })

  test('that is HTML can do nothing where it is opened', async () => {
    const { headers } = await program.get(`${await program.make(WORDS)}/content?format=html`)
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('has its position as entity tag, and is not sent to who has it', async () => {
    const path = await program.make(WORDS)
    const { headers } = await program.get(`${path}/content`)
    expect(headers.get('etag')).toBe('"1"')
    for (const tag of ['"1"', 'W/"1"', '"7", "1"', '*']) {
      const again = await program.get(`${path}/content?format=text`, { 'if-none-match': tag })
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', '"1"'])
    }
    await program.put(path, 'other')
    expect((await program.get(`${path}/content?format=text`, { 'if-none-match': '"1"' })).text).toBe(
      'other\n',
    )
  })

  test('is read at any position, and at none that is not there yet', async () => {
    const path = await program.make('one')
    await program.put(path, 'two')
    await program.put(path, 'three')
    const at = async (seq: number | string) =>
      (await program.get(`${path}/content?format=text&at=${seq}`)).text
    expect([await at(1), await at(2), await at(3), await at(0)]).toEqual(['one\n', 'two\n', 'three\n', ''])
    const ahead = await program.get(`${path}/content?at=4`)
    expect([ahead.status, problemIn(ahead), ahead.json?.['detail']]).toEqual([
      400,
      'position-ahead',
      expect.stringContaining('ends at 3'),
    ])
    expect(problemIn(await program.get(`${path}/content?at=-1`))).toBe('invalid-request')
    expect(problemIn(await program.get(`${pathOf(freshId())}/content`))).toBe('document-not-found')
  })

  test('waits for a change for who has it and prefers to wait', async () => {
    const path = await program.make('one')
    const waiting = program.get(`${path}/content?format=text`, { 'if-none-match': '"1"', prefer: 'wait=60' })
    await program.put(path, 'two')
    const told = await waiting
    expect([told.status, told.text, told.headers.get('etag')]).toEqual([200, 'two\n', '"2"'])
    const behind = await program.get(`${path}/content?format=text`, {
      'if-none-match': '"1"',
      prefer: 'wait=60',
    })
    expect(behind.text).toBe('two\n')
    const short = await program.get(`${path}/content`, {
      'if-none-match': '"2"',
      prefer: 'respond-async, wait=1',
    })
    expect(short.status).toBe(304)
  })

  test('of what another editor made is given as json, text and yjs, and is not written', async () => {
    const id = freshId('any')
    const person = new Person(server.syncUrl, encodeURI(id))
    await person.synced()
    person.type('Quill was here')
    person.doc.getMap('settings').set('size', 3)
    const path = pathOf(id)
    await expect
      .poll(async () => (await program.get(`${path}/content?format=text`)).text)
      .toContain('Quill was here')
    await expect
      .poll(async () => (await program.get(`${path}/content`)).json)
      .toEqual({ text: 'Quill was here', settings: { size: 3 } })
    const html = await program.get(`${path}/content?format=html`)
    expect([html.status, problemIn(html)]).toEqual([406, 'not-acceptable'])
    const written = await program.put(path, 'x')
    expect([written.status, problemIn(written)]).toEqual([409, 'not-a-page'])
    expect((await program.get(path)).json?.['kind']).toBe('any')
    person.leave()
  })
})

test('A14 a server that drains answers who waits for a change', async () => {
  await using own = await startServer()
  const path = await new Program(own).make('one')
  const socket = connect(own.port, '127.0.0.1')
  let told = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  const head = `GET /v1/documents${path}/content?format=text HTTP/1.1\r\nHost: 127.0.0.1\r\n`
  // Both in one piece: once the first is answered, the second has begun to wait.
  socket.write(`${head}\r\n${head}If-None-Match: "1"\r\nPrefer: wait=60\r\n\r\n`)
  while (!told.includes('one\n')) await once(socket, 'data')
  expect(told).not.toContain('304 Not Modified')
  const ended = once(socket, 'close')
  const exit = await own.kill('SIGTERM')
  await ended
  expect(told).toContain('HTTP/1.1 304 Not Modified')
  expect(exit.code).toBe(0)
})

/** Programs that write while people type, on a real server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type ServerProcess, startServer } from '#tests/server-process.ts'
import { LiveSession } from '#tests/session/live.ts'
import { freshId, Program, pathOf, problemIn } from './program.ts'

/** Twenty at once on a small machine that does other things, too. */
const PATIENT = { timeout: 240_000 }

let server: ServerProcess
let program: Program
beforeAll(async () => {
  server = await startServer()
  program = new Program(server)
})
afterAll(() => server[Symbol.asyncDispose]())

function openedBy(id: string): LiveSession {
  return new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
}

/** The text of a paragraph, to type in. */
function textAt(person: LiveSession, index: number): Y.XmlText {
  const block = person.document.doc.getXmlFragment('prosemirror').get(index)
  const text: unknown = block instanceof Y.XmlElement ? block.get(0) : null
  if (!(text instanceof Y.XmlText)) throw new Error(`no text in paragraph ${index}`)
  return text
}

function typeBehind(text: Y.XmlText, words: string, added: string): void {
  const at = text
    .toString()
    .replace(/<[^>]*>/g, '')
    .indexOf(words)
  if (at < 0) throw new Error(`"${words}" is not there`)
  text.insert(at + words.length, added)
}

describe('A10 what a program writes', () => {
  test('is on the screens of people, and what they type in the same paragraph stays', async () => {
    const id = freshId('writing')
    const path = await program.make(
      'The quick brown fox jumps over the lazy dog.\n\nAnother paragraph.\n',
      id,
    )
    using person = openedBy(id)
    await person.shows(2)
    await person.saved()
    typeBehind(textAt(person, 0), 'brown', ' and clever')
    typeBehind(textAt(person, 1), 'Another', ' good')
    const told = await program.put(
      path,
      'The slow brown fox leaps over the dog.\n\nIn between.\n\nAnother paragraph.\n',
      '?base=1',
    )
    expect(told.status).toBe(200)
    const merged =
      'The slow brown and clever fox leaps over the dog.\n\nIn between.\n\nAnother good paragraph.\n'
    await expect.poll(() => program.markdown(path)).toBe(merged)
    await expect.poll(() => person.paragraphs.join('\n\n')).toBe(merged.trimEnd())
  })

  test('from an older position keeps what others wrote since', async () => {
    const path = await program.make('# Title\n\none\n')
    await program.put(path, '# Title\n\none\n\ntwo, by somebody else\n')
    const told = await program.put(path, '# A better title\n\none\n', '?base=1')
    expect(told.status).toBe(200)
    expect(await program.markdown(path)).toBe('# A better title\n\none\n\ntwo, by somebody else\n')
    await program.put(path, '# A better title\n\none\n')
    expect(await program.markdown(path)).toBe('# A better title\n\none\n')
    const ahead = await program.put(path, 'x', '?base=9')
    expect([ahead.status, problemIn(ahead)]).toEqual([400, 'position-ahead'])
  })

  test('keeps what others wrote since in blocks it makes others of, moves, divides or leaves out', async () => {
    const met = async (before: string, theirs: string, mine: string) => {
      const path = await program.make(before)
      await program.put(path, theirs)
      expect((await program.put(path, mine, '?base=1')).status).toBe(200)
      return program.markdown(path)
    }
    expect(await met('one para\n\nlast', 'one para with WORDS\n\nlast', '# one para\n\nlast')).toBe(
      '# one para with WORDS\n\nlast\n',
    )
    expect(await met('- one\n- two', '- one and WORDS\n- two', '- [x] one\n- [ ] two')).toBe(
      '- [x] one and WORDS\n- [ ] two\n',
    )
    expect(await met('alpha\n\nbeta\n\ngamma', 'alpha\n\nbeta WORDS\n\ngamma', 'alpha\n\ngamma')).toBe(
      'alpha\n\nbeta WORDS\n\ngamma\n',
    )
  })

  test('that changes nothing is no edit', async () => {
    const path = await program.make('# Same\n\n- a\n- b\n')
    const told = await program.put(path, '# Same\n\n* a\n* b\n')
    expect([told.status, told.json]).toEqual([200, { seq: 1 }])
    expect(await program.log(path)).toHaveLength(1)
  })

  test('is attributed to it, under one client id that goes on counting', async () => {
    const path = await program.make('start')
    for (let count = 1; count <= 20; count++)
      await program.put(path, `start ${count}`, count % 3 === 0 ? `?base=${count - 1}` : '')
    const log = await program.log(path)
    expect(new Set(log.map(({ author }) => author))).toEqual(new Set(['anonymous']))
    const doc = new Y.Doc()
    for (const { update } of log) Y.applyUpdate(doc, Buffer.from(update, 'base64'))
    expect(doc.store.pendingStructs).toBeNull()
    expect([...doc.store.clients.keys()]).toHaveLength(1)
  })

  test('is added at the end, or under a heading', async () => {
    const path = await program.make('# A\n\none\n\n# B\n\ntwo\n')
    const add = (query: string, body: string) =>
      program.ask('POST', `${path}/content${query}`, { headers: { 'content-type': 'text/markdown' }, body })
    expect((await add('', '- three')).status).toBe(200)
    expect((await add('?heading=A', 'more of **A**')).status).toBe(200)
    expect(await program.markdown(path)).toBe('# A\n\none\n\nmore of **A**\n\n# B\n\ntwo\n\n- three\n')
    const missing = await add('?heading=C', 'x')
    expect([missing.status, problemIn(missing)]).toEqual([404, 'heading-not-found'])
  })

  test('by ten programs while ten people type converges, and nothing is lost', PATIENT, async () => {
    const id = freshId('crowd')
    const path = await program.make(
      Array.from({ length: 10 }, (_, index) => `Paragraph ${index}.`).join('\n\n'),
      id,
    )
    const people = Array.from({ length: 10 }, () => openedBy(id))
    await Promise.all(people.map((person) => person.shows(10)))
    await Promise.all(people.map((person) => person.saved()))
    const ROUNDS = 3
    const programs = Array.from({ length: 10 }, async (_, index) => {
      for (let round = 0; round < ROUNDS; round++) {
        const told = await program.ask('POST', `${path}/content?format=markdown`, {
          body: `program ${index} round ${round}`,
        })
        if (told.status !== 200) throw new Error(told.text)
        const read = await program.get(`${path}/content?format=markdown`)
        const changed = read.text.replace(`Paragraph ${index}.`, `Paragraph ${index}!`)
        const written = await program.put(
          path,
          changed,
          `?base=${read.headers.get('etag')?.replaceAll('"', '')}`,
        )
        if (written.status !== 200) throw new Error(written.text)
      }
    })
    const typing = people.map(async (person, index) => {
      for (let round = 0; round < ROUNDS; round++) {
        typeBehind(textAt(person, index), `Paragraph ${index}`, ` p${index}r${round}`)
        person.write(`person ${index} round ${round}`)
        await person.saved()
      }
    })
    await Promise.all([...programs, ...typing])
    await Promise.all(people.map((person) => person.saved()))
    const markdown = await program.markdown(path)
    for (let index = 0; index < 10; index++)
      for (let round = 0; round < ROUNDS; round++)
        for (const words of [
          `program ${index} round ${round}\n`,
          `person ${index} round ${round}\n`,
          ` p${index}r${round}`,
        ])
          expect(markdown.split(words)).toHaveLength(2)
    const shown = markdown.trimEnd().split('\n\n')
    for (const person of people) await expect.poll(() => person.paragraphs).toEqual(shown)
    for (const person of people) person[Symbol.dispose]()
  })
})

describe('A11 If-Match', () => {
  test('lets in only who has read the newest, and writes nothing of others', async () => {
    const path = await program.make('one')
    const written = await Promise.all(
      Array.from({ length: 8 }, (_, index) => program.put(path, `by ${index}`, '', { 'if-match': '"1"' })),
    )
    expect(written.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)])
    expect(new Set(written.filter(({ status }) => status === 412).map(problemIn))).toEqual(
      new Set(['precondition-failed']),
    )
    expect(await program.log(path)).toHaveLength(2)
  })
})

describe('A12 what is not valid content', () => {
  test('is refused with its place, and nothing of it is written', async () => {
    const path = await program.make('as it was')
    const inDoc = (...content: unknown[]) => JSON.stringify({ type: 'doc', content })
    const bad: [string, string | Uint8Array, number, string][] = [
      ['application/json', '{"type":', 422, 'invalid-content'],
      [
        'application/json',
        inDoc({ type: 'paragraph' }, { type: 'heading', attrs: { level: 7 } }),
        422,
        'invalid-content',
      ],
      [
        'application/json',
        inDoc({ type: 'image', attrs: { src: 'javascript:alert(1)' } }),
        422,
        'invalid-content',
      ],
      ['application/octet-stream', new Uint8Array([1, 2, 3]), 422, 'invalid-content'],
      ['text/markdown', new Uint8Array([0xff]), 422, 'invalid-content'],
      ['image/png', 'x', 415, 'unsupported-format'],
      ['', 'x', 415, 'unsupported-format'],
    ]
    for (const [type, body, status, problem] of bad) {
      const told = await program.ask('PUT', `${path}/content`, {
        headers: type === '' ? {} : { 'content-type': type },
        body: type === '' ? new TextEncoder().encode(String(body)) : body,
      })
      expect([type, told.status, problemIn(told)]).toEqual([type, status, problem])
    }
    const placed = await program.ask('PUT', `${path}/content?format=json`, {
      body: inDoc({ type: 'paragraph' }, { type: 'marquee' }),
    })
    expect(placed.json).toMatchObject({ where: 'content[1].type' })
    expect(problemIn(await program.put(pathOf(freshId()), 'x'))).toBe('document-not-found')
    expect([await program.markdown(path), (await program.log(path)).length]).toEqual(['as it was\n', 1])
  })

  test('scripts, handlers and addresses that would run are not kept', async () => {
    const path = await program.make('x')
    const html =
      '<p onclick="a()">one<script>alert(1)</script> <a href="javascript:b()">two</a> <img src=x.png onerror="c()"></p>' +
      '<svg onload="d()"></svg><a href="https://ok.example/">three</a>'
    const told = await program.ask('PUT', `${path}/content?format=html`, { body: html })
    expect(told.status).toBe(200)
    const kept = (await program.get(`${path}/content?format=html`)).text
    expect(kept).not.toMatch(/script|onclick|onerror|onload|alert/i)
    expect(kept).toContain('<a href="https://ok.example/"')
  })
})

describe('A13 bodies', () => {
  test('beyond the limit are refused, and whoever sends one gets to read why', async () => {
    const path = await program.make('x')
    const url = `${program.url}/documents${path}/content?format=text`
    const send = async (body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>) => {
      const response = await fetch(url, { method: 'PUT', body, duplex: 'half' } as RequestInit)
      return [response.status, ((await response.json()) as { type: string }).type]
    }
    for (const megabytes of [9, 100])
      expect(await send(new Uint8Array(megabytes << 20).fill(97))).toEqual([413, '/v1/docs#too-large'])
    let sent = 0
    const inParts = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1 << 16
        if (sent > 20 << 20) controller.close()
        else controller.enqueue(new Uint8Array(1 << 16).fill(97))
      },
    })
    expect(await send(inParts)).toEqual([413, '/v1/docs#too-large'])
    expect(await program.markdown(path)).toBe('x\n')
  })

  test('that are compressed are refused whole', async () => {
    const path = await program.make('x')
    const zipped = await program.put(path, 'x', '', { 'content-encoding': 'gzip' })
    expect([zipped.status, problemIn(zipped)]).toEqual([415, 'unsupported-format'])
    expect(await program.markdown(path)).toBe('x\n')
  })
})

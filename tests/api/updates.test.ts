/** The log of a document as programs read and append to it, on a real server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
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

interface Entry {
  readonly seq: number
  readonly author: string
  readonly time: string
  readonly update: string
}

/** A document as a program holds it that applies the log. */
async function copyOf(path: string): Promise<Y.Doc> {
  const doc = new Y.Doc()
  for (const { update } of await program.log(path)) Y.applyUpdate(doc, Buffer.from(update, 'base64'))
  return doc
}

function edited(doc: Y.Doc, edit: () => void): Uint8Array {
  const before = Y.encodeStateVector(doc)
  edit()
  return Y.encodeStateAsUpdate(doc, before)
}

function paragraph(doc: Y.Doc, words: string): void {
  const made = new Y.XmlElement('paragraph')
  made.insert(0, [new Y.XmlText(words)])
  doc.getXmlFragment('prosemirror').push([made])
}

describe('A7 an update', () => {
  test('is stored and seen by people, with a position that holds it; again it changes nothing', async () => {
    const id = freshId('updates')
    const path = await program.make('one', id)
    using person = new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
    await person.shows(1)
    const doc = await copyOf(path)
    const update = edited(doc, () => paragraph(doc, 'two'))
    expect(await program.update(path, update)).toMatchObject({ status: 200, json: { seq: 2 } })
    await person.shows(2)
    expect(person.paragraphs).toEqual(['one', 'two'])
    expect(await program.update(path, update)).toMatchObject({ status: 200, json: { seq: 2 } })
    expect(await program.log(path)).toHaveLength(2)
  })

  test('large ones pass, too', async () => {
    const path = await program.make('one')
    const doc = await copyOf(path)
    const update = edited(doc, () => paragraph(doc, 'x'.repeat(500_000)))
    expect((await program.update(path, update)).json).toEqual({ seq: 2 })
    expect((await program.get(`${path}/content?format=text`)).text).toHaveLength(500_006)
  })

  test('is stored whole or not at all', async () => {
    const path = await program.make('one')
    const refusal = async (update: Uint8Array) => {
      const told = await program.update(path, update)
      return [told.status, problemIn(told)]
    }
    const foreignRoot = await copyOf(path)
    const mixed = edited(foreignRoot, () => {
      paragraph(foreignRoot, 'half')
      foreignRoot.getText('quill').insert(0, 'half')
    })
    expect(await refusal(mixed)).toEqual([422, 'update-refused'])
    const foreignContent = await copyOf(path)
    const embedded = edited(foreignContent, () => {
      paragraph(foreignContent, 'half')
      foreignContent.getMap('meta').set('picture', new Uint8Array(8))
    })
    expect(await refusal(embedded)).toEqual([422, 'update-refused'])
    const later = await copyOf(path)
    paragraph(later, 'not sent')
    const gap = edited(later, () => paragraph(later, 'depends on it'))
    expect(await refusal(gap)).toEqual([409, 'missing-edits'])
    expect(await refusal(new Uint8Array([1, 2, 3]))).toEqual([400, 'invalid-update'])
    expect(await refusal(new Uint8Array(0))).toEqual([400, 'invalid-update'])
    expect(await program.log(path)).toHaveLength(1)
    expect(await program.markdown(path)).toBe('one\n')
  })

  test('with nodes, marks or attributes that no page has is refused and named, also a large one', async () => {
    const path = await program.make('one')
    const refusal = async (edit: (doc: Y.Doc, block: Y.XmlElement, text: Y.XmlText) => void) => {
      const doc = await copyOf(path)
      const block = doc.getXmlFragment('prosemirror').get(0) as Y.XmlElement
      const update = edited(doc, () => edit(doc, block, block.get(0) as Y.XmlText))
      const { status, json } = await program.update(path, update)
      return `${status} ${String(json?.['detail']).replace('A page cannot hold what this update brings: ', '')}`
    }
    expect(await refusal((_, block) => block.insert(0, [new Y.XmlElement('video')]))).toBe(
      '422 the node "video".',
    )
    expect(await refusal((_, block) => block.setAttribute('onclick', 'x'))).toBe(
      '422 the attribute "onclick".',
    )
    expect(await refusal((_, __, text) => text.format(0, 1, { blink: {} }))).toBe('422 the mark "blink".')
    expect(await refusal((_, __, text) => text.format(0, 1, { link: { target: 'x' } }))).toBe(
      '422 the attribute "target".',
    )
    const many = await refusal((doc) => {
      paragraph(doc, 'x'.repeat(500_000))
      for (const name of ['a', 'b', 'c', 'd', 'a'])
        doc.getXmlFragment('prosemirror').push([new Y.XmlElement(name)])
    })
    expect(many).toBe('422 the node "a", the node "b", the node "c" and 1 more.')
    expect(await program.log(path)).toHaveLength(1)
    expect(await refusal((_, __, text) => text.format(0, 1, { 'comment--aAbB+/09': { thread: 'x' } }))).toBe(
      '200 undefined',
    )
  })

  test('may say again what came from a newer page over the sync channel, where it is stored and kept', async () => {
    const id = freshId('newer')
    const path = await program.make('one', id)
    using person = new LiveSession(`${server.syncUrl}/${encodeURI(id)}`)
    await person.shows(1)
    const { doc } = person.document
    doc.getXmlFragment('prosemirror').push([new Y.XmlElement('timeline')])
    await person.saved()
    expect(await program.log(path)).toHaveLength(2)
    const everything = Y.encodeStateAsUpdate(await copyOf(path))
    expect(await program.update(path, everything)).toMatchObject({ status: 200, json: { seq: 2 } })
    const put = (update: Uint8Array) =>
      program.ask('PUT', `${path}/content?format=yjs`, {
        headers: { 'content-type': 'application/octet-stream' },
        body: update,
      })
    expect((await put(everything)).status).toBe(200)
    const more = await copyOf(path)
    more.getXmlFragment('prosemirror').push([new Y.XmlElement('video')])
    const refused = await put(Y.encodeStateAsUpdate(more))
    expect([refused.status, problemIn(refused), refused.json?.['detail']]).toEqual([
      422,
      'invalid-content',
      'A page has nothing like the node "video".',
    ])
    expect(await program.log(path)).toHaveLength(2)
  })

  test('of other edits under known clocks is a conflict', async () => {
    const path = await program.make('one')
    const [mine, other] = [await copyOf(path), await copyOf(path)]
    mine.clientID = other.clientID = 77
    await program.update(
      path,
      edited(mine, () => paragraph(mine, 'aaa')),
    )
    const told = await program.update(
      path,
      edited(other, () => paragraph(other, 'bbb')),
    )
    expect([told.status, problemIn(told), told.json?.['code']]).toEqual([409, 'conflict', 4409])
    expect(await program.markdown(path)).toBe('one\n\naaa\n')
  })

  test('of no document makes none', async () => {
    const path = pathOf(freshId())
    const doc = new Y.Doc()
    const told = await program.update(
      path,
      edited(doc, () => paragraph(doc, 'x')),
    )
    expect([told.status, problemIn(told)]).toEqual([404, 'document-not-found'])
    expect(problemIn(await program.get(path))).toBe('document-not-found')
  })
})

describe('A8 the log', () => {
  test('is read in parts, each entry with its author and time', async () => {
    const path = await program.make('0')
    for (let count = 1; count < 7; count++) await program.put(path, `${count}`)
    const doc = new Y.Doc()
    const seen: number[] = []
    let after: number | null = 0
    while (after !== null) {
      const { json } = await program.get(`${path}/updates?after=${after}&limit=3`)
      for (const entry of (json?.['updates'] ?? []) as Entry[]) {
        seen.push(entry.seq)
        expect(entry.author).toBe('anonymous')
        expect(new Date(entry.time).toISOString()).toBe(entry.time)
        Y.applyUpdate(doc, Buffer.from(entry.update, 'base64'))
      }
      expect(json?.['head']).toBe(7)
      after = json?.['next'] as number | null
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(doc.getXmlFragment('prosemirror').toString()).toBe('<paragraph>6</paragraph>')
    expect((await program.get(`${path}/updates?after=7`)).json).toEqual({ updates: [], head: 7, next: null })
    expect(problemIn(await program.get(`${path}/updates?after=8`))).toBe('position-ahead')
    expect(problemIn(await program.get(`${path}/updates?after=x`))).toBe('invalid-request')
  })
})

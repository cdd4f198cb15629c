import { describe, expect, test } from 'vitest'
import { prosemirrorToYXmlFragment, updateYFragment } from 'y-prosemirror'
import * as Y from 'yjs'
import { isTooNew } from '#client/editor/preflight.ts'
import { createSchema } from '#client/editor/schema.ts'
import { SCHEMA_VERSION } from '#shared/schema/document.ts'
import { Door } from './door.ts'
import { expectReadable, expectUntouched } from './expect.ts'
import { edited, foreignContent, pageOfHello } from './foreign-content.ts'
import { made } from './make.ts'

const schema = createSchema()

/** A page with one paragraph. */
function page(): Door {
  const door = new Door('page')
  door.accept(pageOfHello)
  return door
}

function shown(door: Door): string {
  return door.live().getXmlFragment('prosemirror').toString()
}

describe('what a page document may hold', () => {
  test('G17 everything the schema has, written and rewritten by the binding, is stored as it came', () => {
    const door = new Door('page')
    const doc = new Y.Doc()
    doc.on('update', (update: Uint8Array) => {
      expect(door.accept(update)).toMatchObject({ stripped: [], gap: false })
    })
    const fragment = doc.getXmlFragment('prosemirror')
    const text = (words: string, ...marks: readonly string[]) =>
      schema.text(
        words,
        marks.map((mark) => schema.mark(mark, mark === 'link' ? { href: 'https://a.example' } : {})),
      )
    const marks = Object.keys(schema.marks).filter((name) => name !== 'link')
    const { paragraph } = schema.nodes
    const leaves = Object.values(schema.nodes).filter((type) => !type.isText && type.name !== 'doc')
    let made = 0
    for (const type of leaves) {
      const filled = type.isInline
        ? paragraph?.createAndFill(null, type.createAndFill())
        : type.createAndFill(null, type.inlineContent && !type.spec.code ? text('words', 'link') : null)
      const root = filled && schema.topNodeType.createAndFill(null, filled)
      if (root === null || root === undefined) continue
      made++
      prosemirrorToYXmlFragment(root, fragment)
      fragment.delete(0, fragment.length)
    }
    expect(made).toBeGreaterThan(10)
    for (const mark of marks) {
      const type = schema.marks[mark]
      if (type === undefined) continue
      const marked = schema.text('marked', [
        type.create(Object.fromEntries(Object.keys(type.spec.attrs ?? {}).map((name) => [name, 'value']))),
      ])
      const root = schema.topNodeType.create(null, schema.node('paragraph', null, [text('plain '), marked]))
      updateYFragment(doc, fragment, root, { mapping: new Map(), isOMark: new Map() })
    }
    doc.getMap('meta').set('title', 'A title')
    doc.getMap('meta').set('schema', 1)
    expect(door.live().getXmlFragment('prosemirror').toString()).toBe(fragment.toString())
    expect(door.live().getMap('meta').toJSON()).toEqual({ title: 'A title', schema: 1 })
    expectReadable(door)
  })

  test('G17 a foreign root is stripped with what hangs in it, and the page goes on', () => {
    const door = page()
    const update = edited((doc, _paragraph, text) => {
      doc.getMap('comments').set('one', new Y.Map([['text', 'hi']]))
      doc.getText('notes').insert(0, 'notes')
      text.insert(5, ' world')
    })
    expect(door.accept(update)).toMatchObject({ stripped: ['foreign-root'], gap: false })
    expect(shown(door)).toBe('<paragraph>hello world</paragraph>')
    expect([...door.live().share.keys()]).toEqual(['prosemirror'])
    expectReadable(door)
  })

  test.each(foreignContent)('G18 %s: stripped, and what was typed beside it stays', (_name, change) => {
    const door = page()
    const update = edited((doc, paragraph, text) => {
      change(doc, paragraph, text)
      text.insert(text.length, ' world')
      doc.getXmlFragment('prosemirror').push([new Y.XmlElement('divider')])
    })
    expect(door.accept(update)).toMatchObject({ stripped: ['foreign-content'], gap: false })
    expect(shown(door)).toBe('<paragraph>hello world</paragraph><divider></divider>')
    expect(door.live().getMap('meta').toJSON()).toEqual({})
    expect(door.accept(update)).toMatchObject({ update: null, gap: false })
    expectReadable(door)
  })

  test('G18 a schema nobody knows, said behind one that is known, leaves the page what older pages can write', () => {
    const door = page()
    const honest = edited((doc) => doc.getMap('meta').set('schemaVersion', SCHEMA_VERSION))
    expect(door.accept(honest)).toMatchObject({ stripped: [] })
    const doc = door.live()
    const before = Y.encodeStateVector(doc)
    doc.getMap('meta').set('schemaVersion', SCHEMA_VERSION + 1)
    expect(door.accept(Y.encodeStateAsUpdate(doc, before))).toMatchObject({ stripped: ['foreign-content'] })
    expect(isTooNew(door.live())).toBe(false)
    expectReadable(door)
  })

  test('G19 the same content enters a document of the other kind', () => {
    for (const [, change] of foreignContent.filter(([name]) => name !== 'a list under meta')) {
      const door = new Door('any')
      door.accept(pageOfHello)
      expect(door.accept(edited(change))).toMatchObject({ stripped: [], gap: false })
      expectReadable(door)
    }
  })

  test('G16 what is written into stripped content later is garbage, and is no gap', () => {
    const door = page()
    const first = edited((doc) => doc.getText('notes').insert(0, 'notes'))
    door.accept(first)
    const later = made(
      3,
      (doc) => doc.getText('notes').insert(5, ' more'),
      Y.mergeUpdates([pageOfHello, first]),
    )
    expect(door.accept(later)).toMatchObject({ gap: false })
    expect([...door.live().share.keys()]).toEqual(['prosemirror'])
    expectReadable(door)
  })

  test('G17 the title is told from the text', () => {
    const door = page()
    expect(door.accept(edited((_doc, _paragraph, text) => text.insert(0, 'x'))).meta).toBe(false)
    const titled = made(3, (doc) => doc.getMap('meta').set('title', 'One'))
    expect(door.accept(titled).meta).toBe(true)
    const renamed = made(4, (doc) => doc.getMap('meta').set('title', 'Two'), titled)
    expect(door.accept(renamed).meta).toBe(true)
    const removed = made(6, (doc) => doc.getMap('meta').delete('title'), Y.mergeUpdates([titled, renamed]))
    expect(door.accept(removed).meta).toBe(true)
    expect(door.knowledge.meta).toBe(true)
  })

  test('G18 a key that has two values at once is refused', () => {
    const twice = new Uint8Array([1, 1, 9, 0, 40, 1, 4, 109, 101, 116, 97, 1, 107, 2, 125, 1, 125, 2, 0])
    expect(expectUntouched(page(), twice)).toMatchObject({ kind: 'refused', code: 4400 })
    const spent = twice.slice(0, -1)
    const deleted = new Uint8Array([...spent, 1, 9, 1, 0, 2])
    expect(page().offer(deleted)).toMatchObject({ kind: 'accepted', gap: false, stripped: [] })
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type Format, formats, InvalidContent, NoSuchHeading } from '#server/content/port.ts'
import { pageBytes } from '#server/content/render.ts'
import { type PageNode, textOf } from '#server/content/tree.ts'
import { documentOf, edit, opened, page, pageOf, storedOf, wordsOf } from './pages.ts'

const RUNS = { numRuns: 25, seed: 20 }
const textFormats = formats.filter((format) => format !== 'yjs')

/** What a page says in a format. */
function said(one: PageNode, format: Format): string {
  return wordsOf(pageBytes(one, format === 'yjs' ? 'json' : format))
}

function markdown(text: string): Y.Doc {
  return opened([edit({ kind: 'page', updates: [] }, 'markdown', text)])
}

/** Both edits were made against `base` at once. */
function merged(base: Y.Doc, ...updates: (Uint8Array | null)[]): PageNode {
  return pageOf(opened([Y.encodeStateAsUpdate(base), ...updates]))
}

/** What a person's editor sends who puts these words in, at an index of the text that holds `words`. */
function types(base: Y.Doc, where: string, added: string): Uint8Array {
  const own = opened([Y.encodeStateAsUpdate(base)])
  const before = Y.encodeStateVector(own)
  for (const text of textsIn(own.getXmlFragment('prosemirror'))) {
    const at = text
      .toDelta()
      .map((part: { insert: string }) => part.insert)
      .join('')
      .indexOf(where)
    if (at >= 0) text.insert(at + where.length, added)
  }
  return Y.encodeStateAsUpdate(own, before)
}

function textsIn(parent: Y.XmlFragment): Y.XmlText[] {
  return (parent.toArray() as readonly unknown[]).flatMap((child) =>
    child instanceof Y.XmlText ? [child] : child instanceof Y.XmlElement ? textsIn(child) : [],
  )
}

describe('writing in a format', { timeout: 240_000 }, () => {
  for (const format of textFormats) {
    test(`${format}: afterwards the document says what was written`, () => {
      fc.assert(
        fc.property(page, page, (before, after) => {
          const base = documentOf(before)
          const update = edit(storedOf(base), format, said(after, format))
          expect(said(merged(base, update), format)).toBe(said(after, format))
        }),
        RUNS,
      )
    })

    test(`${format}: what is read and written back changes nothing`, () => {
      fc.assert(
        fc.property(page, (one) => {
          expect(edit(storedOf(documentOf(one)), format, said(one, format))).toBeNull()
        }),
        RUNS,
      )
    })
  }

  test('what a format cannot say stays', () => {
    const cell = { type: 'table_cell', attrs: { colspan: 1, rowspan: 1, colwidth: [120], align: null } }
    const comment = { type: 'comment', attrs: { thread: 't1' } }
    const paragraph = (text: string) => ({ type: 'paragraph', content: [{ type: 'text', text }] })
    const base = documentOf({
      type: 'doc',
      content: [
        { type: 'heading', attrs: { level: 2 }, content: [{ type: 'text', text: 'Plan' }] },
        { type: 'paragraph' },
        { type: 'paragraph', content: [{ type: 'text', text: 'We meet on Monday.', marks: [comment] }] },
        {
          type: 'table',
          content: [{ type: 'table_row', content: [{ ...cell, content: [paragraph('one')] }] }],
        },
      ],
    } as PageNode)
    const text = said(pageOf(base), 'markdown').replace('Monday', 'Tuesday').replace('one', 'one and two')
    const after = merged(base, edit(storedOf(base), 'markdown', text))
    expect(textOf(after)).toBe('PlanWe meet on Tuesday.one and two')
    expect(JSON.stringify(after)).toContain('"colwidth":[120]')
    expect(after.content?.[1]).toEqual({ type: 'paragraph' })
    expect(after.content?.[2]?.content).toEqual([
      { type: 'text', text: 'We meet on Tuesday.', marks: [comment] },
    ])
    const plain = said(pageOf(base), 'text').replace('Monday', 'Friday')
    const retyped = merged(base, edit(storedOf(base), 'text', plain))
    expect(retyped.content?.map(({ type }) => type)).toEqual(['heading', 'paragraph', 'paragraph', 'table'])
  })

  test('who types in the same paragraph loses nothing', () => {
    const base = markdown('# One\n\nThe quick brown fox jumps over the lazy dog.\n\nAnother paragraph.\n')
    const program = edit(
      storedOf(base),
      'markdown',
      '# One\n\nThe slow brown fox *leaps* over the dog.\n\nIn between.\n\nAnother paragraph.\n',
    )
    const person = types(base, 'brown', ' and clever')
    const other = types(base, 'Another', ' good')
    const after = said(merged(base, program, person, other), 'markdown')
    expect(after).toBe(
      '# One\n\nThe slow brown and clever fox *leaps* over the dog.\n\nIn between.\n\nAnother good paragraph.\n',
    )
    expect(said(merged(base, other, person, program), 'markdown')).toBe(after)
  })

  test('a change is as small as what changed: the rest keeps its letters', () => {
    const long = Array.from({ length: 200 }, (_, index) => `Paragraph ${index} with some words.`).join('\n\n')
    const base = markdown(long)
    const update = edit(
      storedOf(base),
      'markdown',
      long.replace('Paragraph 77 with', 'Paragraph 77, surely, with'),
    )
    expect(update?.length ?? 0).toBeGreaterThan(0)
    expect(update?.length ?? 0).toBeLessThan(80)
  })

  test('at the end, and under a heading before the next one', () => {
    const base = markdown('# A\n\nunder a\n\n## A.1\n\ndeeper\n\n# B\n\nunder b\n')
    const end = edit(storedOf(base), 'markdown', 'last words', { kind: 'end' })
    expect(said(merged(base, end), 'markdown')).toContain('under b\n\nlast words\n')
    const under = edit(storedOf(base), 'markdown', 'more', { kind: 'heading', words: 'A' })
    expect(said(merged(base, under), 'markdown')).toContain('deeper\n\nmore\n\n# B')
    const missing = () => edit(storedOf(base), 'markdown', 'x', { kind: 'heading', words: 'C' })
    expect(missing).toThrow(NoSuchHeading)
  })

  test('HTML that would do something does nothing', () => {
    const base = opened([
      edit(
        { kind: 'page', updates: [] },
        'html',
        '<p onclick="x()">a<script>alert(1)</script><a href="javascript:alert(1)">b</a>' +
          '<img src="data:text/html,x" onerror=alert(1) alt="c"><a href=" JaVa\tScript:1">d</a></p><iframe src="//e"></iframe>',
      ),
    ])
    expect(said(pageOf(base), 'html')).toBe('<p>abcd</p>')
  })

  test.each(['json', 'html', 'markdown'] as const)(
    '%s: lists in lists, as deep as one may write, are read and written back whole',
    (format) => {
      const deepest = Array.from({ length: 31 }, (_, at) => `${'  '.repeat(at)}- level ${at}`).join('\n')
      const base = markdown(deepest)
      const read = said(pageOf(base), format)
      expect(read).toContain('level 30')
      expect(edit(storedOf(base), format, read)).toBeNull()
      const fresh = edit({ kind: 'page', updates: [] }, format, read)
      expect(pageOf(opened([fresh]))).toEqual(pageOf(base))
    },
  )

  test('what is no content of its format is refused with the place and the reason', () => {
    const refusal = (format: Format, text: string | Uint8Array) => {
      try {
        edit({ kind: 'page', updates: [] }, format, text)
        return []
      } catch (error) {
        return error instanceof InvalidContent ? [error.where, error.message] : []
      }
    }
    const inDoc = (...content: unknown[]) => JSON.stringify({ type: 'doc', content })
    expect(refusal('json', '{')).toEqual(['', expect.stringMatching(/^not JSON/)])
    expect(refusal('json', '{"type":"page"}')).toEqual(['type', expect.stringContaining('"doc"')])
    expect(refusal('json', inDoc({ type: 'marquee' }))).toEqual([
      'content[0].type',
      expect.stringContaining('marquee'),
    ])
    expect(refusal('json', inDoc({ type: 'list_item' }))).toEqual([
      'content[0]',
      expect.stringContaining('cannot stand'),
    ])
    expect(refusal('json', inDoc({ type: 'heading', attrs: { level: 9 } }))).toEqual([
      'content[0].attrs.level',
      '9 is not allowed',
    ])
    expect(refusal('json', inDoc({ type: 'paragraph', attrs: { onclick: 'x' } }))?.[0]).toBe(
      'content[0].attrs."onclick"',
    )
    const link = { type: 'text', text: 'a', marks: [{ type: 'link', attrs: { href: 'javascript:1' } }] }
    expect(refusal('json', inDoc({ type: 'paragraph', content: [link] }))?.[0]).toBe(
      'content[0].content[0].marks[0].attrs.href',
    )
    let deep: unknown = { type: 'paragraph' }
    for (let at = 0; at < 100; at++) deep = { type: 'blockquote', content: [deep] }
    expect(refusal('json', inDoc(deep))?.[1]).toContain('deeper')
    for (const html of ['<blockquote>'.repeat(65), '<ul><li>'.repeat(5000), '<div>'.repeat(20_000)])
      expect(refusal('html', `${html}x`)?.[1]).toContain('deeper')
    const cell = `<table><tr><td>${'<div>'.repeat(20_000)}`
    expect(refusal('html', cell)?.[1]).toContain('deeper')
    expect(refusal('html', `${'<blockquote>'.repeat(31)}${'<div>'.repeat(400)}x`)).toEqual([])
    expect(refusal('markdown', new Uint8Array([0xff, 0xfe]))).toEqual(['', 'not UTF-8'])
    expect(refusal('yjs', new Uint8Array([1, 2, 3]))).toEqual(['', 'not a Yjs update'])
    const foreign = new Y.Doc()
    foreign.getText('quill').insert(0, 'x')
    expect(refusal('yjs', Y.encodeStateAsUpdate(foreign))?.[1]).toContain('quill')
  })
})

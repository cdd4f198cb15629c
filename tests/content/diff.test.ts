/** What came and went between two positions of a page, by whom. */
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { diff, diffBlocks } from '#server/content/diff.ts'
import type { PageNode } from '#server/content/tree.ts'

const ENDS = { from: 0, to: 0 }

/** People who write into one page; each edit is an entry of its log. */
class Page {
  readonly updates: Uint8Array[] = []
  readonly authors: string[] = []
  readonly #docs = new Map<string, Y.Doc>()

  edit(author: string, change: (page: Y.XmlFragment) => void): number {
    const doc = this.#docs.get(author) ?? new Y.Doc()
    this.#docs.set(author, doc)
    for (const update of this.updates) Y.applyUpdate(doc, update)
    doc.once('update', (update: Uint8Array) => {
      this.updates.push(update)
      this.authors.push(author)
    })
    doc.transact(() => change(doc.getXmlFragment('prosemirror')))
    return this.updates.length
  }

  paragraph(author: string, words: string): number {
    return this.edit(author, (page) => {
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(words)])
      page.push([paragraph])
    })
  }

  text(author: string, change: (text: Y.XmlText) => void, block = 0): number {
    return this.edit(author, (page) => change((page.get(block) as Y.XmlElement).get(0) as Y.XmlText))
  }

  stored(to = this.updates.length) {
    return { kind: 'page', updates: this.updates.slice(0, to) } as const
  }

  /** Every block as its parts: `-ada:words-` deleted, `+bo:words+` inserted. */
  between(from: number, to = this.updates.length): string[] {
    const signs = { kept: '', inserted: '+', deleted: '-' } as const
    return diffBlocks(this.stored(to), this.authors.slice(from, to)).map(({ parts }) =>
      parts
        .map(({ kind, text, author }) => {
          const sign = signs[kind]
          return kind === 'kept' ? text : `${sign}${author}:${text}${sign}`
        })
        .join(''),
    )
  }
}

test('A19 each letter that came or went has the author whose entry brought or took it', () => {
  const page = new Page()
  const first = page.paragraph('ada', 'The tide comes in.')
  page.text('bo', (text) => text.insert(4, 'high '))
  page.text('cy', (text) => text.delete(14, 5))
  page.text('ada', (text) => text.insert(14, 'goes'))
  expect(page.between(first)).toEqual(['The +bo:high +tide -cy:comes-+ada:goes+ in.'])
  expect(page.between(0)).toEqual(['+ada:The ++bo:high ++ada:tide goes in.+'])
  expect(page.between(first, first)).toEqual(['The tide comes in.'])
  expect(page.between(first, first + 1)).toEqual(['The +bo:high +tide comes in.'])
})

test('A19 what was there at neither end is not shown, nor what was deleted before', () => {
  const page = new Page()
  page.paragraph('ada', 'one two')
  const from = page.text('ada', (text) => text.delete(0, 4))
  page.text('bo', (text) => text.insert(0, 'gone '))
  page.text('cy', (text) => text.delete(0, 5))
  expect(page.between(from)).toEqual(['two'])
})

test('A19 whole blocks come and go; who deletes a block deletes what is in it', () => {
  const page = new Page()
  page.paragraph('ada', 'one')
  const from = page.paragraph('ada', 'two')
  page.paragraph('bo', 'three')
  page.edit('cy', (fragment) => fragment.delete(0, 1))
  expect(page.between(from)).toEqual(['-cy:one-', 'two', '+bo:three+'])
})

test('A19 what was taken away and written again in its place has not changed', () => {
  const page = new Page()
  const from = page.paragraph('ada', 'one two')
  page.text('bo', (text) => text.delete(0, 3))
  page.text('cy', (text) => text.insert(0, 'one'))
  expect(page.between(from)).toEqual(['one two'])
})

test('A19 an author is who the log says, not who a document says', () => {
  const page = new Page()
  const from = page.paragraph('ada', 'one')
  page.edit('bo', (fragment) => {
    fragment.doc?.getMap('meta').set('users', { bo: 'ada' })
    ;((fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText).insert(3, '!', { author: 'ada' })
  })
  expect(page.between(from)).toEqual(['one+bo:!+'])
})

test('A19 as HTML nothing that stands in a page or a name can do anything', () => {
  const page = new Page()
  page.paragraph('"><script>', '<img src=x onerror=alert(1)> & more')
  page.paragraph('bo', 'words')
  const html = new TextDecoder().decode(
    diff(page.stored(), page.authors, { format: 'html', ends: ENDS, names: new Map([['bo', '"><b>']]) }),
  )
  expect(html).toBe(
    '<p><ins data-author="&quot;&gt;&lt;script&gt;" title="Somebody">&lt;img src=x onerror=alert(1)&gt; &amp; more</ins></p>\n<p><ins data-author="bo" title="&quot;&gt;&lt;b&gt;">words</ins></p>\n',
  )
})

/** The marked page as words: `[+ada:…+]`, `[-bo:…-]`; a block's own mark stands before it. */
function shown(page: Page, from: number, to = page.updates.length): string[] {
  const bytes = diff(page.stored(to), page.authors.slice(from, to), { format: 'page', ends: ENDS })
  const { content } = JSON.parse(new TextDecoder().decode(bytes)) as { content: PageNode }
  return (content.content ?? []).map(wordsOf)
}

function wordsOf({ type, text, marks = [], content = [] }: PageNode): string {
  const inside = text ?? content.map(wordsOf).join('')
  const change = marks.find((mark) => mark.type === 'inserted' || mark.type === 'deleted')
  const others = marks.filter((mark) => mark !== change).map((mark) => mark.type)
  const said = others.length === 0 ? inside : `<${others.join()} ${inside}>`
  if (change === undefined) return said
  const sign = change.type === 'inserted' ? '+' : '-'
  const by = String(change.attrs?.['author'])
  return text === undefined ? `${sign}${by} ${type}: ${said}` : `[${sign}${by}:${said}${sign}]`
}

test('A19 as a page it is all in its form: what was deleted stands where it was, and both are marked', () => {
  const page = new Page()
  page.paragraph('ada', 'The tide comes in.')
  page.text('ada', (text) => text.format(4, 4, { bold: {} }))
  const from = page.paragraph('ada', 'gone')
  page.text('bo', (text) => text.insert(4, 'high ', { italic: {} }))
  page.text('cy', (text) => text.delete(14, 5))
  page.edit('cy', (fragment) => fragment.delete(1, 1))
  page.edit('bo', (fragment) => {
    const heading = new Y.XmlElement('heading')
    heading.setAttribute('level', 2 as unknown as string)
    heading.insert(0, [new Y.XmlText('New')])
    fragment.push([heading])
  })
  expect(shown(page, from)).toEqual([
    'The [+bo:<italic high >+]<bold tide> [-cy:comes-] in.',
    '+bo heading: [+bo:New+]',
    '-cy paragraph: [-cy:gone-]',
  ])
  expect(shown(page, from, from)).toEqual(['The <bold tide> comes in.', 'gone'])
})

test('A19 a paragraph that was divided or written again has not changed but for where it ends', () => {
  const page = new Page()
  const from = page.paragraph('ada', 'one two')
  page.edit('bo', (fragment) => {
    ;((fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText).delete(3, 4)
    const second = new Y.XmlElement('paragraph')
    second.insert(0, [new Y.XmlText(' two')])
    fragment.insert(1, [second])
  })
  expect(shown(page, from)).toEqual(['one', '+bo paragraph:  two'])
  const whole = page.updates.length
  page.edit('cy', (fragment) => fragment.delete(0, 1))
  page.edit('cy', (fragment) => {
    const again = new Y.XmlElement('paragraph')
    again.insert(0, [new Y.XmlText('one')])
    fragment.insert(0, [again])
  })
  expect(shown(page, whole)).toEqual(['one', ' two'])
})

test('A19 what stayed and is written otherwise is told with who did it', () => {
  const page = new Page()
  const from = page.edit('ada', (fragment) => {
    const heading = new Y.XmlElement('heading')
    heading.insert(0, [new Y.XmlText('Plan')])
    const [list, item, task] = ['task_list', 'task_item', 'paragraph'].map((name) => new Y.XmlElement(name))
    task?.insert(0, [new Y.XmlText('bread and salt')])
    if (item && task) item.insert(0, [task])
    if (list && item) list.insert(0, [item])
    const last = new Y.XmlElement('paragraph')
    const picture = new Y.XmlElement('image')
    picture.setAttribute('src', 'a.png')
    last.insert(0, [picture])
    if (list) fragment.insert(0, [heading, list, last])
  })
  page.edit('bo', (fragment) => {
    const set = (element: unknown, name: string, value: unknown) =>
      (element as Y.XmlElement).setAttribute(name, value as string)
    set(fragment.get(0), 'level', 2)
    set((fragment.get(1) as Y.XmlElement).get(0), 'checked', true)
    set((fragment.get(2) as Y.XmlElement).get(0), 'src', 'b.png')
  })
  page.edit('cy', (fragment) => {
    const item = (fragment.get(1) as Y.XmlElement).get(0) as Y.XmlElement
    ;((item.get(0) as Y.XmlElement).get(0) as Y.XmlText).format(0, 5, { bold: {} })
  })
  const said = (format: 'json' | 'html' | 'page') =>
    new TextDecoder().decode(diff(page.stored(), page.authors.slice(from), { format, ends: ENDS }))
  const bo = { kind: 'changed', author: 'bo', authorName: null }
  const { changes } = JSON.parse(said('json')) as { changes: unknown[] }
  expect(changes).toEqual([
    { ...bo, text: '', block: 0, type: 'heading', attribute: 'level', before: 1, after: 2 },
    { ...bo, text: '', block: 1, type: 'task_item', attribute: 'checked', before: false, after: true },
    {
      kind: 'changed',
      author: 'cy',
      authorName: null,
      text: 'bread',
      block: 1,
      type: 'paragraph',
      attribute: 'bold',
      before: null,
      after: true,
    },
    { ...bo, text: 'b.png', block: 2, type: 'paragraph', attribute: 'src', before: 'a.png', after: 'b.png' },
  ])
  expect(said('html')).toBe(
    '<h2 data-changed="level" data-author="bo" title="Somebody">Plan</h2>\n' +
      '<p data-changed="checked" data-author="bo" title="Somebody"><span data-changed="bold" data-author="cy" title="Somebody">bread</span> and salt</p>\n' +
      '<p><span data-changed="src" data-author="bo" title="Somebody">b.png</span></p>\n',
  )
  expect(said('page')).not.toContain('changed')
})

test('A19 blocks that were taken away and written again in their place have not changed', () => {
  const page = new Page()
  page.paragraph('ada', 'one')
  const from = page.paragraph('ada', 'two')
  page.edit('bo', (fragment) => fragment.delete(1, 1))
  page.paragraph('cy', 'two')
  expect(page.between(from)).toEqual(['one', 'two'])
})

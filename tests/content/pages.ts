/** Pages at random, and documents that hold them. */
import fc from 'fast-check'
import * as Y from 'yjs'
import { write } from '#server/content/edit.ts'
import type { Format, Place, Stored } from '#server/content/port.ts'
import { readPage } from '#server/content/reading.ts'
import { doc, joined, node, type PageMark, type PageNode, textNode } from '#server/content/tree.ts'

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
export const wordsOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Words with all the signs that mean something in Markdown or HTML, and no white space at their ends. */
const word = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[a-z]{1,8}$/) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '*',
      '_',
      '**a',
      '~~',
      '`',
      '``',
      '<b>',
      '&amp;',
      '&',
      '[x]',
      '[a](b)',
      '![',
      '#',
      '1.',
      '-',
      '+',
      '>',
      '|',
      '\\',
      'https://a.b/c_d',
      'www.a.b',
      'a@b.c',
      '<!--',
      '</u>',
      'ü',
      '文',
      '👩‍💻',
      '===',
      '---',
      '[^1]',
      '[^1]:',
      '[x]',
      '[!NOTE]',
      ':',
      '!',
      '(',
      '{',
      '$x$',
      '"',
      "'",
    ),
  },
)
const words = fc.array(word, { minLength: 1, maxLength: 5 }).map((all) => all.join(' '))

const plainMarks: readonly string[] = ['bold', 'italic', 'strike', 'underline']
const marks: fc.Arbitrary<PageMark[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<PageMark[]>([]) },
  {
    weight: 3,
    arbitrary: fc.subarray([...plainMarks], { maxLength: 3 }).map((all) => all.map((type) => ({ type }))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<PageMark[]>(
      [{ type: 'code' }],
      [{ type: 'bold' }, { type: 'code' }],
      [{ type: 'link', attrs: { href: 'https://example.org/a_b?c=d&e=f', title: null } }],
      [{ type: 'link', attrs: { href: '/here', title: 'A "title"' } }, { type: 'italic' }],
    ),
  },
)

const image = fc
  .record({
    src: fc.constantFrom('https://example.org/a.png', 'b.png'),
    alt: words,
    title: fc.option(words),
    href: fc.constantFrom(null, 'https://x.org/'),
  })
  .map((given) => node('image', [], { ...given, href: given.href }))

/** Inline content as it stands in a paragraph: pieces with a space between them, so that marks begin and end at words. */
export const inline: fc.Arbitrary<PageNode[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.tuple(words, marks).map(([text, all]) => textNode(text, all)) },
      { weight: 1, arbitrary: image },
      { weight: 1, arbitrary: fc.constant(node('hard_break')) },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((pieces) => {
    const out: PageNode[] = []
    for (const piece of pieces) {
      const last = out.at(-1)
      if (piece.type === 'hard_break' && (last === undefined || last.type === 'hard_break')) continue
      if (last !== undefined && last.type !== 'hard_break' && piece.type !== 'hard_break')
        out.push(textNode(' '))
      out.push(piece)
    }
    while (out.at(-1)?.type === 'hard_break') out.pop()
    return joined(out)
  })
  .filter((content) => content.length > 0)

const lineOnly = inline.map((content) => joined(content.filter(({ type }) => type !== 'hard_break')))
const paragraph = inline.map((content) => node('paragraph', content))

const codeText = fc.array(fc.constantFrom('let a = 1', '```', '  b', '', '<x>', '# c', '~~~'), {
  maxLength: 4,
})
const code = fc.tuple(codeText, fc.constantFrom(null, 'js', 'c++')).map(([lines, language]) => {
  const text = lines.join('\n').replace(/\n+$/, '')
  return node('code_block', text === '' ? [] : [textNode(text)], { language })
})

const align = fc.constantFrom(null, 'left', 'center', 'right')
const table = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.boolean())
  .chain(([columns, rows, hasHead]) =>
    fc
      .tuple(
        fc.array(align, { minLength: columns, maxLength: columns }),
        fc.array(fc.array(inline, { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      )
      .map(([aligns, cells]) =>
        node(
          'table',
          cells.map((row, index) =>
            node(
              'table_row',
              row.map((content, column) =>
                node(index === 0 && hasHead ? 'table_header' : 'table_cell', [node('paragraph', content)], {
                  align: aligns[column],
                }),
              ),
            ),
          ),
        ),
      ),
  )

const { block } = fc.letrec<{ block: PageNode; blocks: PageNode[] }>((tie) => ({
  block: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    paragraph,
    fc
      .tuple(lineOnly, fc.integer({ min: 1, max: 6 }))
      .map(([content, level]) => node('heading', content, { level })),
    code,
    fc.constant(node('horizontal_rule')),
    table,
    tie('blocks').map((blocks) => node('blockquote', blocks)),
    fc
      .tuple(tie('blocks'), fc.constantFrom('note', 'tip', 'warning', 'danger'))
      .map(([blocks, kind]) => node('callout', blocks, { kind })),
    fc.array(tie('blocks'), { minLength: 1, maxLength: 3 }).map((items) =>
      node(
        'bullet_list',
        items.map((blocks) => node('list_item', blocks)),
      ),
    ),
    fc
      .tuple(fc.array(tie('blocks'), { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 12 }))
      .map(([items, start]) =>
        node(
          'ordered_list',
          items.map((blocks) => node('list_item', blocks)),
          { start },
        ),
      ),
    fc.array(fc.tuple(tie('blocks'), fc.boolean(), paragraph), { minLength: 1, maxLength: 3 }).map((items) =>
      node(
        'task_list',
        items.map(([blocks, checked, first]) => node('task_item', [first, ...blocks.slice(1)], { checked })),
      ),
    ),
  ),
  blocks: fc.array(tie('block'), { minLength: 1, maxLength: 3 }),
}))

export const page: fc.Arbitrary<PageNode> = fc.array(block, { minLength: 1, maxLength: 5 }).map(doc)

export function emptyStored(): Stored {
  return { kind: 'page', updates: [] }
}

let lastClient = 1_000

/** A Yjs document that holds this page, as the server would make it. */
export function documentOf(content: PageNode): Y.Doc {
  return opened([edit(emptyStored(), 'json', JSON.stringify(content))])
}

export function opened(updates: readonly (Uint8Array | null)[]): Y.Doc {
  const made = new Y.Doc()
  for (const update of updates) if (update !== null) Y.applyUpdate(made, update)
  return made
}

export function storedOf(made: Y.Doc): Stored {
  return { kind: 'page', updates: [Y.encodeStateAsUpdate(made)] }
}

/** The update that writes this into a document, under a client id of its own. */
export function edit(
  stored: Stored,
  format: Format,
  text: string | Uint8Array,
  place: Place = { kind: 'whole' },
): Uint8Array | null {
  const bytes = typeof text === 'string' ? bytesOf(text) : text
  lastClient += 1
  return write(stored, { content: { format, bytes, place }, title: null, client: lastClient, clock: 0 })
    .update
}

export function pageOf(made: Y.Doc): PageNode {
  return readPage(made.getXmlFragment('prosemirror')).page
}

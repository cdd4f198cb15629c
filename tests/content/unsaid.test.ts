import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Format } from '#server/content/port.ts'
import { pageBytes } from '#server/content/render.ts'
import { node, type PageNode, textNode } from '#server/content/tree.ts'
import { documentOf, edit, opened, pageOf, storedOf, wordsOf } from './pages.ts'

const said = (one: PageNode, format: Exclude<Format, 'yjs'>) => wordsOf(pageBytes(one, format))
const p = (...content: PageNode[]) => node('paragraph', content)
const t = textNode

/** A page after it was read in a format, changed there, and written back. */
function rewritten(
  content: PageNode[],
  format: 'markdown' | 'text',
  change: (text: string) => string,
): PageNode {
  const base = documentOf({ type: 'doc', content })
  const update = edit(storedOf(base), format, change(said(pageOf(base), format)))
  return pageOf(opened([Y.encodeStateAsUpdate(base), update]))
}

const ada = node('mention', [], { id: 'ada', label: 'Ada' })
const picture = node('image', [], { src: 'https://example.org/a.png', alt: 'A', width: 300 })
const list = (...items: string[]) =>
  node(
    'bullet_list',
    items.map((item) => node('list_item', [p(t(item))])),
  )

describe('A10 what a format cannot say stays where words beside it change', () => {
  test('whom somebody mentions', () => {
    for (const format of ['markdown', 'text'] as const) {
      const made = rewritten([p(t('Ask '), ada, t(' about bread.'))], format, (all) =>
        all.replace('bread', 'water'),
      )
      expect(made.content).toEqual([p(t('Ask '), ada, t(' about water.'))])
    }
    const other = rewritten([p(t('Ask '), ada, t('.'))], 'markdown', (all) => all.replace('@Ada', '@Adam'))
    expect(other.content).toEqual([p(t('Ask @Adam.'))])
    const quoted = rewritten([node('blockquote', [p(ada, t(' one')), p(t('two'))])], 'markdown', (all) =>
      all.replace('two', 'three'),
    )
    expect(quoted.content).toEqual([node('blockquote', [p(ada, t(' one')), p(t('three'))])])
  })

  test('a picture among plain words', () => {
    const made = rewritten([p(t('Look '), picture, t(' here.'))], 'text', (all) =>
      all.replace('here', 'there'),
    )
    expect(made.content).toEqual([p(t('Look '), picture, t(' there.'))])
  })

  test('a list and a table as plain lines', () => {
    const table = (...rows: string[][]) =>
      node(
        'table',
        rows.map((row) =>
          node(
            'table_row',
            row.map((cell) => node('table_cell', [p(t(cell))])),
          ),
        ),
      )
    const blocks = [list('one', 'two', 'three'), table(['a', 'b'], ['c', 'd'])]
    const made = rewritten(blocks, 'text', (all) => all.replace('two', 'two and more').replace('c', 'see'))
    expect(made.content).toEqual([list('one', 'two and more', 'three'), table(['a', 'b'], ['see', 'd'])])
    expect(rewritten(blocks, 'text', (all) => all.replace('two\n', '')).content?.[0]).toEqual(
      list('one', 'three'),
    )
  })

  test('a wide cell, and a list in a cell', () => {
    const cell = (content: PageNode[], colspan = 1) => node('table_cell', content, { colspan })
    const table = (word: string, item: string) =>
      node('table', [
        node('table_row', [cell([p(t(word))], 2), cell([p(t('last'))])]),
        node('table_row', [cell([p(t('x'))]), cell([p(t('first')), list(item)]), cell([p(t('z'))])]),
      ])
    const made = rewritten([table('wide', 'in list')], 'markdown', (all) =>
      all.replace('wide', 'wider').replace('in list', 'in a list'),
    )
    expect(made.content).toEqual([table('wider', 'in a list')])
  })

  test('in any page: a word more somewhere leaves all else as it is', () => {
    const words = fc
      .array(fc.stringMatching(/^[a-z]{2,7}$/), { minLength: 1, maxLength: 4 })
      .map((all) => all.join(' '))
    const inline = fc
      .array(
        fc.oneof(
          words.map((one) => t(one)),
          fc.constantFrom(ada, picture),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((all) => [...all.flatMap((one) => [one, t(' ')]), t('end')])
      .map((all) =>
        p(
          ...all.reduce<PageNode[]>((out, one) => {
            const last = out.at(-1)
            return last?.text !== undefined && one.text !== undefined
              ? [...out.slice(0, -1), t(last.text + one.text)]
              : out.concat(one)
          }, []),
        ),
      )
    const block = fc.oneof(
      inline,
      inline.map((one) => node('blockquote', [one])),
      inline.map((one) => node('bullet_list', [node('list_item', [one])])),
    )
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.constantFrom('markdown', 'text'),
        (blocks, at, format) => {
          const ends = JSON.stringify(blocks).split('end').length - 1
          const change = (all: string) => {
            let seen = 0
            return all.replaceAll('end', (end) => (seen++ === at % ends ? 'END and more' : end))
          }
          const expected = JSON.parse(change(JSON.stringify(blocks)))
          expect(rewritten(blocks, format as 'markdown' | 'text', change).content).toEqual(expected)
        },
      ),
      { numRuns: 60, seed: 20261122 },
    )
  })
})

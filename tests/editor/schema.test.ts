import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { type DOMOutputSpec, Fragment, type Mark, type Node } from 'prosemirror-model'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readFragment } from '#client/editor/reading.ts'
import { createSchema } from '#client/editor/schema.ts'
import type { Attribute } from '#shared/schema/attribute.ts'
import { SCHEMA_VERSION } from '#shared/schema/document.ts'
import { type MarkRule, markName, markRule, marks } from '#shared/schema/marks.ts'
import { type NodeRule, nodeRule, nodes } from '#shared/schema/nodes.ts'
import { imageUrl, linkUrl } from '#shared/schema/url.ts'

const schema = createSchema()

/** Every attribute of HTML in a drawing, as `element attribute value`. */
function drawn(spec: DOMOutputSpec): string[] {
  if (!Array.isArray(spec)) return []
  const [name, second, ...rest] = spec as [string, unknown, ...unknown[]]
  const attributes = typeof second === 'object' && second !== null && !Array.isArray(second) ? second : {}
  const children = attributes === second ? rest : [second, ...rest]
  return [
    ...Object.entries(attributes).map(([key, value]) => `${name} ${key} ${String(value)}`),
    ...children.flatMap((child) => (Array.isArray(child) ? drawn(child as unknown as DOMOutputSpec) : [])),
  ]
}

/** What an update can carry; the rest of JavaScript cannot arrive. */
function isStorable(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined
  } catch {
    // Circular, or holding a bigint.
    return false
  }
}

function drawNode(node: Node): string[] {
  const { toDOM } = node.type.spec
  return toDOM ? drawn(toDOM(node)) : []
}

function drawMark(mark: Mark): string[] {
  const { toDOM } = mark.type.spec
  return toDOM ? drawn(toDOM(mark, true)) : []
}

function holding<T extends Node | Mark>(holder: T, attrs: Record<string, unknown>): T {
  return Object.assign(Object.create(Object.getPrototypeOf(holder)), holder, { attrs })
}

const hostile = fc.oneof(
  fc.constantFrom(
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    '\tjava\nscript:alert(1)',
    'data:text/html,<script>',
    'vbscript:x',
    '//evil.example',
    '/\\evil.example',
    '"><script>alert(1)</script>',
    'x" onload="alert(1)',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    1e300,
  ),
  fc.anything(),
)

describe('drawing', () => {
  test('whatever a node or mark holds, only known attributes are drawn, and none that acts', () => {
    const holders = [
      ...Object.entries<NodeRule | MarkRule>(nodes),
      ...Object.entries<NodeRule | MarkRule>(marks),
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...holders),
        fc.array(hostile, { minLength: 5, maxLength: 5 }),
        ([name, rule], values) => {
          const attrs = Object.fromEntries(
            Object.keys(rule.attributes).map((key, index) => [key, values[index]]),
          )
          const type = schema.nodes[name]
          // Made past the checks of the library, as if they were not there.
          const lines = type
            ? drawNode(holding(type.create(), attrs))
            : drawMark(holding(schema.mark(name), attrs))
          for (const line of lines) {
            const [, attribute = '', ...rest] = line.split(' ')
            const value = rest.join(' ')
            expect(attribute).toMatch(
              /^(class|dir|spellcheck|start|type|disabled|checked|colspan|rowspan|src|alt|title|width|loading|referrerpolicy|href|rel|data-[a-z]+)$/,
            )
            if (attribute === 'href') expect(linkUrl(value)).toBe(value)
            if (attribute === 'src') expect(imageUrl(value)).toBe(value)
            if (/span$|^start$|^width$/.test(attribute)) expect(value).toMatch(/^\d{1,9}$/)
            if (attribute === 'class') expect(value).toMatch(/^[a-z -]+$/)
          }
        },
      ),
      { numRuns: 2_000, seed: 20261122 },
    )
  })

  test('whatever a shared document says of its nodes, reading it throws nothing and writes nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(nodes)),
        fc.array(hostile, { minLength: 5, maxLength: 5 }),
        (name, values) => {
          const doc = new Y.Doc()
          const fragment = doc.getXmlFragment('prosemirror')
          const element = new Y.XmlElement<Record<string, never>>(name)
          for (const [index, key] of Object.keys(nodeRule(name)?.attributes ?? {}).entries())
            if (isStorable(values[index])) element.setAttribute(key, values[index] as never)
          fragment.push([element as Y.XmlElement])
          const before = Y.encodeStateAsUpdate(doc)
          readFragment(fragment, schema, new Map()).doc.check()
          expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
        },
      ),
      { numRuns: 1_000, seed: 20261122 },
    )
  })

  test('links go nowhere with the page in their hands', () => {
    const lines = drawMark(schema.mark('link', { href: 'https://a.example/' }))
    expect(lines).toContain('a rel noopener noreferrer nofollow')
    expect(lines).toContain('a href https://a.example/')
  })
})

describe('addresses', () => {
  test.each([
    'https://a.example/b?c#d',
    'http://a',
    'mailto:a@b.example',
    'tel:+4912',
    '/here',
    'there/x',
    '#part',
    '?q',
  ])('%s is one', (address) => expect(linkUrl(address)).toBe(address))

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:x',
    '\tjava\nscript:x',
    'java\u0000script:x',
    '\u00a0javascript:x',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:x',
    '//evil.example',
    '\\\\evil.example',
    '/\\evil.example',
    '',
    '  ',
    'https://\ud800',
    `https://${'a'.repeat(3_000)}`,
    null,
    7,
    { toString: () => 'https://a.example' },
  ])('%j is none', (address) => expect(linkUrl(address)).toBe(null))

  test('a picture is fetched over http only', () => {
    expect(imageUrl('https://a.example/b.png')).not.toBe(null)
    expect(imageUrl('mailto:a@b.example')).toBe(null)
    expect(imageUrl('data:image/svg+xml,<svg onload=x>')).toBe(null)
  })
})

describe('the schema', () => {
  test('its names, attributes and content are what they were: a change of them is a new version', () => {
    const shape = (rules: Record<string, NodeRule | MarkRule>) =>
      Object.entries(rules).map(([name, { attributes, ...rule }]) => {
        const values = Object.entries<Attribute>(attributes).map(
          ([key, { default: value }]) => `${key}=${value}`,
        )
        return [name, JSON.stringify(rule), ...values].join(' ')
      })
    expect({ version: SCHEMA_VERSION, nodes: shape(nodes), marks: shape(marks) }).toMatchInlineSnapshot(`
      {
        "marks": [
          "link {"inclusive":false} href=null title=null",
          "bold {}",
          "italic {}",
          "underline {}",
          "strike {}",
          "code {"inclusive":false}",
          "comment {"excludes":"","inclusive":false} thread=",
        ],
        "nodes": [
          "paragraph {"content":"inline*","group":"block"}",
          "heading {"content":"inline*","group":"block"} level=1",
          "blockquote {"content":"block+","group":"block"}",
          "code_block {"content":"text*","group":"block","marks":""} language=null",
          "bullet_list {"content":"list_item+","group":"block"}",
          "ordered_list {"content":"list_item+","group":"block"} start=1",
          "list_item {"content":"block+"}",
          "task_list {"content":"task_item+","group":"block"}",
          "task_item {"content":"block+"} checked=false",
          "callout {"content":"block+","group":"block"} kind=note",
          "horizontal_rule {"group":"block"}",
          "table {"content":"table_row+","group":"block"}",
          "table_row {"content":"(table_cell | table_header)*"}",
          "table_cell {"content":"block+"} colspan=1 rowspan=1 colwidth=null align=null",
          "table_header {"content":"block+"} colspan=1 rowspan=1 colwidth=null align=null",
          "hard_break {"group":"inline","inline":true}",
          "image {"group":"inline","inline":true} src=null alt= title=null width=0 href=null",
          "mention {"group":"inline","inline":true} id= label=",
        ],
        "version": 1,
      }
    `)
  })

  test('every node can be made empty and passes its own checks', () => {
    for (const name of Object.keys(nodes)) {
      const node = schema.nodes[name]?.createAndFill()
      expect(node, name).not.toBeNull()
      node?.check()
    }
  })

  test('two comments may lie on the same words, under keys of their own', () => {
    const [first, second] = ['a', 'b'].map((thread) => schema.mark('comment', { thread }))
    if (!first || !second) throw new Error('no comments')
    expect(schema.text('x', second.addToSet(first.addToSet([]))).marks).toHaveLength(2)
    expect(markName('comment--AbCd12+/')).toBe('comment')
    expect(markName('bold')).toBe('bold')
  })

  test('names of objects are no names of nodes', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(nodeRule(name)).toBe(null)
      expect(markRule(name)).toBe(null)
    }
  })

  test('content can only fail by being empty', () => {
    for (const [name, rule] of Object.entries<NodeRule>(nodes))
      if (rule.content !== undefined) expect(rule.content, name).toMatch(/^(\w+|\(\w+( \| \w+)*\))[*+]$/)
    expect(Fragment.empty.size).toBe(0)
  })

  test('every node and mark has a look', () => {
    const looks = ['content', 'lists', 'tables'].map((name) =>
      readFileSync(new URL(`../../client/editor/${name}.css.ts`, import.meta.url), 'utf8'),
    )
    const css = looks.join('\n')
    for (const sign of [
      'h1',
      'h6',
      'pre',
      'blockquote',
      'task',
      'table',
      'hr',
      'callout',
      'mention',
      'comment',
      'img',
      'unknown',
    ])
      expect(css).toContain(sign)
  })
})

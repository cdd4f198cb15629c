/** How each node and mark is drawn as HTML, and which HTML is read as it. */
import type { AttributeSpec, DOMOutputSpec, Mark, Node, TagParseRule } from 'prosemirror-model'
import type { Attribute, AttributeValue } from '#shared/schema/attribute.ts'
import { type MarkName, type MarkRule, marks } from '#shared/schema/marks.ts'
import { type NodeName, type NodeRule, nodes } from '#shared/schema/nodes.ts'

type Attributes = Record<string, string>

interface NodeForm {
  readonly toDOM: (node: Node) => DOMOutputSpec
  readonly parseDOM: readonly TagParseRule[]
  readonly leafText?: (node: Node) => string
  readonly attrs?: Record<string, AttributeSpec>
}

interface MarkForm {
  readonly toDOM: (mark: Mark) => DOMOutputSpec
  readonly parseDOM: MarkParseRules
}

type MarkParseRules = NonNullable<import('prosemirror-model').MarkSpec['parseDOM']>

const LINK_REL = 'noopener noreferrer nofollow'

export const nodeForms: Record<NodeName, NodeForm> = {
  paragraph: simple('p', { dir: 'auto' }),
  heading: {
    toDOM: (node) => [`h${value(node, 'level')}`, { dir: 'auto' }, 0],
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level } })),
  },
  blockquote: simple('blockquote'),
  code_block: {
    toDOM: (node) => [
      'pre',
      { ...given(node, { language: 'data-language' }), spellcheck: 'false', dir: 'ltr' },
      ['code', 0],
    ],
    parseDOM: [
      {
        tag: 'pre',
        preserveWhitespace: 'full',
        getAttrs: (dom) => read('code_block', { language: languageOf(dom) }),
      },
    ],
  },
  bullet_list: simple('ul'),
  ordered_list: {
    toDOM: (node) => ['ol', { start: String(value(node, 'start')) }, 0],
    parseDOM: [
      {
        tag: 'ol',
        getAttrs: (dom) =>
          read('ordered_list', { start: dom.hasAttribute('start') ? whole(dom, 'start') : 1 }),
      },
    ],
  },
  list_item: simple('li'),
  task_list: {
    toDOM: () => ['ul', { class: 'tasks' }, 0],
    // Before bullet_list: other programs mark their task lists by the boxes in the items.
    parseDOM: [
      { tag: 'ul.tasks', priority: 60 },
      {
        tag: 'ul',
        priority: 55,
        getAttrs: (dom) => (dom.querySelector(':scope > li input[type=checkbox]') ? null : false),
      },
    ],
  },
  task_item: {
    toDOM: (node) => {
      const checked: Attributes = value(node, 'checked') === true ? { checked: '' } : {}
      return [
        'li',
        { class: 'task', 'data-checked': String(value(node, 'checked')) },
        ['input', { type: 'checkbox', disabled: '', ...checked }],
        ['div', 0],
      ]
    },
    parseDOM: [
      {
        tag: 'li',
        context: 'task_list/',
        priority: 60,
        getAttrs: (dom) => {
          const box = dom.querySelector('input[type=checkbox]')
          return read('task_item', { checked: box?.hasAttribute('checked') ?? false })
        },
      },
    ],
  },
  callout: {
    toDOM: (node) => ['aside', { class: 'callout', 'data-kind': String(value(node, 'kind')) }, 0],
    parseDOM: [
      { tag: 'aside.callout', getAttrs: (dom) => read('callout', { kind: dom.getAttribute('data-kind') }) },
    ],
  },
  horizontal_rule: { toDOM: () => ['hr'], parseDOM: [{ tag: 'hr' }] },
  table: { toDOM: () => ['table', ['tbody', 0]], parseDOM: [{ tag: 'table' }] },
  table_row: simple('tr'),
  table_cell: cellForm('table_cell', 'td'),
  table_header: cellForm('table_header', 'th'),
  hard_break: { toDOM: () => ['br'], parseDOM: [{ tag: 'br' }], leafText: () => '\n' },
  image: {
    toDOM: (node) => {
      const width = value(node, 'width')
      const href = value(node, 'href')
      const picture: DOMOutputSpec = [
        'img',
        {
          ...given(node, { src: 'src', title: 'title' }),
          alt: String(value(node, 'alt')),
          ...(typeof width === 'number' && width > 0 ? { width: String(width) } : {}),
          loading: 'lazy',
          referrerpolicy: 'no-referrer',
        },
      ]
      return typeof href === 'string' ? ['a', { href, rel: LINK_REL }, picture] : picture
    },
    parseDOM: [
      {
        tag: 'img[src]',
        getAttrs: (dom) => {
          const attributes = read('image', {
            src: dom.getAttribute('src'),
            alt: dom.getAttribute('alt'),
            title: dom.getAttribute('title'),
            width: whole(dom, 'width'),
            href: dom.closest('a[href]')?.getAttribute('href'),
          })
          return attributes['src'] === null ? false : attributes
        },
      },
    ],
    leafText: (node) => String(value(node, 'alt')),
  },
  mention: {
    toDOM: (node) => [
      'span',
      { class: 'mention', 'data-id': String(value(node, 'id')) },
      `@${value(node, 'label')}`,
    ],
    parseDOM: [
      {
        tag: 'span.mention',
        getAttrs: (dom) =>
          read('mention', { id: dom.getAttribute('data-id'), label: dom.textContent?.replace(/^@/, '') }),
      },
    ],
    leafText: (node) => `@${value(node, 'label')}`,
  },
}

export const markForms: Record<MarkName, MarkForm> = {
  link: {
    toDOM: (mark) => ['a', { ...given(mark, { href: 'href', title: 'title' }), rel: LINK_REL }, 0],
    parseDOM: [
      {
        tag: 'a[href]',
        getAttrs: (dom) => {
          const attributes = readMark('link', {
            href: dom.getAttribute('href'),
            title: dom.getAttribute('title'),
          })
          return attributes['href'] === null ? false : attributes
        },
      },
    ],
  },
  bold: {
    toDOM: () => ['strong', 0],
    parseDOM: [
      { tag: 'strong' },
      // Google Docs wraps what it copies in a <b> that is not bold.
      { tag: 'b', getAttrs: (dom) => dom.style.fontWeight !== 'normal' && null },
      { style: 'font-weight=400', clearMark: (mark) => mark.type.name === 'bold' },
      { style: 'font-weight', getAttrs: (weight) => /^(bold(er)?|[6-9]\d\d)$/.test(weight) && null },
    ],
  },
  italic: { toDOM: () => ['em', 0], parseDOM: [{ tag: 'i' }, { tag: 'em' }, { style: 'font-style=italic' }] },
  underline: { toDOM: () => ['u', 0], parseDOM: [{ tag: 'u' }, { style: 'text-decoration=underline' }] },
  strike: {
    toDOM: () => ['s', 0],
    parseDOM: [{ tag: 's' }, { tag: 'del' }, { tag: 'strike' }, { style: 'text-decoration=line-through' }],
  },
  code: { toDOM: () => ['code', { spellcheck: 'false' }, 0], parseDOM: [{ tag: 'code' }] },
  comment: {
    toDOM: (mark) => ['span', { class: 'comment', 'data-thread': String(value(mark, 'thread')) }, 0],
    parseDOM: [
      {
        tag: 'span.comment[data-thread]',
        getAttrs: (dom) => readMark('comment', { thread: dom.getAttribute('data-thread') }),
      },
    ],
  },
}

function simple(tag: string, attributes: Attributes = {}): NodeForm {
  return { toDOM: () => [tag, attributes, 0], parseDOM: [{ tag }] }
}

function cellForm(name: 'table_cell' | 'table_header', tag: string): NodeForm {
  return {
    toDOM: (node) => {
      const widths = value(node, 'colwidth')
      return [
        tag,
        {
          ...spanning('colspan', value(node, 'colspan')),
          ...spanning('rowspan', value(node, 'rowspan')),
          ...given(node, { align: 'data-align' }),
          ...(Array.isArray(widths) ? { 'data-colwidth': widths.join(',') } : {}),
        },
        0,
      ]
    },
    parseDOM: [
      {
        tag,
        getAttrs: (dom) => {
          const widths = dom.getAttribute('data-colwidth')
          return read(name, {
            colspan: whole(dom, 'colspan'),
            rowspan: whole(dom, 'rowspan'),
            colwidth: widths && /^\d+(,\d+)*$/.test(widths) ? widths.split(',').map(Number) : null,
            align: dom.getAttribute('data-align') ?? dom.getAttribute('align') ?? dom.style.textAlign,
          })
        },
      },
    ],
  }
}

function spanning(name: string, span: AttributeValue): Attributes {
  return span === 1 ? {} : { [name]: String(span) }
}

function rulesOf(holder: Node | Mark): Readonly<Record<string, Attribute>> {
  const name = holder.type.name
  const rule: NodeRule | MarkRule = name in nodes ? nodes[name as NodeName] : marks[name as MarkName]
  return rule.attributes
}

/** An attribute as its rule reads it, whatever the node holds. */
function value(holder: Node | Mark, name: string): AttributeValue {
  return rulesOf(holder)[name]?.read(holder.attrs[name]) ?? null
}

/** Attributes that are there, under their names in HTML. */
function given(holder: Node | Mark, names: Readonly<Record<string, string>>): Attributes {
  const out: Attributes = {}
  for (const [name, htmlName] of Object.entries(names)) {
    const found = value(holder, name)
    if (typeof found === 'string') out[htmlName] = found
  }
  return out
}

function read(name: NodeName, found: Record<string, unknown>): Record<string, AttributeValue> {
  return readAll(nodes[name].attributes, found)
}

function readMark(name: MarkName, found: Record<string, unknown>): Record<string, AttributeValue> {
  return readAll(marks[name].attributes, found)
}

function readAll(rules: Readonly<Record<string, Attribute>>, found: Record<string, unknown>) {
  const out: Record<string, AttributeValue> = {}
  for (const [name, rule] of Object.entries(rules)) out[name] = rule.read(found[name])
  return out
}

function whole(dom: HTMLElement, name: string): number {
  return Number.parseInt(dom.getAttribute(name) ?? '', 10)
}

function languageOf(dom: HTMLElement): string | null {
  const named = dom.getAttribute('data-language')
  if (named) return named
  const classes = `${dom.className} ${dom.firstElementChild?.className ?? ''}`
  return /(?:^|\s)(?:language|lang)-(\S+)/.exec(classes)?.[1] ?? null
}

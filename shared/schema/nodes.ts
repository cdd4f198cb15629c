/**
 * Every kind of node a page document may hold, as plain values: names, what fits into what, attributes.
 *
 * A node or attribute added here makes older pages read-only for documents that use it, one renamed loses text:
 * so none is ever renamed or taken away, and SCHEMA_VERSION rises when one is added. No content expression
 * may be able to fail when two valid edits meet: only `X*` and `X+`, and a reader fills a `+` that came out empty.
 */
import {
  type Attribute,
  choice,
  columnWidths,
  flag,
  image,
  integer,
  link,
  MAX_SPAN,
  text,
  word,
} from './attribute.ts'

export interface NodeRule {
  /** A ProseMirror content expression; none for a leaf. */
  readonly content?: string
  readonly group?: 'block' | 'inline'
  readonly inline?: true
  /** Marks allowed inside: '' for none; all where it is not named. */
  readonly marks?: ''
  readonly attributes: Readonly<Record<string, Attribute>>
}

const none = {}
const alignment = choice(['left', 'center', 'right'], null)
const cell = {
  colspan: integer(1, MAX_SPAN, 1),
  rowspan: integer(1, MAX_SPAN, 1),
  colwidth: columnWidths,
  align: alignment,
}

export const nodes = {
  paragraph: { content: 'inline*', group: 'block', attributes: none },
  heading: { content: 'inline*', group: 'block', attributes: { level: integer(1, 6, 1) } },
  blockquote: { content: 'block+', group: 'block', attributes: none },
  code_block: {
    content: 'text*',
    group: 'block',
    marks: '',
    attributes: { language: word(/^[\w+#.-]{1,40}$/) },
  },
  bullet_list: { content: 'list_item+', group: 'block', attributes: none },
  ordered_list: {
    content: 'list_item+',
    group: 'block',
    attributes: { start: integer(0, 999_999_999, 1) },
  },
  list_item: { content: 'block+', attributes: none },
  task_list: { content: 'task_item+', group: 'block', attributes: none },
  task_item: { content: 'block+', attributes: { checked: flag } },
  callout: {
    content: 'block+',
    group: 'block',
    attributes: { kind: choice(['note', 'tip', 'warning', 'danger'], 'note') },
  },
  horizontal_rule: { group: 'block', attributes: none },
  table: { content: 'table_row+', group: 'block', attributes: none },
  table_row: { content: '(table_cell | table_header)*', attributes: none },
  table_cell: { content: 'block+', attributes: cell },
  table_header: { content: 'block+', attributes: cell },
  hard_break: { group: 'inline', inline: true, attributes: none },
  image: {
    group: 'inline',
    inline: true,
    attributes: {
      src: image,
      alt: text(1_000, ''),
      title: text(1_000),
      width: integer(0, 4_000, 0),
      /** Where it leads; pictures carry no marks. */
      href: link,
    },
  },
  mention: {
    group: 'inline',
    inline: true,
    attributes: { id: text(255, ''), label: text(100, '') },
  },
} as const satisfies Record<string, NodeRule>

export type NodeName = keyof typeof nodes

/** The rule of a node by its name in the document, or null for a name this version does not know. */
export function nodeRule(name: string): NodeRule | null {
  return Object.hasOwn(nodes, name) ? nodes[name as NodeName] : null
}

/**
 * HTML into the tree: the parser of the HTML standard, then only what the schema knows. Scripts, handlers and
 * addresses that must not be opened have no place in the tree, so nothing of them is kept.
 */
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'
import { markRule } from '#shared/schema/marks.ts'
import { DROPPED, MARKS } from './html-names.ts'
import { trimmed } from './html-space.ts'
import { linesAsOne } from './line-space.ts'
import { asBlocks, filled } from './rules.ts'
import { assertShallow } from './shallow.ts'
import {
  doc,
  isInline,
  MAX_DEPTH,
  mark,
  node,
  type PageMark,
  type PageNode,
  textNode,
  withMark,
} from './tree.ts'

type Child = DefaultTreeAdapterTypes.ChildNode
type Element = DefaultTreeAdapterTypes.Element

/** Where browsers stop nesting, too. */
const MAX_ELEMENTS = 512

/** Throws InvalidContent where it is nested too deeply. */
export function readHtml(html: string): PageNode {
  const { childNodes } = parseFragment(html)
  const elementsIn = (child: Child) => ('childNodes' in child ? child.childNodes.filter(isElement) : [])
  assertShallow<Child>(childNodes.filter(isElement), {
    most: MAX_ELEMENTS,
    told: 'elements',
    within: elementsIn,
  })
  const blocks = asBlocks(trimmed(children(childNodes, { marks: [], depth: 0, pre: false, href: null })))
  const nodesIn = ({ content = [] }: PageNode) => content.filter(({ type }) => type !== 'text')
  assertShallow(blocks, { most: MAX_DEPTH, told: 'nodes', within: nodesIn })
  return doc(blocks)
}

function isElement(child: Child): child is Element {
  return 'tagName' in child
}

interface Walk {
  readonly marks: readonly PageMark[]
  readonly depth: number
  /** Inside of a `pre`: white space counts. */
  readonly pre: boolean
  /** Where a picture in here leads. */
  readonly href: string | null
}

/** Elements that stand by themselves: what is inline in them is a paragraph of its own. */
const APART = new Set(
  'p div section article main header footer nav figure figcaption address details summary dl dt dd center fieldset form hgroup body html caption legend'.split(
    ' ',
  ),
)

function children(nodes: readonly Child[], walk: Walk): PageNode[] {
  return nodes.flatMap((child) => one(child, walk))
}

function one(child: Child, walk: Walk): PageNode[] {
  if ('value' in child && child.nodeName === '#text') return text(child.value, walk)
  if (!('tagName' in child) || DROPPED.has(child.tagName)) return []
  if (walk.depth > 4 * MAX_DEPTH) return text(wordsIn(child), walk)
  return elementOf(child, { ...walk, depth: walk.depth + 1 })
}

function text(value: string, { marks, pre }: Walk): PageNode[] {
  const isCode = marks.some(({ type }) => type === 'code')
  const shown = pre ? value : isCode ? linesAsOne(value) : value.replace(/[ \t\n\f\r]+/g, ' ')
  return shown === '' ? [] : [textNode(shown.toWellFormed(), marks)]
}

function elementOf(element: Element, walk: Walk): PageNode[] {
  const name = element.tagName
  const marked = MARKS.get(name)
  if (marked !== undefined)
    return children(element.childNodes, { ...walk, marks: withMark(walk.marks, marked) })
  const heading = /^h([1-6])$/.exec(name)
  if (heading !== null)
    return apart(element, walk, (inline) => node('heading', inline, { level: Number(heading[1]) }))
  switch (name) {
    case 'br':
      return [node('hard_break')]
    case 'hr':
      return [node('horizontal_rule')]
    case 'a':
      return link(element, walk)
    case 'img':
      return image(element, walk)
    case 'input':
      return []
    case 'span':
      return span(element, walk)
    case 'pre':
      return [codeBlock(element)]
    case 'blockquote':
      return [filled('blockquote', within('blockquote', element, walk))]
    case 'aside':
      return [
        filled('callout', within('callout', element, walk), { kind: attribute(element, 'data-callout') }),
      ]
    case 'ul':
    case 'menu':
    case 'ol':
      return list(element, walk)
    case 'table':
      return table(element, walk)
    case 'li':
      return within('list_item', element, walk)
    default:
      if (APART.has(name)) return apart(element, walk, (inline) => node('paragraph', inline))
      return children(element.childNodes, walk)
  }
}

/** What is inline becomes a block by itself; blocks in it stand beside. */
function apart(element: Element, walk: Walk, make: (inline: readonly PageNode[]) => PageNode): PageNode[] {
  const found = children(element.childNodes, walk)
  if (found.every(isInline)) {
    const inline = trimmed(found)
    return inline.length === 0 && element.tagName !== 'p' && make([]).type === 'paragraph'
      ? []
      : [make(inline)]
  }
  const out: PageNode[] = []
  let inline: PageNode[] = []
  for (const child of [...found, null]) {
    if (child !== null && isInline(child)) {
      inline.push(child)
      continue
    }
    const run = trimmed(inline)
    if (run.length > 0) out.push(make(run))
    inline = []
    if (child !== null) out.push(child)
  }
  return out
}

function within(parent: string, element: Element, walk: Walk): PageNode[] {
  const found = children(element.childNodes, { ...walk, marks: [], href: null })
  return asBlocks(parts(found), parent)
}

/** Runs of inline nodes between blocks, each without the white space that separates tags. */
function parts(found: readonly PageNode[]): PageNode[] {
  const out: PageNode[] = []
  let inline: PageNode[] = []
  for (const child of found) {
    if (isInline(child)) inline.push(child)
    else {
      out.push(...trimmed(inline), child)
      inline = []
    }
  }
  return [...out, ...trimmed(inline)]
}

function list(element: Element, walk: Walk): PageNode[] {
  const items = element.childNodes.filter(
    (child): child is Element => 'tagName' in child && child.tagName === 'li',
  )
  if (items.length === 0) return children(element.childNodes, walk)
  const boxes = items.map(checkbox)
  const isOrdered = element.tagName === 'ol'
  if (!isOrdered && boxes.every((box) => box !== null)) {
    const tasks = items.map((item, index) =>
      filled('task_item', within('task_item', item, walk), { checked: boxes[index] === true }),
    )
    return [node('task_list', tasks)]
  }
  const made = items.map((item) => filled('list_item', within('list_item', item, walk)))
  const start = Number.parseInt(attribute(element, 'start') ?? '1', 10)
  return [isOrdered ? node('ordered_list', made, { start }) : node('bullet_list', made)]
}

/** Whether a box that stands first in this item is ticked; null without one. */
function checkbox(item: Element): boolean | null {
  const first = item.childNodes.find(
    (child) =>
      'tagName' in child || (child.nodeName === '#text' && 'value' in child && child.value.trim() !== ''),
  )
  if (first === undefined || !('tagName' in first)) return null
  if (first.tagName === 'input' && attribute(first, 'type')?.toLowerCase() === 'checkbox')
    return attribute(first, 'checked') !== null
  return first.tagName === 'p' || first.tagName === 'label' ? checkbox(first) : null
}

function table(element: Element, walk: Walk): PageNode[] {
  const rows = descendants(element, 'tr').map((row) => {
    const cells = row.childNodes.filter(
      (child): child is Element => 'tagName' in child && (child.tagName === 'td' || child.tagName === 'th'),
    )
    return node(
      'table_row',
      cells.map((one) => cell(one, walk)),
    )
  })
  const captions = descendants(element, 'caption').flatMap((caption) => elementOf(caption, walk))
  return rows.length === 0 ? captions : [...captions, node('table', rows)]
}

function cell(element: Element, walk: Walk): PageNode {
  const type = element.tagName === 'th' ? 'table_header' : 'table_cell'
  const widths = attribute(element, 'data-colwidth')
  const align = /text-align:\s*(left|center|right)/i.exec(attribute(element, 'style') ?? '')?.[1]
  return filled(type, within(type, element, walk), {
    colspan: Number.parseInt(attribute(element, 'colspan') ?? '1', 10),
    rowspan: Number.parseInt(attribute(element, 'rowspan') ?? '1', 10),
    colwidth: widths === null ? null : widths.split(',').map(Number),
    align: (align ?? attribute(element, 'align') ?? '').toLowerCase(),
  })
}

/** Not those of a table inside of this one. */
function descendants(element: Element, name: string): Element[] {
  return element.childNodes.flatMap((child) => {
    if (!('tagName' in child) || child.tagName === 'table') return []
    return child.tagName === name ? [child] : descendants(child, name)
  })
}

function codeBlock(element: Element): PageNode {
  const code = element.childNodes.find(
    (child): child is Element => 'tagName' in child && child.tagName === 'code',
  )
  const language =
    /(?:^|\s)lang(?:uage)?-([^\s]+)/.exec(attribute(code ?? element, 'class') ?? '')?.[1] ?? null
  const words = wordsIn(element)
  return node('code_block', words === '' ? [] : [textNode(words.toWellFormed())], { language })
}

function link(element: Element, walk: Walk): PageNode[] {
  const rule = markRule('link')
  const href = attribute(element, 'href')
  if (rule === null || href === null) return children(element.childNodes, walk)
  const made = mark('link', rule, { href, title: attribute(element, 'title') })
  const target = made.attrs?.['href']
  if (typeof target !== 'string') return children(element.childNodes, walk)
  const marks = [...walk.marks.filter(({ type }) => type !== 'link'), made]
  return children(element.childNodes, { ...walk, marks, href: target })
}

function image(element: Element, { href }: Walk): PageNode[] {
  const [alt, title] = [attribute(element, 'alt') ?? '', attribute(element, 'title')]
  const width = Number.parseInt(attribute(element, 'width') ?? '0', 10) || 0
  const made = node('image', [], { src: attribute(element, 'src'), alt, title, width, href })
  if (made.attrs?.['src'] != null) return [made]
  return alt === '' ? [] : [textNode(alt.toWellFormed())]
}

function span(element: Element, walk: Walk): PageNode[] {
  const id = attribute(element, 'data-mention')
  if (id === null) return children(element.childNodes, walk)
  return [node('mention', [], { id, label: wordsIn(element).replace(/^@/, '') })]
}

function attribute(element: Element, name: string): string | null {
  return element.attrs.find((one) => one.name === name)?.value ?? null
}

function wordsIn(element: Element): string {
  return element.childNodes
    .map((child) => {
      if (child.nodeName === '#text' && 'value' in child) return child.value
      if (!('tagName' in child) || DROPPED.has(child.tagName)) return ''
      return child.tagName === 'br' ? '\n' : wordsIn(child)
    })
    .join('')
}

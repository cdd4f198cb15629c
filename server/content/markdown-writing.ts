/** The tree as GitHub's Markdown. What Markdown cannot say (widths, comments, merged cells) is left out. */
import type {
  AlignType,
  BlockContent,
  DefinitionContent,
  List,
  ListItem,
  PhrasingContent,
  RootContent,
  TableCell,
  TableRow,
} from 'mdast'
import { gfmToMarkdown } from 'mdast-util-gfm'
import { toMarkdown } from 'mdast-util-to-markdown'
import { FRONT_MATTER, isFrontMatter } from '#shared/front-matter.ts'
import { callsIn, EMPTY_FOOTNOTE, FOOTNOTE } from './footnotes.ts'
import { alerts } from './markdown-alerts.ts'
import { isText, type PageMark, type PageNode, textOf } from './tree.ts'

type Block = BlockContent | DefinitionContent

export function writeMarkdown(page: PageNode): string {
  const [first, ...rest] = page.content ?? []
  const isMatter = first?.type === 'code_block' && first.attrs?.['language'] === FRONT_MATTER
  const matter = isMatter && isFrontMatter(textOf(first)) ? `---\n${textOf(first)}\n---\n` : null
  const children = blocks(matter === null ? page : { ...page, content: rest }) as RootContent[]
  const written = toMarkdown(
    { type: 'root', children },
    { bullet: '-', rule: '_', fences: true, listItemIndent: 'one', extensions: [gfmToMarkdown()] },
  )
  return matter === null ? written : written === '' ? matter : `${matter}\n${written}`
}

function blocks(parent: PageNode): Block[] {
  return (parent.content ?? []).flatMap(block)
}

function block(one: PageNode): Block[] {
  const attrs = one.attrs ?? {}
  switch (one.type) {
    case 'paragraph': {
      const footnote = footnoteOf(one)
      if (footnote !== null) return [footnote]
      const children = inline(one)
      // An empty paragraph is nothing in Markdown.
      return children.length === 0 ? [] : [{ type: 'paragraph', children }]
    }
    case 'heading': {
      const depth = Number(attrs['level']) as 1 | 2 | 3 | 4 | 5 | 6
      return [{ type: 'heading', depth, children: inline(one, '<br>') }]
    }
    case 'code_block': {
      const lang = typeof attrs['language'] === 'string' ? attrs['language'] : null
      return [{ type: 'code', lang, value: textOf(one) }]
    }
    case 'horizontal_rule':
      return [{ type: 'thematicBreak' }]
    case 'blockquote':
      return [{ type: 'blockquote', children: blocks(one) }]
    case 'callout': {
      const sign = alerts.find(({ kind }) => kind === attrs['kind'])?.sign ?? 'NOTE'
      return [{ type: 'blockquote', children: signed(`[!${sign}]`, one) }]
    }
    case 'bullet_list':
    case 'task_list':
      return [list(one, false)]
    case 'ordered_list':
      return [{ ...list(one, true), start: Number(attrs['start']) }]
    case 'table':
      return table(one)
    default:
      return [{ type: 'paragraph', children: [{ type: 'text', value: textOf(one) }] }]
  }
}

/** The blocks of a callout, with its sign on the line above. */
function signed(sign: string, callout: PageNode): Block[] {
  const [first, ...rest] = blocks(callout)
  // A space or break at the start would be taken for a part of the sign's line.
  const goesOn = isSolid(callout.content?.[0]?.content?.[0])
  if (first?.type === 'paragraph' && goesOn) {
    const children: PhrasingContent[] = [{ type: 'html', value: `${sign}\n` }, ...first.children]
    return [{ type: 'paragraph', children }, ...rest]
  }
  const alone: Block = { type: 'paragraph', children: [{ type: 'html', value: sign }] }
  return [alone, ...(first === undefined ? [] : [first]), ...rest]
}

/** Of a paragraph that begins like one. */
function footnoteOf(one: PageNode): Block | null {
  const isAlone = one.content?.length === 1
  const begun = begunAs(one, FOOTNOTE) ?? (isAlone ? EMPTY_FOOTNOTE.exec(plainStart(one)) : null)
  if (begun === null) return null
  const [length, label] = [begun[0].length, begun[1] ?? '']
  return { type: 'footnoteDefinition', identifier: label, label, children: blocks(without(one, length)) }
}

/** The sign a paragraph begins with, where words or a picture follow it at once. */
function begunAs(one: PageNode, sign: RegExp): RegExpExecArray | null {
  const found = sign.exec(plainStart(one))
  if (found === null) return null
  const [next] = without(one, found[0].length).content?.[0]?.content ?? []
  return isSolid(next) ? found : null
}

function isSolid(start: PageNode | undefined): boolean {
  return start?.type === 'image' || /^\S/.test(start?.text ?? '')
}

/** The words without marks that a paragraph begins with. */
function plainStart({ content: [first] = [] }: PageNode): string {
  return first?.marks === undefined ? (first?.text ?? '') : ''
}

/** The page of this paragraph without so many signs at its start. */
function without({ content: [first, ...rest] = [], ...paragraph }: PageNode, length: number): PageNode {
  const words = first?.text?.slice(length) ?? ''
  const content = first === undefined || words === '' ? rest : [{ ...first, text: words }, ...rest]
  return { type: 'doc', content: [{ ...paragraph, content }] }
}

function list(one: PageNode, ordered: boolean): List {
  const children = (one.content ?? []).map(ordered ? numbered : item)
  return { type: 'list', ordered, spread: children.some(({ spread }) => spread === true), children }
}

function item(one: PageNode): ListItem {
  const found = blocks(one)
  const isTask = one.type === 'task_item'
  // A box stands before words: where there are none, before a comment that says nothing.
  if (isTask && found[0]?.type !== 'paragraph')
    found.unshift({ type: 'paragraph', children: [{ type: 'html', value: NOTHING }] })
  const checked = isTask ? one.attrs?.['checked'] === true : null
  return { type: 'listItem', spread: !isTight(found), checked, children: found }
}

/** An item that begins with the words of a box has one. */
function numbered(one: PageNode): ListItem {
  const [first, ...rest] = one.content ?? []
  const box = first?.type === 'paragraph' ? begunAs(first, /^\[([ x])\] /) : null
  if (first === undefined || box === null) return item(one)
  const content = [...(without(first, box[0].length).content ?? []), ...rest]
  return { ...item({ ...one, content }), checked: box[1] === 'x' }
}

/** Whether these need no empty line between them, without which most would read as a part of the words above. */
function isTight([first, second, ...more]: readonly Block[]): boolean {
  if (second === undefined) return true
  if (more.length > 0 || first?.type !== 'paragraph' || second.type !== 'list') return false
  const isBegun = second.children[0]?.children[0]?.type === 'paragraph'
  return isBegun && (second.ordered !== true || second.start === 1)
}

/** Reads as no words at all. */
export const NOTHING = '<!-- -->'

function table(one: PageNode): Block[] {
  const rows = one.content ?? []
  const columns = Math.max(
    0,
    ...rows.map((row) => (row.content ?? []).reduce((sum, cell) => sum + span(cell), 0)),
  )
  if (columns === 0) return []
  const [first] = rows
  const cells = first?.content ?? []
  const hasHead = cells.length > 0 && cells.every(({ type }) => type === 'table_header')
  const align = Array.from({ length: columns }, (_, index): AlignType => {
    const found = rows.map((row) => row.content?.[index]?.attrs?.['align']).find((value) => value != null)
    return found === 'left' || found === 'center' || found === 'right' ? found : null
  })
  const written = rows.map((row) => tableRow(row, columns))
  // Markdown knows no table without a head: an empty one stands for none.
  const head = hasHead ? [] : [tableRow({ type: 'table_row' }, columns)]
  return [{ type: 'table', align, children: [...head, ...written] }]
}

function span(cell: PageNode): number {
  return Math.max(1, Number(cell.attrs?.['colspan'] ?? 1))
}

function tableRow(row: PageNode, columns: number): TableRow {
  const cells: TableCell[] = []
  for (const cell of row.content ?? []) {
    cells.push({ type: 'tableCell', children: inCell(cell) })
    for (let more = 1; more < span(cell); more++) cells.push({ type: 'tableCell', children: [] })
  }
  while (cells.length < columns) cells.push({ type: 'tableCell', children: [] })
  return { type: 'tableRow', children: cells }
}

function inCell(cell: PageNode): PhrasingContent[] {
  const lines = (cell.content ?? []).map((one) =>
    one.type === 'paragraph' ? inline(one, '<br>') : [{ type: 'text', value: textOf(one) } as const],
  )
  return lines.flatMap((line, index) =>
    index === 0 ? line : [{ type: 'html', value: '<br>' } as const, ...line],
  )
}

/** Marks nest in this order; a link is outermost, code innermost. */
const NESTING = ['link', 'bold', 'italic', 'strike', 'underline', 'code']

function inline(parent: PageNode, lineBreak: '<br>' | null = null): PhrasingContent[] {
  const content = parent.content ?? []
  // At the end of a block a break would read as a backslash.
  const end = content.findLastIndex(({ type }) => type !== 'hard_break') + 1
  const tail = content.slice(end).map((): PhrasingContent => ({ type: 'html', value: '<br>' }))
  return [...nested(content.slice(0, end), NESTING, lineBreak), ...tail]
}

function nested(
  run: readonly PageNode[],
  order: readonly string[],
  lineBreak: '<br>' | null,
): PhrasingContent[] {
  const [type, ...rest] = order
  if (type === undefined) return run.flatMap((one) => leaf(one, lineBreak))
  const out: PhrasingContent[] = []
  for (let at = 0; at < run.length; ) {
    const mark = markOf(run[at], type)
    let end = at + 1
    while (end < run.length && sameMark(markOf(run[end], type), mark)) end++
    const part = run.slice(at, end)
    const inner = mark !== null && type === 'code' ? code(part) : nested(part, rest, lineBreak)
    out.push(...(mark === null ? inner : wrapped(mark, inner)))
    at = end
  }
  return out
}

function markOf(one: PageNode | undefined, type: string): PageMark | null {
  if (one !== undefined && type === 'link' && one.type === 'image' && typeof one.attrs?.['href'] === 'string')
    return { type: 'link', attrs: { href: one.attrs['href'], title: null } }
  return one?.marks?.find((mark) => mark.type === type) ?? null
}

function sameMark(a: PageMark | null, b: PageMark | null): boolean {
  return a === b || (a !== null && b !== null && JSON.stringify(a.attrs) === JSON.stringify(b.attrs))
}

function wrapped({ type, attrs = {} }: PageMark, children: PhrasingContent[]): PhrasingContent[] {
  switch (type) {
    case 'link': {
      const title = typeof attrs['title'] === 'string' ? attrs['title'] : null
      return [{ type: 'link', url: String(attrs['href'] ?? ''), title, children: children as never }]
    }
    case 'bold':
      return [{ type: 'strong', children }]
    case 'italic':
      return [{ type: 'emphasis', children }]
    case 'strike':
      return [{ type: 'delete', children }]
    case 'underline':
      return [{ type: 'html', value: '<u>' }, ...children, { type: 'html', value: '</u>' }]
    default:
      return children
  }
}

function code(part: readonly PageNode[]): PhrasingContent[] {
  return [{ type: 'inlineCode', value: part.map(textOf).join('') }]
}

function leaf(one: PageNode, lineBreak: '<br>' | null): PhrasingContent[] {
  if (isText(one)) return words(one)
  if (one.type === 'hard_break')
    return lineBreak === null ? [{ type: 'break' }] : [{ type: 'html', value: lineBreak }]
  const { src, alt, title } = one.attrs ?? {}
  if (one.type === 'image' && typeof src === 'string')
    return [
      { type: 'image', url: src, alt: String(alt ?? ''), title: typeof title === 'string' ? title : null },
    ]
  const said = one.type === 'image' ? String(alt ?? '') : textOf(one)
  return said === '' ? [] : [{ type: 'text', value: said }]
}

function words({ text = '', marks = [] }: PageNode): PhrasingContent[] {
  if (marks.some(({ type }) => type === 'link')) return [{ type: 'text', value: text }]
  return callsIn(text).map((part) =>
    'words' in part
      ? { type: 'text', value: part.words }
      : { type: 'footnoteReference', identifier: part.label, label: part.label },
  )
}

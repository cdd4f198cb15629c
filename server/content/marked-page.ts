/**
 * What came and went between two positions of a page, in its own form: the page as at the newer one, in which all that
 * was deleted since the older one still stands. What came carries the mark `inserted`, what went `deleted`.
 */
import * as Y from 'yjs'
import { CONTENT_ROOT } from '#shared/schema/document.ts'
import { nodeRule } from '#shared/schema/nodes.ts'
import type { Attribution, Fate } from './attribution.ts'
import { changedAttributes, changedMarks, withChanges } from './changes.ts'
import { readMarks } from './reading.ts'
import { asBlocks, filled, fits, holdsInline } from './rules.ts'
import { settled } from './settling.ts'
import {
  doc,
  isText,
  isTextblock,
  joined,
  MAX_DEPTH,
  type PageMark,
  type PageNode,
  textNode,
} from './tree.ts'

/** Marks of this page beside those of the schema; `author` is their one attribute. */
export type ChangeMark = 'inserted' | 'deleted'

/** With `changes` what stayed and is written otherwise has the marks of changes.ts. */
export function markedPage(attribution: Attribution, { changes = false } = {}): PageNode {
  const root = attribution.doc.getXmlFragment(CONTENT_ROOT)
  return doc(asBlocks(readChildren(root, 'doc', { attribution, changes, depth: 0 })))
}

interface Walk {
  readonly attribution: Attribution
  readonly changes: boolean
  readonly depth: number
}

function readChildren(parent: Y.XmlFragment, type: string, walk: Walk): PageNode[] {
  const out: PageNode[] = []
  for (let item = parent._start; item !== null; item = item.right) {
    const content = item.content instanceof Y.ContentType ? item.content.type : null
    if (content instanceof Y.XmlText) out.push(...readText(content, walk))
    else if (content instanceof Y.XmlElement) out.push(...readElement(content, { item, type, walk }))
  }
  return settled(joined(out))
}

interface Place {
  readonly item: Y.Item
  /** Of the node it stands in. */
  readonly type: string
  readonly walk: Walk
}

function readElement(element: Y.XmlElement, { item, type, walk }: Place): PageNode[] {
  const fate = walk.attribution.fateOf(item, item.id.clock)
  if (fate.kind === 'gone') return []
  const name = element.nodeName
  const { depth } = walk
  const deeper = { ...walk, depth: depth + 1 }
  if (nodeRule(name) === null || depth >= MAX_DEPTH)
    return depth > 2 * MAX_DEPTH ? [] : readChildren(element, type, deeper)
  const children = readChildren(element, name, deeper)
  const fitting = holdsInline(name)
    ? children.filter((child) => fits(name, child))
    : children.every((child) => fits(name, child))
      ? children
      : asBlocks(children, name)
  const made = filled(name, name === 'code_block' ? plain(fitting) : fitting, attributesOf(element))
  // An empty line that is gone leaves nothing to be seen.
  if (fate.kind === 'deleted' && isTextblock(made) && made.content === undefined) return []
  const isChanged = walk.changes && fate.kind === 'kept'
  return [isChanged ? withChanges(made, changedAttributes(element, walk.attribution)) : marked(made, fate)]
}

/** Of an element that was deleted, too: what it said then. */
function attributesOf(element: Y.XmlElement): Readonly<Record<string, unknown>> {
  const isGone = element._item?.deleted === true
  const found: Record<string, unknown> = {}
  for (const [key, item] of element._map)
    if (isGone || !item.deleted) found[key] = item.content.getContent()[item.length - 1]
  return found
}

function readText(text: Y.XmlText, { attribution, changes }: Walk): PageNode[] {
  const out: PageNode[] = []
  /** How what stands there is written, and how what went was. */
  const now: Record<string, unknown> = {}
  const before: Record<string, unknown> = {}
  const authors: Record<string, string> = {}
  for (let item = text._start; item !== null; item = item.right) {
    if (item.content instanceof Y.ContentFormat) {
      const { key, value } = item.content
      const fate = attribution.fateOf(item, item.id.clock)
      const { kind } = fate
      if (kind === 'inserted' || kind === 'deleted') authors[key] = authorOf(fate)
      if (!item.deleted) now[key] = value
      if (kind === 'kept' || kind === 'deleted') before[key] = value
    } else if (item.content instanceof Y.ContentString) {
      for (const { words, fate } of pieces(item, item.content.str, attribution)) {
        const marks = readMarks(fate.kind === 'deleted' ? before : now)
        const isChanged = changes && fate.kind === 'kept'
        const written = isChanged ? changedMarks({ before, now, authors }) : []
        out.push(withChanges(marked(textNode(words, marks), fate), written))
      }
    }
  }
  return out
}

interface Piece {
  readonly words: string
  readonly fate: Fate
}

/** An item's text, cut where its fate changes; without what was there at neither end. */
function pieces(item: Y.Item, text: string, attribution: Attribution): Piece[] {
  if (attribution.isKept(item)) return [{ words: text, fate: { kind: 'kept' } }]
  const out: Piece[] = []
  for (let from = 0; from < text.length; ) {
    const fate = attribution.fateOf(item, item.id.clock + from)
    let to = from + 1
    while (to < text.length && isSame(fate, attribution.fateOf(item, item.id.clock + to))) to += 1
    if (fate.kind !== 'gone') out.push({ words: text.slice(from, to), fate })
    from = to
  }
  return out
}

function isSame(a: Fate, b: Fate): boolean {
  return a.kind === b.kind && authorOf(a) === authorOf(b)
}

function authorOf(fate: Fate): string {
  return 'author' in fate ? fate.author : ''
}

function marked(node: PageNode, fate: Fate): PageNode {
  if (fate.kind !== 'inserted' && fate.kind !== 'deleted') return node
  const change: PageMark = { type: fate.kind satisfies ChangeMark, attrs: { author: fate.author } }
  return { ...node, marks: [...(node.marks ?? []), change] }
}

/** Text of a code block has no marks but those of changes. */
function plain(texts: readonly PageNode[]): PageNode[] {
  return joined(
    texts.filter(isText).map(({ text = '', marks = [] }) => {
      const changes = marks.filter(({ type }) => type === 'inserted' || type === 'deleted')
      return { ...textNode(text), ...(changes.length === 0 ? {} : { marks: changes }) }
    }),
  )
}

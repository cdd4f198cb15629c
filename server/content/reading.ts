/**
 * From the shared document to the tree. It never fails and never writes: what this version does not know is read as
 * the words in it. Every node remembers which shared types it was read from.
 */
import * as Y from 'yjs'
import { markName, markRule } from '#shared/schema/marks.ts'
import { nodeRule } from '#shared/schema/nodes.ts'
import { asBlocks, filled, fits, holdsInline } from './rules.ts'
import { doc, joined, MAX_DEPTH, mark, type PageMark, type PageNode, textNode } from './tree.ts'

/** The shared element a node was read from. */
export type Sources = WeakMap<PageNode, Y.XmlElement>

export interface PageReading {
  readonly page: PageNode
  readonly sources: Sources
}

export function readPage(fragment: Y.XmlFragment): PageReading {
  const sources: Sources = new WeakMap()
  const children = readChildren(fragment, 'doc', { sources, depth: 0 })
  return { page: doc(asBlocks(children)), sources }
}

interface Walk {
  readonly sources: Sources
  readonly depth: number
}

function readChildren(parent: Y.XmlFragment, type: string, walk: Walk): PageNode[] {
  const out: PageNode[] = []
  for (const child of parent.toArray() as readonly unknown[]) {
    if (child instanceof Y.XmlText) out.push(...readText(child))
    else if (child instanceof Y.XmlElement) out.push(...readElement(child, type, walk))
  }
  return joined(out)
}

function readElement(element: Y.XmlElement, parent: string, { sources, depth }: Walk): PageNode[] {
  const name = element.nodeName
  const known = nodeRule(name) !== null && depth < MAX_DEPTH
  const deeper = { sources, depth: depth + 1 }
  if (!known) return depth > 2 * MAX_DEPTH ? [] : readChildren(element, parent, deeper)
  const children = readChildren(element, name, deeper)
  const attributes = element.getAttributes() as Readonly<Record<string, unknown>>
  const fitting = holdsInline(name)
    ? children.filter((child) => fits(name, child))
    : children.every((child) => fits(name, child))
      ? children
      : asBlocks(children, name)
  const read = filled(name, name === 'code_block' ? plain(fitting) : fitting, attributes)
  sources.set(read, element)
  return [read]
}

function plain(texts: readonly PageNode[]): PageNode[] {
  return joined(texts.map(({ text = '' }) => textNode(text)))
}

export function readText(text: Y.XmlText): PageNode[] {
  const out: PageNode[] = []
  for (const { insert, attributes } of text.toDelta() as readonly Part[])
    if (typeof insert === 'string' && insert !== '') out.push(textNode(insert, readMarks(attributes ?? {})))
  return out
}

export interface Part {
  readonly insert?: unknown
  readonly attributes?: Readonly<Record<string, unknown>>
}

export function readMarks(attributes: Readonly<Record<string, unknown>>): PageMark[] {
  const found: PageMark[] = []
  for (const [key, value] of Object.entries(attributes)) {
    const name = markName(key)
    const rule = markRule(name)
    if (value === null || value === undefined || rule === null) continue
    const given = typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {}
    const read = mark(name, rule, given)
    if (name !== 'link' || read.attrs?.['href'] != null) found.push(read)
  }
  return found
}

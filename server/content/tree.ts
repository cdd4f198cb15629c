/** The text of a page as plain values: what ProseMirror writes as JSON, and what every format is read into. */
import type { AttributeValue } from '#shared/schema/attribute.ts'
import { maxDepth } from '#shared/schema/document.ts'
import { type MarkRule, markRule, marks } from '#shared/schema/marks.ts'
import { type NodeRule, nodeRule } from '#shared/schema/nodes.ts'

export type Attributes = Readonly<Record<string, AttributeValue>>

export interface PageMark {
  readonly type: string
  readonly attrs?: Attributes
}

export interface PageNode {
  /** A name of shared/schema/nodes.ts, `text`, or `doc`. */
  readonly type: string
  /** Every attribute of its rule; left out where the rule has none. */
  readonly attrs?: Attributes
  readonly content?: readonly PageNode[]
  /** Of a text: never empty. */
  readonly text?: string
  /** Of a text, in the order of shared/schema/marks.ts. */
  readonly marks?: readonly PageMark[]
}

/** As deep as an update may go that is taken: what anybody wrote can be read, and written back, whole. */
export const MAX_DEPTH = maxDepth

const MARK_ORDER = new Map(Object.keys(marks).map((name, index) => [name, index]))

/** A node with all its attributes: what is not given, or not allowed, is its rule's default. */
export function node(
  type: string,
  content: readonly PageNode[] = [],
  given: Readonly<Record<string, unknown>> = {},
): PageNode {
  const attrs = attributesOf(nodeRule(type), given)
  return {
    type,
    ...(attrs === null ? {} : { attrs }),
    ...(content.length === 0 ? {} : { content }),
  }
}

export function textNode(text: string, given: readonly PageMark[] = []): PageNode {
  const sorted = [...given].sort((a, b) => (MARK_ORDER.get(a.type) ?? 0) - (MARK_ORDER.get(b.type) ?? 0))
  return { type: 'text', text, ...(sorted.length === 0 ? {} : { marks: sorted }) }
}

export function mark(type: string, rule: MarkRule, given: Readonly<Record<string, unknown>> = {}): PageMark {
  const attrs = attributesOf(rule, given)
  return attrs === null ? { type } : { type, attrs }
}

/** These and that of this name, once; these where there is none of this name. */
export function withMark(given: readonly PageMark[], type: string): readonly PageMark[] {
  const rule = markRule(type)
  return rule === null || given.some((one) => one.type === type) ? given : [...given, mark(type, rule)]
}

function attributesOf(
  rule: NodeRule | MarkRule | null,
  given: Readonly<Record<string, unknown>>,
): Attributes | null {
  const rules = Object.entries(rule?.attributes ?? {})
  if (rules.length === 0) return null
  return Object.fromEntries(
    rules.map(([name, { default: fallback, read }]) => {
      const value = given[name]
      return [name, value === undefined || value === null ? fallback : read(value)]
    }),
  )
}

export function doc(content: readonly PageNode[]): PageNode {
  return { type: 'doc', content: content.length === 0 ? [node('paragraph')] : content }
}

export function isText(one: PageNode): boolean {
  return one.type === 'text'
}

export function isTextblock({ type }: PageNode): boolean {
  const content = nodeRule(type)?.content
  return content === 'inline*' || content === 'text*'
}

export function isBlock({ type }: PageNode): boolean {
  return nodeRule(type)?.group === 'block'
}

export function isInline(one: PageNode): boolean {
  return one.type === 'text' || nodeRule(one.type)?.group === 'inline'
}

/** Words of a node and all in it, without a sign between blocks. */
export function textOf(one: PageNode): string {
  if (one.text !== undefined) return one.text
  if (one.type === 'hard_break') return '\n'
  if (one.type === 'mention') return `@${String(one.attrs?.['label'] ?? '')}`
  return (one.content ?? []).map(textOf).join('')
}

/** Texts beside each other with the same marks are one text. */
export function joined(inline: readonly PageNode[]): PageNode[] {
  const out: PageNode[] = []
  for (const one of inline) {
    const last = out.at(-1)
    if (one.type === 'text' && last?.type === 'text' && sameMarks(one, last))
      out[out.length - 1] = { ...last, text: `${last.text ?? ''}${one.text ?? ''}` }
    else if (one.type !== 'text' || one.text !== '') out.push(one)
  }
  return out
}

export function sameMarks(a: PageNode, b: PageNode): boolean {
  return JSON.stringify(a.marks ?? []) === JSON.stringify(b.marks ?? [])
}

/** What stayed between two positions and is written otherwise: a box that was ticked, a level, a picture, bold words. */
import type * as Y from 'yjs'
import { markName, markRule } from '#shared/schema/marks.ts'
import { nodeRule } from '#shared/schema/nodes.ts'
import type { Attribution } from './attribution.ts'
import type { PageMark, PageNode } from './tree.ts'

export interface Change {
  /** The name of an attribute, or of a mark. */
  readonly attribute: string
  /** Values as the schema reads them; of a mark its attributes, `true` where it has none, null where it was not set. */
  readonly before: unknown
  readonly after: unknown
  readonly author: string
}

const CHANGED = 'changed'

/** `node` with a mark for each change. */
export function withChanges(node: PageNode, changes: readonly Change[]): PageNode {
  if (changes.length === 0) return node
  const marks = changes.map(
    (change): PageMark => ({ type: CHANGED, attrs: { said: JSON.stringify(change) } }),
  )
  return { ...node, marks: [...(node.marks ?? []), ...marks] }
}

/** What `withChanges` put on a node. */
export function changesOn({ marks = [] }: PageNode): Change[] {
  return marks
    .filter(({ type }) => type === CHANGED)
    .map(({ attrs }): Change => JSON.parse(String(attrs?.['said'])))
}

/** Of an element that was there at both ends. */
export function changedAttributes(element: Y.XmlElement, attribution: Attribution): Change[] {
  const out: Change[] = []
  for (const [attribute, rule] of Object.entries(nodeRule(element.nodeName)?.attributes ?? {})) {
    const newest = element._map.get(attribute)
    if (newest === undefined) continue
    const fate = attribution.fateOf(newest, newest.id.clock)
    if (fate.kind !== 'inserted' && fate.kind !== 'deleted') continue
    const read = (item: Y.Item | null) => {
      const held: unknown = item?.content.getContent()[item.length - 1]
      return held === undefined || held === null ? rule.default : rule.read(held)
    }
    let old: Y.Item | null = newest
    while (old !== null && !wasThere(old, attribution)) old = old.left
    const [before, after] = [read(old), newest.deleted ? rule.default : read(newest)]
    if (JSON.stringify(before) !== JSON.stringify(after))
      out.push({ attribute, before, after, author: fate.author })
  }
  return out
}

function wasThere(item: Y.Item, attribution: Attribution): boolean {
  const { kind } = attribution.fateOf(item, item.id.clock)
  return kind === 'kept' || kind === 'deleted'
}

/** Of words that were there at both ends: the attributes they had and have. */
export function changedMarks(of: {
  readonly before: Readonly<Record<string, unknown>>
  readonly now: Readonly<Record<string, unknown>>
  readonly authors: Readonly<Record<string, string>>
}): Change[] {
  return Object.entries(of.authors).flatMap(([key, author]) => {
    const [before, after] = [of.before[key] ?? null, of.now[key] ?? null]
    const attribute = markName(key)
    if (markRule(attribute) === null || JSON.stringify(before) === JSON.stringify(after)) return []
    return [{ attribute, before: said(before), after: said(after), author }]
  })
}

function said(value: unknown): unknown {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0 ? true : value
}

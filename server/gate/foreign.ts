/**
 * What an update brings that no page has, by name: node types, marks, attributes, roots. Newer pages may have it, so over
 * the sync channel it is stored, shown as far as it is known, and kept; a program is told, before anything is stored.
 */
import * as Y from 'yjs'
import { plainLine } from '#shared/plain-line.ts'
import { CONTENT_ROOT, META_ROOT } from '#shared/schema/document.ts'
import { markName, markRule } from '#shared/schema/marks.ts'
import { nodeRule, nodes } from '#shared/schema/nodes.ts'

export interface Foreign {
  /** For a person: `the node "marquee"`. */
  readonly what: string
  /** Under which client id it came last, and the clock behind it: who knows so much knows it already. */
  readonly client: number
  readonly end: number
}

const MAX_NAME = 80
const MAX_FOUND = 1_000
const ATTRIBUTES: ReadonlySet<string> = new Set(
  Object.values(nodes).flatMap(({ attributes }) => Object.keys(attributes)),
)

/** One of each name and client id. Throws what Yjs throws for bytes that are no update. */
export function foreignIn(update: Uint8Array): readonly Foreign[] {
  const found = new Map<string, Foreign>()
  const { structs } = Y.decodeUpdate(update)
  const elements = new Map<string, string>()
  for (const item of structs) {
    if (!(item instanceof Y.Item)) continue
    const { id, length } = item
    const element = elementIn(item)
    if (element !== null) elements.set(keyOf(id), element)
    for (const what of whatOf(item, elements)) {
      const key = `${id.client} ${what}`
      if (found.size < MAX_FOUND || found.has(key))
        found.set(key, { what, client: id.client, end: id.clock + length })
    }
  }
  return [...found.values()]
}

/** A name that came from others, as it may be shown. */
export function said(name: string): string {
  return JSON.stringify([...plainLine(name.slice(0, 4 * MAX_NAME))].slice(0, MAX_NAME).join(''))
}

/** Sentences name a few. */
export function listed(whats: Iterable<string>): string {
  const all = [...new Set(whats)]
  const more = all.length - 3
  return more > 0 ? `${all.slice(0, 3).join(', ')} and ${more} more` : all.join(', ')
}

function elementIn({ content }: Y.Item): string | null {
  return content instanceof Y.ContentType && content.type instanceof Y.XmlElement
    ? content.type.nodeName
    : null
}

function* whatOf(item: Y.Item, elements: ReadonlyMap<string, string>): Generator<string> {
  const { content } = item
  const parent: unknown = item.parent
  if (typeof parent === 'string' && parent !== CONTENT_ROOT && parent !== META_ROOT)
    yield `the root ${said(parent)}`
  const element = elementIn(item)
  if (element !== null && nodeRule(element) === null) yield `the node ${said(element)}`
  if (item.parentSub !== null && parent instanceof Y.ID) {
    const rule = nodeRule(elements.get(keyOf(parent)) ?? '')
    const isKnown =
      rule === null ? ATTRIBUTES.has(item.parentSub) : Object.hasOwn(rule.attributes, item.parentSub)
    if (!isKnown) yield `the attribute ${said(item.parentSub)}`
  }
  if (!(content instanceof Y.ContentFormat) || content.value === null) return
  const name = markName(String(content.key))
  const rule = markRule(name)
  if (rule === null) yield `the mark ${said(name)}`
  else if (typeof content.value === 'object')
    for (const key of Object.keys(content.value))
      if (!Object.hasOwn(rule.attributes, key)) yield `the attribute ${said(key)}`
}

function keyOf({ client, clock }: Y.ID): string {
  return `${client} ${clock}`
}

/**
 * From the shared document to what the editor shows, without ever writing into the document.
 *
 * A reading is faithful when it holds everything the document holds. What this version does not know (a node, a
 * mark, an attribute, a structure) becomes a placeholder and is named in `unknown`; whoever gets a reading that is
 * not faithful may show it and must not write it back.
 */
import { Fragment, type Mark, type Node, type NodeType, type Schema } from 'prosemirror-model'
import type { absolutePositionToRelativePosition } from 'y-prosemirror'
import * as Y from 'yjs'
import type { Attribute } from '#shared/schema/attribute.ts'
import { maxDepth } from '#shared/schema/document.ts'
import { markName, markRule } from '#shared/schema/marks.ts'
import { nodeRule } from '#shared/schema/nodes.ts'
import { placeholders } from './schema.ts'

/** What each shared type was read as. Holds only what was read faithfully; forget a type when it changes. */
export type Mapping = Parameters<typeof absolutePositionToRelativePosition>[2]

export interface Reading {
  readonly doc: Node
  /** Names of what was met and is not known, at most `MAX_NAMED`; empty for a faithful reading. */
  readonly unknown: readonly string[]
}

const MAX_NAMED = 20
const MAX_PLACEHOLDER_TEXT = 2_000

interface Reader {
  readonly schema: Schema
  readonly mapping: Mapping
  readonly unknown: string[]
  /** How often something unknown was met. */
  count: number
}

export function readFragment(fragment: Y.XmlFragment, schema: Schema, mapping: Mapping): Reading {
  const reader: Reader = { schema, mapping, unknown: [], count: 0 }
  const type = schema.topNodeType
  const children = readChildren(reader, { types: fragment.toArray(), inline: false, depth: 0 })
  const blocks: Node[] = []
  for (const child of children) {
    if (type.contentMatch.matchType(child.type)) blocks.push(child)
    else blocks.push(unknownNode(reader, `doc > ${child.type.name}`, { inline: false, text: textOf(child) }))
  }
  const doc = blocks.length > 0 ? type.create(null, blocks) : filled(type, null)
  return { doc, unknown: reader.unknown }
}

interface Siblings {
  readonly types: readonly unknown[]
  /** Whether the parent holds inline nodes. */
  readonly inline: boolean
  readonly depth: number
}

function readChildren(reader: Reader, { types, inline, depth }: Siblings): Node[] {
  const children: Node[] = []
  for (const type of types) {
    if (type instanceof Y.XmlText) children.push(...readText(reader, type))
    else if (type instanceof Y.XmlElement) children.push(readElement(reader, type, { inline, depth }))
    else children.push(unknownNode(reader, 'not an element', { inline, text: '' }))
  }
  return children
}

interface Place {
  readonly inline: boolean
  readonly depth: number
}

function readElement(reader: Reader, element: Y.XmlElement, { inline, depth }: Place): Node {
  const known = reader.mapping.get(element)
  if (known !== undefined && !Array.isArray(known)) return known
  const name = element.nodeName
  const rule = nodeRule(name)
  const type = reader.schema.nodes[name]
  if (rule === null || type === undefined || depth >= maxDepth)
    return unknownNode(reader, name, { inline, text: textUnder(element) })
  const before = reader.count
  const attributes = readAttributes(reader, {
    name,
    rules: rule.attributes,
    found: element.getAttributes(),
  })
  const children = readChildren(reader, {
    types: element.toArray(),
    inline: type.inlineContent,
    depth: depth + 1,
  })
  const content = Fragment.fromArray(joined(children))
  if (content.size > 0 && !type.validContent(content))
    return unknownNode(reader, `inside ${name}`, { inline, text: textUnder(element) })
  const node = content.size > 0 ? type.create(attributes, content) : filled(type, attributes)
  if (reader.count === before) reader.mapping.set(element, node)
  return node
}

function readText(reader: Reader, text: Y.XmlText): Node[] {
  const known = reader.mapping.get(text)
  if (Array.isArray(known)) return known
  const before = reader.count
  const nodes: Node[] = []
  for (const part of text.toDelta() as { insert?: unknown; attributes?: Record<string, unknown> }[]) {
    if (typeof part.insert !== 'string')
      nodes.push(unknownNode(reader, 'embedded', { inline: true, text: '' }))
    else if (part.insert !== '')
      nodes.push(reader.schema.text(part.insert, readMarks(reader, part.attributes ?? {})))
  }
  if (reader.count === before) reader.mapping.set(text, nodes)
  return nodes
}

function readMarks(reader: Reader, attributes: Record<string, unknown>): readonly Mark[] {
  let marks: readonly Mark[] = []
  for (const [key, found] of Object.entries(attributes)) {
    if (found === null) continue
    const name = markName(key)
    const rule = markRule(name)
    const type = reader.schema.marks[name]
    if (rule === null || type === undefined) {
      note(reader, `mark ${name}`)
      continue
    }
    const values = typeof found === 'object' ? (found as Record<string, unknown>) : {}
    marks = type
      .create(readAttributes(reader, { name, rules: rule.attributes, found: values }))
      .addToSet(marks)
  }
  return marks
}

interface Found {
  readonly name: string
  readonly rules: Readonly<Record<string, Attribute>>
  readonly found: Readonly<Record<string, unknown>>
}

function readAttributes(reader: Reader, { name, rules, found }: Found): Record<string, unknown> {
  for (const key of Object.keys(found))
    if (!Object.hasOwn(rules, key)) note(reader, `${name.slice(0, 40)}.${key}`)
  const out: Record<string, unknown> = {}
  for (const [key, rule] of Object.entries(rules))
    out[key] = found[key] === undefined || found[key] === null ? rule.default : rule.read(found[key])
  return out
}

/** An empty node whose content may not be empty gets what it needs to be written in; the document does not. */
function filled(type: NodeType, attributes: Record<string, unknown> | null): Node {
  return type.createAndFill(attributes) ?? type.create(attributes)
}

/** Two shared texts beside each other are one text on the screen. */
function joined(nodes: readonly Node[]): Node[] {
  const out: Node[] = []
  for (const node of nodes) {
    const last = out.at(-1)
    if (last?.isText && node.isText && last.sameMarkup(node))
      out[out.length - 1] = node.type.schema.text(`${last.text ?? ''}${node.text ?? ''}`, node.marks)
    else out.push(node)
  }
  return out
}

function note(reader: Reader, name: string): void {
  reader.count++
  if (reader.unknown.length < MAX_NAMED) reader.unknown.push(name.slice(0, 80))
}

function unknownNode(reader: Reader, name: string, shown: { inline: boolean; text: string }): Node {
  note(reader, name)
  const type = reader.schema.nodes[shown.inline ? placeholders.inline : placeholders.block]
  if (type === undefined) throw new RangeError('the schema has no placeholders')
  return type.create({ text: shown.text })
}

function textOf(node: Node): string {
  return (node.text ?? node.textContent).slice(0, MAX_PLACEHOLDER_TEXT)
}

function textUnder(element: Y.XmlElement): string {
  let out = ''
  const waiting: unknown[] = [element]
  while (waiting.length > 0 && out.length < MAX_PLACEHOLDER_TEXT) {
    const type = waiting.pop()
    if (type instanceof Y.XmlText)
      for (const part of type.toDelta() as { insert?: unknown }[])
        out += typeof part.insert === 'string' ? part.insert : ''
    if (type instanceof Y.XmlElement) waiting.push(...type.toArray().reverse())
  }
  return out.slice(0, MAX_PLACEHOLDER_TEXT)
}

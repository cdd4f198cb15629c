/** JSON from outside into the tree: held against the schema, and refused with the place and the reason. */
import type { Attribute } from '#shared/schema/attribute.ts'
import { markRule } from '#shared/schema/marks.ts'
import { nodeRule } from '#shared/schema/nodes.ts'
import { InvalidContent } from './port.ts'
import { allowedIn, filled, fits } from './rules.ts'
import { doc, joined, MAX_DEPTH, mark, type PageMark, type PageNode, textNode } from './tree.ts'

/** Throws InvalidContent. */
export function readPageJson(value: unknown): PageNode {
  const page = objectAt(value, '')
  if (page['type'] !== 'doc') throw new InvalidContent('type', 'a page is a node of the type "doc"')
  onlyKeys(page, ['type', 'content', 'attrs'], '')
  return doc(childrenAt(page, 'doc', { where: '', depth: 0 }))
}

interface Place {
  readonly where: string
  readonly depth: number
}

function childrenAt(parent: Json, type: string, { where, depth }: Place): PageNode[] {
  const found = parent['content'] ?? []
  if (!Array.isArray(found)) throw new InvalidContent(`${where}content`, 'must be a list of nodes')
  if (depth > MAX_DEPTH) throw new InvalidContent(where, `nested deeper than ${MAX_DEPTH} nodes`)
  const children = found.map((child: unknown, index) => {
    const place = { where: `${where}content[${index}].`, depth: depth + 1 }
    const made = nodeAt(child, place)
    if (!fits(type, made))
      throw new InvalidContent(
        place.where.slice(0, -1),
        `"${made.type}" cannot stand in "${type}", which takes ${allowedIn(type).join(', ') || 'nothing'}`,
      )
    if (type === 'code_block' && made.marks !== undefined)
      throw new InvalidContent(`${place.where}marks`, 'text in a code block has no marks')
    return made
  })
  return joined(children)
}

function nodeAt(value: unknown, place: Place): PageNode {
  const found = objectAt(value, place.where)
  const type = found['type']
  if (typeof type !== 'string') throw new InvalidContent(`${place.where}type`, 'must be the name of a node')
  if (type === 'text') return textAt(found, place)
  const rule = nodeRule(type)
  if (rule === null) throw new InvalidContent(`${place.where}type`, `there is no node called ${shown(type)}`)
  onlyKeys(found, ['type', 'attrs', 'content'], place.where)
  const attrs = attributesAt(found['attrs'], rule.attributes, `${place.where}attrs`)
  return filled(type, childrenAt(found, type, place), attrs)
}

function textAt(found: Json, { where }: Place): PageNode {
  onlyKeys(found, ['type', 'text', 'marks'], where)
  const text = found['text']
  if (typeof text !== 'string' || text === '')
    throw new InvalidContent(`${where}text`, 'must be text, and not empty')
  if (!text.isWellFormed()) throw new InvalidContent(`${where}text`, 'is not well-formed Unicode')
  const marks = found['marks'] ?? []
  if (!Array.isArray(marks)) throw new InvalidContent(`${where}marks`, 'must be a list of marks')
  const made = marks.map((one: unknown, index) => markAt(one, `${where}marks[${index}].`))
  for (const [index, one] of made.entries())
    if (one.type !== 'comment' && made.findIndex(({ type }) => type === one.type) !== index)
      throw new InvalidContent(`${where}marks[${index}]`, `"${one.type}" stands there twice`)
  return textNode(text, made)
}

function markAt(value: unknown, where: string): PageMark {
  const found = objectAt(value, where)
  const type = found['type']
  const rule = typeof type === 'string' ? markRule(type) : null
  if (typeof type !== 'string' || rule === null)
    throw new InvalidContent(`${where}type`, `there is no mark called ${shown(type)}`)
  onlyKeys(found, ['type', 'attrs'], where)
  const attrs = attributesAt(found['attrs'], rule.attributes, `${where}attrs`)
  if (type === 'link' && (attrs['href'] ?? null) === null)
    throw new InvalidContent(`${where}attrs.href`, 'a link leads somewhere')
  return mark(type, rule, attrs)
}

/** What a rule would change is not allowed: nothing is stored that nobody wrote. */
function attributesAt(value: unknown, rules: Readonly<Record<string, Attribute>>, where: string): Json {
  if (value === undefined || value === null) return {}
  const found = objectAt(value, `${where}.`)
  for (const [name, given] of Object.entries(found)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) throw new InvalidContent(`${where}.${shown(name)}`, 'there is no such attribute')
    if (given !== null && JSON.stringify(rule.read(given)) !== JSON.stringify(given))
      throw new InvalidContent(`${where}.${name}`, `${shown(given)} is not allowed`)
  }
  return found
}

type Json = Readonly<Record<string, unknown>>

function objectAt(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidContent(where.replace(/\.$/, ''), 'must be an object')
  return value as Json
}

function onlyKeys(found: Json, known: readonly string[], where: string): void {
  const other = Object.keys(found).find((key) => !known.includes(key))
  if (other !== undefined) throw new InvalidContent(`${where}${shown(other)}`, 'is not known here')
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? 'nothing'
}

/** Whether what the shared document holds and what the editor shows are the same, and how marks are named in it. */
import * as buffer from 'lib0/buffer'
import * as sha256 from 'lib0/hash/sha256'
import type { Mark, Node } from 'prosemirror-model'
import * as Y from 'yjs'
import { markName, markRule } from '#shared/schema/marks.ts'
import { nodeRule } from '#shared/schema/nodes.ts'
import type { Mapping } from './reading.ts'

/** Shared texts beside each other, which the screen shows as one; or an element. */
export type Kept = Y.XmlElement | readonly Y.XmlText[]
/** Text nodes beside each other; or another node. */
export type Shown = Node | readonly Node[]

interface Part {
  readonly insert?: unknown
  readonly attributes?: Readonly<Record<string, unknown>>
}

export function keptOf(parent: Y.XmlFragment): Kept[] {
  const out: (Y.XmlElement | Y.XmlText[])[] = []
  for (const child of parent.toArray()) {
    const last = out.at(-1)
    if (child instanceof Y.XmlElement) out.push(child)
    // Only a faithful reading is written back, and no faithful reading has anything else in it.
    else if (!(child instanceof Y.XmlText)) throw new RangeError('not an element')
    else if (Array.isArray(last)) last.push(child)
    else out.push([child])
  }
  return out
}

export function shownOf(node: Node): Shown[] {
  const out: (Node | Node[])[] = []
  node.forEach((child) => {
    const last = out.at(-1)
    if (!child.isText) out.push(child)
    else if (Array.isArray(last)) last.push(child)
    else out.push([child])
  })
  return out
}

export function isRun(kept: Kept | undefined): kept is readonly Y.XmlText[] {
  return Array.isArray(kept)
}

export function isTexts(shown: Shown | undefined): shown is readonly Node[] {
  return Array.isArray(shown)
}

export function isNode(shown: Shown | undefined): shown is Node {
  return shown !== undefined && !Array.isArray(shown)
}

export function lengthOf(run: readonly Y.XmlText[]): number {
  return run.reduce((sum, text) => sum + text.length, 0)
}

export function partsOf(text: Y.XmlText): Part[] {
  return text.toDelta() as Part[]
}

/** Whether `kept` reads as `shown`. What is found to be so is remembered in `mapping`. */
export function same(kept: Kept | undefined, shown: Shown | undefined, mapping: Mapping): boolean {
  if (isRun(kept)) return isTexts(shown) && sameRun(kept, shown, mapping)
  return kept !== undefined && isNode(shown) && sameNode(kept, shown, mapping)
}

function sameNode(element: Y.XmlElement, node: Node, mapping: Mapping): boolean {
  if (mapping.get(element) === node) return true
  if (element.nodeName !== node.type.name) return false
  for (const [key, value] of Object.entries(node.attrs))
    if (!sameValue(attributeOf(element, key), value)) return false
  const kept = keptOf(element)
  const shown = shownOf(node)
  // What a reader adds so that an empty node can be written in is not in the document.
  const filled =
    kept.length === 0 && node.content.eq(node.type.createAndFill(node.attrs)?.content ?? node.content)
  if (!filled) {
    if (kept.length !== shown.length) return false
    if (!kept.every((item, index) => same(item, shown[index], mapping))) return false
  }
  mapping.set(element, node)
  return true
}

function sameRun(run: readonly Y.XmlText[], shown: readonly Node[], mapping: Mapping): boolean {
  const [only] = run
  if (only !== undefined && run.length === 1) {
    const known = mapping.get(only)
    if (Array.isArray(known) && known.length === shown.length && known.every((node, i) => node === shown[i]))
      return true
  }
  let index = 0
  let offset = 0
  for (const part of run.flatMap(partsOf)) {
    let insert = String(part.insert)
    while (insert !== '') {
      const node = shown[index]
      const rest = node?.text?.slice(offset)
      if (node === undefined || rest === undefined || !sameMarks(part.attributes, node.marks)) return false
      const length = Math.min(rest.length, insert.length)
      if (rest.slice(0, length) !== insert.slice(0, length)) return false
      insert = insert.slice(length)
      offset += length
      if (offset === node.text?.length) {
        index++
        offset = 0
      }
    }
  }
  if (index !== shown.length) return false
  if (only !== undefined && run.length === 1) mapping.set(only, [...shown])
  return true
}

/** What the element says, as its rule reads it; null for nothing. */
export function attributeOf(element: Y.XmlElement, key: string): unknown {
  const held: unknown = element.getAttribute(key)
  const rule = nodeRule(element.nodeName)?.attributes[key]
  if (rule === undefined) return held ?? null
  return held === undefined || held === null ? rule.default : rule.read(held)
}

export function sameMarks(attributes: Part['attributes'], marks: readonly Mark[]): boolean {
  const held = Object.entries(attributes ?? {}).filter(([, value]) => value !== null)
  return held.length === marks.length && marks.every((mark) => sameMark(attributes, mark))
}

export function sameMark(attributes: Part['attributes'], mark: Mark): boolean {
  const held = attributes?.[markKey(mark)]
  if (held === undefined || held === null) return false
  const rules = markRule(mark.type.name)?.attributes ?? {}
  const values = typeof held === 'object' ? (held as Record<string, unknown>) : {}
  return Object.entries(rules).every(([key, rule]) =>
    sameValue(
      values[key] === undefined || values[key] === null ? rule.default : rule.read(values[key]),
      mark.attrs[key],
    ),
  )
}

export function sameValue(a: unknown, b: unknown): boolean {
  return a === b || ((a ?? null) === null && (b ?? null) === null) || JSON.stringify(a) === JSON.stringify(b)
}

/**
 * The key of a mark among a text's attributes. Marks that may overlap their own kind have a hash of what they say in
 * it, the one other programs with the same binding compute.
 */
export function markKey(mark: Mark): string {
  const { name } = mark.type
  if (mark.type.excludes(mark.type)) return name
  const digest = sha256.digest(buffer.encodeAny(mark.toJSON()))
  const bytes = digest.slice(0, 6)
  for (let i = 6; i < digest.length; i++) bytes[i % 6] = (bytes[i % 6] ?? 0) ^ (digest[i] ?? 0)
  return `${name}--${buffer.toBase64(bytes)}`
}

/** Whether this key of a text's attributes is a mark none of `marks` stands for. */
export function isOther(key: string, marks: readonly Mark[]): boolean {
  return !marks.some((mark) => mark.type.name === markName(key) && markKey(mark) === key)
}

/**
 * From what the editor shows to the shared document: the difference, and nothing else.
 *
 * What the difference is decides what survives when two people write at once. So: an element that can go on is kept
 * and changed inside; a text is changed only between its first and last difference; a text that is no longer shown
 * is emptied rather than taken away, since somebody may be typing in it; and where two shared texts stand beside each
 * other, because two people began one paragraph, each keeps what is its own.
 */
import type { Mark, Node } from 'prosemirror-model'
import * as Y from 'yjs'
import { differences } from '#shared/difference.ts'
import { type Span, spans } from '#shared/spans.ts'
import {
  attributeOf,
  isNode,
  isOther,
  isRun,
  isTexts,
  type Kept,
  keptOf,
  lengthOf,
  markKey,
  partsOf,
  type Shown,
  same,
  sameMark,
  sameMarks,
  sameValue,
  shownOf,
} from './likeness.ts'
import type { Mapping } from './reading.ts'

/** Makes `fragment` hold what `doc` holds. Call it inside a transaction, with the mapping `doc` grew from. */
export function writeFragment(fragment: Y.XmlFragment, doc: Node, mapping: Mapping): void {
  writeChildren(fragment, doc, mapping)
  mapping.set(fragment, doc)
}

function writeElement(element: Y.XmlElement, node: Node, mapping: Mapping): void {
  for (const [key, value] of Object.entries(node.attrs)) {
    if (sameValue(attributeOf(element, key), value)) continue
    if (value === null) element.removeAttribute(key)
    else element.setAttribute(key, value)
  }
  writeChildren(element, node, mapping)
  mapping.set(element, node)
}

function writeChildren(parent: Y.XmlFragment, node: Node, mapping: Mapping): void {
  const shown = shownOf(node)
  const kept = visible(keptOf(parent), shown)
  let { left: start, right } = alike(kept, shown, mapping)
  let keptEnd = kept.length - right
  let shownEnd = shown.length - right
  // What remains is paired from whichever end is more alike; what has no pair is put in or taken out.
  while (start < keptEnd && start < shownEnd) {
    const first = likeness(kept[start], shown[start], mapping)
    const last = likeness(kept[keptEnd - 1], shown[shownEnd - 1], mapping)
    if (first < 0 && last < 0) break
    if (first >= last) {
      writePair(kept[start], shown[start], mapping)
      start++
    } else {
      keptEnd--
      shownEnd--
      writePair(kept[keptEnd], shown[shownEnd], mapping)
    }
  }
  const before = kept[start - 1]
  const types: unknown[] = parent.toArray()
  const index = before === undefined ? 0 : types.indexOf(isRun(before) ? before.at(-1) : before) + 1
  for (const gone of kept.slice(start, keptEnd).reverse()) {
    if (isRun(gone)) for (const text of gone) empty(text, mapping)
    else {
      parent.delete(types.indexOf(gone), 1)
      mapping.delete(gone)
    }
  }
  const added = shown.slice(start, shownEnd).map((item) => created(item, mapping))
  if (added.length > 0) parent.insert(index, added)
}

/** Texts that were emptied are there and not seen; they are used again where text is all that is shown. */
function visible(kept: readonly Kept[], shown: readonly Shown[]): readonly Kept[] {
  if (shown.length === 1 && isTexts(shown[0]) && kept.every(isRun)) return kept
  return kept.filter((item) => !isRun(item) || lengthOf(item) > 0)
}

function empty(text: Y.XmlText, mapping: Mapping): void {
  if (text.length > 0) text.delete(0, text.length)
  mapping.delete(text)
}

/** How many from each end are the same. */
function alike(
  kept: readonly Kept[],
  shown: readonly Shown[],
  mapping: Mapping,
): { left: number; right: number } {
  const least = Math.min(kept.length, shown.length)
  let left = 0
  while (left < least && same(kept[left], shown[left], mapping)) left++
  let right = 0
  while (right < least - left && same(kept.at(-1 - right), shown.at(-1 - right), mapping)) right++
  return { left, right }
}

/** How well one can go on as the other; below 0 when it cannot. */
function likeness(kept: Kept | undefined, shown: Shown | undefined, mapping: Mapping): number {
  if (kept === undefined || shown === undefined) return -1
  if (isRun(kept)) return isTexts(shown) ? 1 : -1
  if (!isNode(shown) || kept.nodeName !== shown.type.name) return -1
  const { left, right } = alike(keptOf(kept), shownOf(shown), mapping)
  return left + right
}

function writePair(kept: Kept | undefined, shown: Shown | undefined, mapping: Mapping): void {
  if (isRun(kept) && isTexts(shown)) writeRun(kept, shown, mapping)
  else if (kept instanceof Y.XmlElement && isNode(shown)) writeElement(kept, shown, mapping)
}

/** Changes the texts of one run so that together they read as `shown`. */
function writeRun(run: readonly Y.XmlText[], shown: readonly Node[], mapping: Mapping): void {
  const before = run.flatMap(partsOf).reduce((text, part) => text + String(part.insert), '')
  const after = shown.reduce((text, node) => text + (node.text ?? ''), '')
  // From the end, so that the positions of the others stay right.
  for (const { from, to, start, end } of differences(before, after).reverse()) {
    for (const { text, index, length } of spans(run, from, to)) text.delete(index, length)
    let position = 0
    let at = from
    for (const { text = '', marks } of shown) {
      const piece = text.slice(Math.max(0, start - position), Math.max(0, end - position))
      if (piece !== '') insertInto(run, at, { text: piece, marks })
      at += piece.length
      position += text.length
    }
  }
  let position = 0
  for (const { text = '', marks } of shown) {
    for (const span of spans(run, position, position + text.length)) format(span, marks)
    position += text.length
  }
  for (const text of run) mapping.delete(text)
  const [only] = run
  if (only !== undefined && run.length === 1) mapping.set(only, [...shown])
}

function insertInto(
  run: readonly Y.XmlText[],
  position: number,
  added: { text: string; marks: readonly Mark[] },
) {
  let start = 0
  for (const [index, text] of run.entries()) {
    if (position <= start + text.length || index === run.length - 1) {
      text.insert(position - start, added.text, attributesOf(added.marks))
      return
    }
    start += text.length
  }
}

/** Sets and clears only what differs, so that a mark somebody else sets beside it stands. */
function format({ text, index, length }: Span<Y.XmlText>, marks: readonly Mark[]): void {
  let position = 0
  const changes: { from: number; length: number; attributes: Record<string, unknown> }[] = []
  for (const { insert, attributes } of partsOf(text)) {
    const from = Math.max(position, index)
    position += String(insert).length
    const to = Math.min(position, index + length)
    if (to <= from || sameMarks(attributes, marks)) continue
    const change: Record<string, unknown> = {}
    for (const key of Object.keys(attributes ?? {})) if (isOther(key, marks)) change[key] = null
    for (const mark of marks) if (!sameMark(attributes, mark)) change[markKey(mark)] = mark.attrs
    changes.push({ from, length: to - from, attributes: change })
  }
  for (const { from, length: count, attributes } of changes) text.format(from, count, attributes)
}

function attributesOf(marks: readonly Mark[]): Record<string, unknown> {
  return Object.fromEntries(marks.map((mark) => [markKey(mark), mark.attrs]))
}

function created(shown: Shown, mapping: Mapping): Y.XmlElement | Y.XmlText {
  if (isTexts(shown)) {
    const text = new Y.XmlText()
    text.applyDelta(shown.map((node) => ({ insert: node.text ?? '', attributes: attributesOf(node.marks) })))
    mapping.set(text, [...shown])
    return text
  }
  if (!isNode(shown)) throw new RangeError('neither text nor node')
  const element: Y.XmlElement<Record<string, unknown> & { [key: string]: string }> = new Y.XmlElement(
    shown.type.name,
  )
  for (const [key, value] of Object.entries(shown.attrs)) if (value !== null) element.setAttribute(key, value)
  const children = shownOf(shown).map((child) => created(child, mapping))
  if (children.length > 0) element.insert(0, children)
  mapping.set(element, shown)
  return element
}

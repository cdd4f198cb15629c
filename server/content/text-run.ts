/** Shared texts beside each other, which read as one: changed only where the words or marks differ. */
import * as buffer from 'lib0/buffer'
import * as sha256 from 'lib0/hash/sha256'
import * as Y from 'yjs'
import { differences } from '#shared/difference.ts'
import { markName, markRule } from '#shared/schema/marks.ts'
import { type Span, spans } from '#shared/spans.ts'
import { type Part, readMarks } from './reading.ts'
import type { PageMark, PageNode } from './tree.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Makes the texts of one run read as `written`, as far as the format says. */
export function writeRun(run: readonly Y.XmlText[], written: readonly PageNode[], words: Vocabulary): void {
  const before = run.map(textIn).join('')
  const after = written.map(({ text = '' }) => text).join('')
  // From the end, so that the positions of the others stay right.
  for (const { from, to, start, end } of differences(before, after).reverse()) {
    for (const { text, index, length } of spans(run, from, to)) text.delete(index, length)
    const unsaid = unsaidAt(run, from, words)
    let position = 0
    let at = from
    for (const { text = '', marks = [] } of written) {
      const piece = text.slice(Math.max(0, start - position), Math.max(0, end - position))
      if (piece !== '') insert(run, at, piece, { ...unsaid, ...attributesOf(marks) })
      at += piece.length
      position += text.length
    }
  }
  let position = 0
  for (const { text = '', marks = [] } of written) {
    for (const span of spans(run, position, position + text.length)) format(span, marks, words)
    position += text.length
  }
}

export function empty(run: readonly Y.XmlText[]): void {
  for (const text of run) if (text.length > 0) text.delete(0, text.length)
}

export function newText(written: readonly PageNode[]): Y.XmlText {
  const text = new Y.XmlText()
  text.applyDelta(
    written.map(({ text: words = '', marks = [] }) => ({ insert: words, attributes: attributesOf(marks) })),
  )
  return text
}

/** Whether it holds nothing but words: what else lies in it has a length that no text has. */
export function isPlain(text: Y.XmlText): boolean {
  return partsOf(text).every(({ insert: one }) => typeof one === 'string')
}

function partsOf(text: Y.XmlText): readonly Part[] {
  return text.toDelta() as readonly Part[]
}

function textIn(text: Y.XmlText): string {
  return partsOf(text).reduce((all, { insert: one }) => all + String(one), '')
}

function insert(run: readonly Y.XmlText[], position: number, words: string, attributes: object): void {
  let start = 0
  for (const [index, text] of run.entries()) {
    if (position <= start + text.length || index === run.length - 1) {
      text.insert(position - start, words, attributes)
      return
    }
    start += text.length
  }
}

/** Marks the format cannot say which stand on both sides of a position: what is put in between carries them, too. */
function unsaidAt(run: readonly Y.XmlText[], position: number, words: Vocabulary): Record<string, unknown> {
  const [before, after] = [attributesAt(run, position - 1), attributesAt(run, position)]
  return Object.fromEntries(
    Object.entries(before).filter(
      ([key, value]) => value !== null && after[key] !== undefined && !words.saysMark(markName(key)),
    ),
  )
}

function attributesAt(run: readonly Y.XmlText[], position: number): Readonly<Record<string, unknown>> {
  const [span] = position < 0 ? [] : spans(run, position, position + 1)
  if (span === undefined) return {}
  let end = 0
  for (const { insert: one, attributes } of partsOf(span.text)) {
    end += String(one).length
    if (span.index < end) return attributes ?? {}
  }
  return {}
}

/** Sets and clears only what differs, so that a mark somebody else sets beside it stands. */
function format(
  { text, index, length }: Span<Y.XmlText>,
  marks: readonly PageMark[],
  words: Vocabulary,
): void {
  const wanted = new Map(marks.map((mark) => [markKey(mark), mark]))
  const changes: { from: number; length: number; attributes: Record<string, unknown> }[] = []
  let position = 0
  for (const { insert: one, attributes = {} } of partsOf(text)) {
    const from = Math.max(position, index)
    position += String(one).length
    const to = Math.min(position, index + length)
    if (to <= from) continue
    const change: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(attributes)) {
      const name = markName(key)
      if (value !== null && markRule(name) !== null && words.saysMark(name) && !wanted.has(key))
        change[key] = null
    }
    for (const [key, mark] of wanted) {
      const [held] = readMarks({ [key]: attributes[key] ?? null })
      if (JSON.stringify(held) !== JSON.stringify(mark)) change[key] = mark.attrs ?? {}
    }
    if (Object.keys(change).length > 0) changes.push({ from, length: to - from, attributes: change })
  }
  for (const { from, length: count, attributes } of changes) text.format(from, count, attributes)
}

function attributesOf(marks: readonly PageMark[]): Record<string, unknown> {
  return Object.fromEntries(marks.map((mark) => [markKey(mark), mark.attrs ?? {}]))
}

/**
 * The key of a mark among a text's attributes. Marks that may overlap their own kind have a hash of what they say in
 * it, the one every editor with this binding computes.
 */
function markKey(mark: PageMark): string {
  if (markRule(mark.type)?.excludes !== '') return mark.type
  const digest = sha256.digest(buffer.encodeAny(mark as unknown as Parameters<typeof buffer.encodeAny>[0]))
  const bytes = digest.slice(0, 6)
  for (let i = 6; i < digest.length; i++) bytes[i % 6] = (bytes[i % 6] ?? 0) ^ (digest[i] ?? 0)
  return `${mark.type}--${buffer.toBase64(bytes)}`
}

/** What each format can say. What it cannot say stays as it is when somebody writes in that format. */
import type { Format } from './port.ts'
import { isTextblock, type PageMark, type PageNode } from './tree.ts'

export interface Vocabulary {
  saysMark(type: string): boolean
  saysAttribute(node: string, name: string): boolean
  /** Whether one of these can go on as the other, keeping its own type. */
  isAlike(kept: PageNode, written: PageNode): boolean
}

const everything: Vocabulary = {
  saysMark: () => true,
  saysAttribute: () => true,
  isAlike: (kept, written) => kept.type === written.type,
}

const UNSAID_IN_MARKDOWN = new Set(['colspan', 'rowspan', 'colwidth', 'width', 'id'])

const vocabularies: Readonly<Record<Format, Vocabulary>> = {
  json: everything,
  yjs: everything,
  html: { ...everything, saysMark: (type) => type !== 'comment' },
  markdown: {
    saysMark: (type) => type !== 'comment',
    saysAttribute: (_, name) => !UNSAID_IN_MARKDOWN.has(name),
    isAlike: everything.isAlike,
  },
  text: {
    saysMark: () => false,
    saysAttribute: () => false,
    isAlike: (kept, written) =>
      kept.type === written.type || (hasWords(kept) && written.type === 'paragraph'),
  },
}

function hasWords(one: PageNode): boolean {
  return isTextblock(one) || (one.content ?? []).some(hasWords)
}

export function vocabularyOf(format: Format): Vocabulary {
  return vocabularies[format]
}

/** Text by which two nodes are told apart, as far as the format can tell them apart. */
export function keyOf(one: PageNode, words: Vocabulary): string {
  return JSON.stringify(stripped(one, words))
}

function stripped(one: PageNode, words: Vocabulary): unknown {
  const marks = (one.marks ?? []).filter(({ type }) => words.saysMark(type))
  const attrs = Object.entries(one.attrs ?? {}).filter(([name]) => words.saysAttribute(one.type, name))
  const content = joinedKeys((one.content ?? []).map((child) => stripped(child, words) as Stripped))
  return { type: one.type, text: one.text, marks: marks.map(markKeyOf), attrs, content }
}

interface Stripped {
  readonly type: string
  readonly text?: string
  readonly marks: readonly string[]
}

/** Texts that differ only in what the format cannot say read as one. */
function joinedKeys(children: readonly Stripped[]): Stripped[] {
  const out: Stripped[] = []
  for (const child of children) {
    const last = out.at(-1)
    if (child.text !== undefined && last?.text !== undefined && last.marks.join() === child.marks.join())
      out[out.length - 1] = { ...last, text: last.text + child.text }
    else out.push(child)
  }
  return out
}

function markKeyOf({ type, attrs }: PageMark): string {
  return `${type} ${JSON.stringify(attrs ?? {})}`
}

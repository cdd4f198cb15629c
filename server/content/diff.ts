/**
 * What text came and went between two positions of a page, by whom: as JSON, as HTML with `ins` and `del`,
 * or as the page itself with marks.
 */
import * as Y from 'yjs'
import { CONTENT_ROOT } from '#shared/schema/document.ts'
import { nodeRule } from '#shared/schema/nodes.ts'
import { Attribution } from './attribution.ts'
import { escaped } from './html-writing.ts'
import { markedPage } from './marked-page.ts'
import { type DiffOptions, NotPossible, type Stored } from './port.ts'

export interface Part {
  readonly kind: 'kept' | 'inserted' | 'deleted'
  readonly text: string
  /** '' for what was kept. */
  readonly author: string
}

/** A block of text, with what was there at either end. */
export interface DiffBlock {
  /** A name of shared/schema/nodes.ts. */
  readonly type: string
  readonly parts: readonly Part[]
}

/** `authors` of the last entries of `stored`, those that came later. Throws NotPossible. */
export function diff(
  stored: Stored,
  authors: readonly string[],
  options: DiffOptions,
): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(written(stored, authors, options).toWellFormed())
}

function written(stored: Stored, authors: readonly string[], { format, names }: DiffOptions): string {
  switch (format) {
    case 'html':
      return writeDiff(diffBlocks(stored, authors), names ?? new Map())
    case 'json':
      return JSON.stringify(changesIn(diffBlocks(stored, authors)))
    case 'page':
      return JSON.stringify(markedPage(attributed(stored, authors)))
  }
}

export function diffBlocks(stored: Stored, authors: readonly string[]): readonly DiffBlock[] {
  const attribution = attributed(stored, authors)
  const blocks: DiffBlock[] = []
  walk(attribution.doc.getXmlFragment(CONTENT_ROOT), 'paragraph', { attribution, blocks })
  return blocks
}

/** Of the last entries of `stored`, as many as there are authors. */
function attributed({ kind, updates }: Stored, authors: readonly string[]): Attribution {
  if (kind === 'any')
    throw new NotPossible('Only pages can be compared: this document was made by another editor.')
  const first = updates.length - authors.length
  const attribution = new Attribution(updates.slice(0, first))
  // Entries of one author go together: each transaction costs.
  for (let from = 0; from < authors.length; ) {
    const author = authors[from] ?? ''
    let to = from + 1
    while (to < authors.length && authors[to] === author) to += 1
    attribution.apply(updates.slice(first + from, first + to), author)
    from = to
  }
  return attribution
}

interface Walk {
  readonly attribution: Attribution
  readonly blocks: DiffBlock[]
}

/** Goes through a list of siblings, those that were deleted too. */
function walk(parent: Y.XmlFragment, type: string, to: Walk): void {
  const parts: Part[] = []
  for (const item of itemsOf(parent)) {
    const content = item.content instanceof Y.ContentType ? item.content.type : null
    if (content instanceof Y.XmlText) for (const one of itemsOf(content)) read(one, to.attribution, parts)
    else if (content instanceof Y.XmlElement) {
      if (nodeRule(content.nodeName)?.group === 'inline')
        push(parts, item, item.id.clock, { text: wordsOf(content), attribution: to.attribution })
      else walk(content, content.nodeName, to)
    }
  }
  if (parts.length > 0) to.blocks.push({ type, parts: settled(parts) })
}

function read(item: Y.Item, attribution: Attribution, parts: Part[]): void {
  if (!(item.content instanceof Y.ContentString)) return
  const { str } = item.content
  if (attribution.isKept(item)) {
    add(parts, { kind: 'kept', text: str, author: '' })
    return
  }
  for (let at = 0; at < str.length; at++)
    push(parts, item, item.id.clock + at, { text: str.charAt(at), attribution })
}

function push(
  parts: Part[],
  item: Y.Item,
  clock: number,
  { text, attribution }: { readonly text: string; readonly attribution: Attribution },
): void {
  const fate = attribution.fateOf(item, clock)
  if (fate.kind === 'gone' || text === '') return
  add(parts, { kind: fate.kind, text, author: fate.kind === 'kept' ? '' : fate.author })
}

function add(parts: Part[], { kind, text, author }: Part): void {
  const last = parts.at(-1)
  if (last?.kind === kind && last.author === author)
    parts[parts.length - 1] = { ...last, text: last.text + text }
  else parts.push({ kind, text, author })
}

/** What was taken away and written again in the same place, as by a restoring, has not changed. */
function settled(parts: readonly Part[]): readonly Part[] {
  const out: Part[] = []
  for (let at = 0; at < parts.length; ) {
    let end = at
    while (end < parts.length && parts[end]?.kind !== 'kept') end += 1
    const changed = parts.slice(at, end)
    const said = (kind: Part['kind']) =>
      changed
        .filter((one) => one.kind === kind)
        .map(({ text }) => text)
        .join('')
    const isSame = changed.length > 0 && said('inserted') === said('deleted')
    for (const part of isSame ? [{ kind: 'kept', text: said('inserted'), author: '' } as const] : changed)
      add(out, part)
    const kept = parts[end]
    if (kept !== undefined) add(out, kept)
    at = end + 1
  }
  return out
}

function* itemsOf(parent: Y.XmlFragment | Y.XmlText): Generator<Y.Item, void> {
  for (let item = parent._start; item !== null; item = item.right) yield item
}

/** What an inline node says; what was deleted has its attributes still. */
function wordsOf(element: Y.XmlElement): string {
  if (element.nodeName === 'hard_break') return '\n'
  const label: unknown = element._map.get('label')?.content.getContent()[0]
  return typeof label === 'string' ? `@${label}` : ''
}

/** `block` counts the blocks of text from 0, those that were deleted too: as in the HTML. */
function changesIn(blocks: readonly DiffBlock[]) {
  return blocks.flatMap(({ type, parts }, block) =>
    parts
      .filter(({ kind }) => kind !== 'kept')
      .map(({ kind, text, author }) => ({ kind, text, author, block, type })),
  )
}

const TAGS: Readonly<Record<string, string>> = { heading: 'h2', code_block: 'pre' }

/** Called so whose name nobody knows. */
const SOMEBODY = 'Somebody'

function writeDiff(blocks: readonly DiffBlock[], names: ReadonlyMap<string, string>): string {
  return blocks
    .map(({ type, parts }) => {
      const tag = TAGS[type] ?? 'p'
      return `<${tag}>${parts.map((part) => writePart(part, names)).join('')}</${tag}>\n`
    })
    .join('')
}

function writePart({ kind, text, author }: Part, names: ReadonlyMap<string, string>): string {
  if (kind === 'kept') return escaped(text)
  const tag = kind === 'inserted' ? 'ins' : 'del'
  const name = names.get(author) ?? SOMEBODY
  return `<${tag} data-author="${escaped(author)}" title="${escaped(name)}">${escaped(text)}</${tag}>`
}

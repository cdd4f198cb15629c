/**
 * What text came and went between two positions of a page, by whom: as JSON, as HTML with `ins` and `del`,
 * or as the page itself with marks.
 */
import { Attribution } from './attribution.ts'
import { type Change, changesOn } from './changes.ts'
import { escaped } from './html-writing.ts'
import { markedPage } from './marked-page.ts'
import { type DiffOptions, NotPossible, type Stored } from './port.ts'
import { isTextblock, type PageNode, textOf } from './tree.ts'

export interface Part {
  readonly kind: 'kept' | 'inserted' | 'deleted'
  readonly text: string
  /** '' for what was kept. */
  readonly author: string
  /** Of what was kept, how it is written otherwise. */
  readonly changes: readonly Change[]
}

export interface BlockChange extends Change {
  /** Of which node: this block of text, or one that begins with it. */
  readonly type: string
}

/** A block of text, with what was there at either end. */
export interface DiffBlock {
  /** A name of shared/schema/nodes.ts. */
  readonly type: string
  readonly parts: readonly Part[]
  readonly changes: readonly BlockChange[]
}

/** `authors` of the last entries of `stored`, those that came later. Throws NotPossible. */
export function diff(
  stored: Stored,
  authors: readonly string[],
  options: DiffOptions,
): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(written(stored, authors, options).toWellFormed())
}

function written(stored: Stored, authors: readonly string[], options: DiffOptions): string {
  const { format, ends, names = new Map<string, string>() } = options
  const nameOf = (author: string) => names.get(author) ?? null
  switch (format) {
    case 'html':
      return writeDiff(diffBlocks(stored, authors), names)
    case 'json': {
      const found = changesIn(diffBlocks(stored, authors))
      const changes = found.map((change) => ({ ...change, authorName: nameOf(change.author) }))
      return JSON.stringify({ ...ends, changes })
    }
    case 'page': {
      const wrote = Array.from(new Set(authors), (author) => ({ author, name: nameOf(author) }))
      return JSON.stringify({ ...ends, authors: wrote, content: markedPage(attributed(stored, authors)) })
    }
  }
}

/** Of the marked page, which knows what only seems to have changed. */
export function diffBlocks(stored: Stored, authors: readonly string[]): readonly DiffBlock[] {
  const blocks: DiffBlock[] = []
  walk(markedPage(attributed(stored, authors), { changes: true }), [], blocks)
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

/** `above`: what changed of what the node is the first block of text in. */
function walk(node: PageNode, above: readonly BlockChange[], blocks: DiffBlock[]): void {
  const own = changesOn(node).map((change) => ({ ...change, type: node.type }))
  const changes = [...above, ...own]
  if (!isTextblock(node)) {
    for (const [index, child] of (node.content ?? []).entries())
      walk(child, index === 0 ? changes : [], blocks)
    return
  }
  const parts: Part[] = []
  for (const child of node.content ?? []) add(parts, partOf(child))
  if (parts.length > 0 || changes.length > 0) blocks.push({ type: node.type, parts, changes })
}

function partOf(node: PageNode): Part {
  const change = node.marks?.find(({ type }) => type === 'inserted' || type === 'deleted')
  const changes = changesOn(node)
  const isShown = change !== undefined || changes.length > 0
  const text = node.type === 'image' && isShown ? pictureOf(node) : textOf(node)
  if (change?.type === 'inserted' || change?.type === 'deleted')
    return { kind: change.type, text, author: String(change.attrs?.['author'] ?? ''), changes }
  return { kind: 'kept', text, author: '', changes }
}

function pictureOf({ attrs = {} }: PageNode): string {
  return String(attrs['alt'] || attrs['src'] || '')
}

function add(parts: Part[], part: Part): void {
  if (part.text === '' && part.changes.length === 0) return
  const last = parts.at(-1)
  const isSame =
    last?.kind === part.kind &&
    last.author === part.author &&
    JSON.stringify(last.changes) === JSON.stringify(part.changes)
  if (isSame && last !== undefined) parts[parts.length - 1] = { ...last, text: last.text + part.text }
  else parts.push(part)
}

/** As it stands in JSON; of what was written otherwise with what `Change` says. */
interface ToldChange extends Partial<Change> {
  readonly kind: 'inserted' | 'deleted' | 'changed'
  readonly text: string
  readonly author: string
  readonly block: number
  readonly type: string
}

/** `block` counts the blocks of text from 0, those that were deleted too: as in the HTML. */
function changesIn(blocks: readonly DiffBlock[]): readonly ToldChange[] {
  return blocks.flatMap(({ type, parts, changes }, block) => [
    ...changes.map((change) => ({ kind: 'changed' as const, text: '', ...change, block })),
    ...parts.flatMap(({ kind, text, author, changes: inside }): ToldChange[] =>
      kind === 'kept'
        ? inside.map((change) => ({ kind: 'changed' as const, text, ...change, block, type }))
        : [{ kind, text, author, block, type }],
    ),
  ])
}

const TAGS: Readonly<Record<string, string>> = { heading: 'h2', code_block: 'pre' }

/** Called so whose name nobody knows. */
const SOMEBODY = 'Somebody'

function writeDiff(blocks: readonly DiffBlock[], names: ReadonlyMap<string, string>): string {
  return blocks
    .map(({ type, parts, changes }) => {
      const tag = TAGS[type] ?? 'p'
      return `<${tag}${changed(changes, names)}>${parts.map((part) => writePart(part, names)).join('')}</${tag}>\n`
    })
    .join('')
}

function writePart({ kind, text, author, changes }: Part, names: ReadonlyMap<string, string>): string {
  if (kind === 'kept')
    return changes.length === 0 ? escaped(text) : `<span${changed(changes, names)}>${escaped(text)}</span>`
  const tag = kind === 'inserted' ? 'ins' : 'del'
  return `<${tag}${by([author], names)}>${escaped(text)}</${tag}>`
}

/** Attributes that say what is written otherwise, and by whom. */
function changed(changes: readonly Change[], names: ReadonlyMap<string, string>): string {
  if (changes.length === 0) return ''
  const what = changes.map(({ attribute }) => attribute).join(' ')
  return ` data-changed="${escaped(what)}"${by([...new Set(changes.map(({ author }) => author))], names)}`
}

function by(authors: readonly string[], names: ReadonlyMap<string, string>): string {
  const called = authors.map((author) => names.get(author) ?? SOMEBODY).join(', ')
  return ` data-author="${escaped(authors.join(' '))}" title="${escaped(called)}"`
}

/**
 * What was written in a format, with what that format cannot say of the block it goes on from: who a mention means, a
 * picture among plain words, a cell as wide as two, a list in a cell, or as plain lines.
 */
import { differences } from '#shared/difference.ts'
import type { Gap } from '#shared/gap.ts'
import { writeText } from './plain-text.ts'
import type { Format } from './port.ts'
import { rewordedBlock, type Said } from './reworded.ts'
import { doc, isText, isTextblock, joined, node, type PageNode, textOf } from './tree.ts'

/** Null where `kept` cannot go on as this. */
export function withUnsaid(kept: PageNode, written: PageNode, format: Format): PageNode | null {
  if (format === 'text') return ofPlainText(kept, written)
  if (format === 'markdown') return ofMarkdown(kept, written)
  return written
}

function ofPlainText(kept: PageNode, written: PageNode): PageNode | null {
  if (kept.type === 'code_block') return written
  const said: Said[] = []
  let before = ''
  const add = (words: string) => {
    before += words
  }
  const walk = (one: PageNode): void => {
    if (isTextblock(one)) {
      const from = before.length
      add(textOf(one))
      said.push({ block: one, from, to: before.length })
      return
    }
    for (const [index, child] of (one.content ?? []).entries()) {
      if (index > 0) add(one.type === 'table_row' ? '\t' : '\n')
      walk(child)
    }
  }
  walk(kept)
  // Where lines are left out the places are others.
  if (`${before}\n` !== writeText(doc([kept]))) return isTextblock(kept) ? written : null
  return rewordedBlock(kept, { said, before }, textOf(written)) ?? (isTextblock(kept) ? written : null)
}

function ofMarkdown(kept: PageNode, written: PageNode): PageNode {
  if (kept.type !== written.type) return written
  if (isTextblock(kept))
    return { ...written, content: withMentions(kept.content ?? [], written.content ?? []) }
  if (kept.type === 'table_row') return withWidth(kept, written)
  if (kept.type === 'table_cell' || kept.type === 'table_header') return withBlocks(kept, written)
  const [old, now] = [kept.content ?? [], written.content ?? []]
  if (old.length !== now.length) return written
  return { ...written, content: now.map((one, index) => ofMarkdown(old[index] ?? one, one)) }
}

/** Words that were a mention are it still, where they are as they were. */
function withMentions(kept: readonly PageNode[], written: readonly PageNode[]): PageNode[] {
  if (!kept.some(({ type }) => type === 'mention')) return [...written]
  const signOf = (one: PageNode) => (isText(one) || one.type === 'mention' ? textOf(one) : '\ufffc')
  const now = written.map(signOf).join('')
  const gaps = differences(kept.map(signOf).join(''), now)
  const mentions: { readonly from: number; readonly to: number; readonly node: PageNode }[] = []
  let position = 0
  for (const one of kept) {
    const end = position + signOf(one).length
    // A letter right behind it makes another name of it.
    const isLonger = (gap: Gap) => gap.from === end && /^[\p{L}\p{N}]/u.test(now.slice(gap.start, gap.end))
    const isKept = !gaps.some((gap) => (gap.from < end && gap.to > position) || isLonger(gap))
    const moved = gaps
      .filter((gap) => gap.to <= position)
      .reduce((sum, gap) => sum + gap.end - gap.start - (gap.to - gap.from), 0)
    if (one.type === 'mention' && isKept && end > position)
      mentions.push({ from: position + moved, to: end + moved, node: one })
    position = end
  }
  const out: PageNode[] = []
  position = 0
  for (const one of written) {
    const words = signOf(one)
    let at = 0
    for (const { from, to, node: mention } of mentions) {
      if (!isText(one) || from < position + at || to > position + words.length) continue
      out.push({ ...one, text: words.slice(at, from - position) }, mention)
      at = to - position
    }
    if (at === 0) out.push(one)
    else out.push({ ...one, text: words.slice(at) })
    position += words.length
  }
  return joined(out)
}

const isBlank = (cell: PageNode | undefined) => cell === undefined || textOf(cell) === ''
const spanOf = (cell: PageNode) => Math.max(1, Number(cell.attrs?.['colspan'] ?? 1))

/** The empty cells that stand for the rest of a wide one go into it again. */
function withWidth(kept: PageNode, written: PageNode): PageNode {
  const now = written.content ?? []
  const content: PageNode[] = []
  let column = 0
  for (const cell of kept.content ?? []) {
    const [first, ...rest] = now.slice(column, column + spanOf(cell))
    if (first === undefined) return written
    const { colspan = 1, rowspan = 1, colwidth = null } = cell.attrs ?? {}
    content.push({ ...ofMarkdown(cell, first), attrs: { ...first.attrs, colspan, rowspan, colwidth } })
    content.push(...(rest.every(isBlank) ? [] : rest))
    column += spanOf(cell)
  }
  const more = now.slice(column)
  return { ...written, content: more.every(isBlank) ? content : [...content, ...more] }
}

/** The lines of a cell as the blocks they were. */
function withBlocks(kept: PageNode, written: PageNode): PageNode {
  const [only, ...others] = written.content ?? []
  const blocks = kept.content ?? []
  if (only === undefined || others.length > 0 || (blocks.length === 1 && blocks[0]?.type === 'paragraph'))
    return only === undefined || blocks[0] === undefined || others.length > 0
      ? written
      : { ...written, content: [ofMarkdown(blocks[0], only)] }
  const lines: PageNode[][] = [[]]
  for (const one of only.content ?? []) {
    if (one.type === 'hard_break') lines.push([])
    else lines.at(-1)?.push(one)
  }
  const content: PageNode[] = []
  let line = 0
  for (const block of blocks) {
    const count = block.type === 'paragraph' ? textOf(block).split('\n').length : 1
    const inline = lines
      .slice(line, line + count)
      .flatMap((part, index) => [...(index > 0 ? [node('hard_break')] : []), ...part])
    line += count
    const one =
      block.type === 'paragraph'
        ? ofMarkdown(block, node('paragraph', inline))
        : reworded(block, inline.map(textOf).join(''))
    if (one === null) return written
    content.push(one)
  }
  return line === lines.length ? { ...written, content } : written
}

function reworded(block: PageNode, words: string): PageNode | null {
  if (textOf(block) === words) return block
  const said: Said[] = []
  let position = 0
  const walk = (one: PageNode): void => {
    if (!isTextblock(one)) {
      for (const child of one.content ?? []) walk(child)
      return
    }
    const from = position
    position += textOf(one).length
    said.push({ block: one, from, to: position })
  }
  walk(block)
  return rewordedBlock(block, { said, before: textOf(block) }, words)
}

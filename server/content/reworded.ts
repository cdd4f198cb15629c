/** Words put into what is there already: nodes and marks that plain words cannot say stay beside the words they had. */

import { differences } from '#shared/difference.ts'
import type { Gap } from '#shared/gap.ts'
import { isTextblock, joined, node, type PageNode, textNode, textOf } from './tree.ts'

/** A block of text within another one, and where its words stand in what that one says. */
export interface Said {
  readonly block: PageNode
  readonly from: number
  readonly to: number
}

/** Inline content that says `words`. */
export function rewordedInline(content: readonly PageNode[], words: string): PageNode[] {
  const gaps = differences(content.map(textOf).join(''), words)
  const out: PageNode[] = []
  let position = 0
  let next = 0
  const put = (upTo: number) => {
    for (let gap = gaps[next]; gap !== undefined && gap.from <= upTo; gap = gaps[++next])
      out.push(...inlineOf(words.slice(gap.start, gap.end)))
  }
  for (const one of content) {
    const said = textOf(one)
    if (one.text === undefined) {
      put(position)
      if (!gaps.some((gap) => gap.from < position + said.length && gap.to > position)) out.push(one)
    } else
      for (let at = 0; at < said.length; ) {
        put(position + at)
        const inside = gaps.find((gap) => gap.from <= position + at && gap.to > position + at)
        const end = inside?.to ?? gaps.find((gap) => gap.from > position + at)?.from ?? Infinity
        const to = Math.min(said.length, end - position)
        if (inside === undefined) out.push({ ...one, text: said.slice(at, to) })
        at = to
      }
    position += said.length
  }
  put(Infinity)
  return joined(out)
}

function inlineOf(words: string): PageNode[] {
  return words
    .split('\n')
    .flatMap((line, index) => [
      ...(index === 0 ? [] : [node('hard_break')]),
      ...(line === '' ? [] : [textNode(line)]),
    ])
}

/**
 * `block`, which says `before` by the blocks of text in it, saying `words` instead; null where that is not a matter of
 * words: what stands between two of them went or came. A block of text that says nothing any more goes with what
 * parted it from its neighbour.
 */
export function rewordedBlock(
  block: PageNode,
  { said, before }: { readonly said: readonly Said[]; readonly before: string },
  words: string,
): PageNode | null {
  const gaps = differences(before, words).map((gap) => wholeBlocks(gap, before, said))
  const now = new Map<PageNode, PageNode | null>()
  let taken = 0
  for (const [index, { block: one, from, to }] of said.entries()) {
    const parting = gaps.find((gap) => crosses(gap, from, to))
    if (parting !== undefined) {
      if (!takes(parting, said, index)) return null
      now.set(one, null)
      continue
    }
    const start = Math.max(taken, from + shift(gaps, (gap) => gap.to <= from && gap.from < from))
    const end = to + shift(gaps, (gap) => gap.to <= to && gap.from <= to)
    taken = end
    const own = words.slice(start, end)
    const code = own === '' ? [] : [textNode(own)]
    now.set(one, {
      ...one,
      content: one.type === 'code_block' ? code : rewordedInline(one.content ?? [], own),
    })
  }
  return replaced(block, now)
}

/** What goes may be told in several places: `a` of `xa-ya` and `-ya` are the same. Where whole blocks go it is told so. */
function wholeBlocks(gap: Gap, before: string, said: readonly Said[]): Gap {
  const { from, to, start, end } = gap
  if (start < end || !said.some((one) => crosses(gap, one.from, one.to))) return gap
  for (let by = 0; by < to - from && from - by >= 0; by++) {
    if (by > 0 && before[from - by] !== before[to - by]) break
    const whole = { from: from - by, to: to - by, start: start - by, end: end - by }
    if (said.some((one) => one.from === whole.from) && said.some((one) => one.from === whole.to)) return whole
  }
  return gap
}

/** Whether more goes than words of this block alone. */
function crosses(gap: Gap, from: number, to: number): boolean {
  return gap.from < to && gap.to > from && (gap.from < from || gap.to > to)
}

/** Whether nothing goes but whole blocks of text, with what parts them from one neighbour. */
function takes(gap: Gap, said: readonly Said[], index: number): boolean {
  const [one, before, behind] = [said[index], said[index - 1], said[index + 1]]
  if (one === undefined || gap.start < gap.end || gap.from > one.from || gap.to < one.to) return false
  const reached = said.filter(({ from, to }) => gap.from <= from && gap.to >= to)
  const [first, last] = [reached[0], reached.at(-1)]
  if (first === undefined || last === undefined) return false
  const isFront =
    gap.from === first.from && (behind === undefined || said.some(({ from }) => from === gap.to))
  const isBack = gap.to === last.to && (before === undefined || said.some(({ to }) => to === gap.from))
  return isFront || isBack
}

function shift(gaps: readonly Gap[], isBefore: (gap: Gap) => boolean): number {
  return gaps.filter(isBefore).reduce((sum, { from, to, start, end }) => sum + end - start - (to - from), 0)
}

function replaced(one: PageNode, now: ReadonlyMap<PageNode, PageNode | null>): PageNode | null {
  const known = now.get(one)
  if (known !== undefined) return known
  if (isTextblock(one) || one.content === undefined) return one
  const content = one.content.flatMap((child) => replaced(child, now) ?? [])
  return content.length === 0 ? null : { ...one, content }
}

/**
 * What only seems to have changed: taken away and written again in its place, as by a restoring; or moved into the next
 * paragraph because somebody divided one.
 */
import { isTextblock, joined, type PageMark, type PageNode } from './tree.ts'

/** Of siblings in which what was deleted still stands. */
export function settled(siblings: readonly PageNode[]): PageNode[] {
  const out: PageNode[] = []
  for (let at = 0; at < siblings.length; ) {
    let end = at
    while (end < siblings.length && changeOf(siblings[end]) !== null) end += 1
    out.push(...settledRun(siblings.slice(at, end)))
    const kept = siblings[end]
    if (kept !== undefined) out.push(kept)
    at = end + 1
  }
  return joined(divided(out))
}

function settledRun(run: readonly PageNode[]): readonly PageNode[] {
  const inserted = joined(run.filter((one) => changeOf(one) === 'inserted').map(without))
  const deleted = joined(run.filter((one) => changeOf(one) === 'deleted').map(without))
  return inserted.length > 0 && JSON.stringify(inserted) === JSON.stringify(deleted) ? inserted : run
}

/** The words behind the place where a paragraph was divided are deleted in it and inserted in the next: they stay. */
function divided(siblings: readonly PageNode[]): readonly PageNode[] {
  const out = [...siblings]
  for (let at = 0; at + 1 < out.length; at++) {
    const [first, second] = [out[at], out[at + 1]]
    if (first === undefined || second === undefined || !isTextblock(first) || !isTextblock(second)) continue
    if (changeOf(first) === 'deleted' || changeOf(second) !== 'inserted') continue
    const tail = tailOf(first.content ?? [], 'deleted')
    const head = headOf(second.content ?? [], 'inserted')
    if (tail.length === 0 || !isSame(tail, head)) continue
    out[at] = { ...first, content: (first.content ?? []).slice(0, -tail.length) }
    const rest = (second.content ?? []).slice(head.length)
    out[at + 1] = { ...second, content: joined([...head.map(without), ...rest]) }
  }
  return out
}

function tailOf(content: readonly PageNode[], change: string): readonly PageNode[] {
  let from = content.length
  while (from > 0 && changeOf(content[from - 1]) === change) from -= 1
  return content.slice(from)
}

function headOf(content: readonly PageNode[], change: string): readonly PageNode[] {
  let to = 0
  while (to < content.length && changeOf(content[to]) === change) to += 1
  return content.slice(0, to)
}

function isSame(one: readonly PageNode[], other: readonly PageNode[]): boolean {
  return JSON.stringify(joined(one.map(without))) === JSON.stringify(joined(other.map(without)))
}

function changeOf(node: PageNode | undefined): 'inserted' | 'deleted' | null {
  const type = node?.marks?.find(isChange)?.type
  return type === 'inserted' || type === 'deleted' ? type : null
}

function isChange({ type }: PageMark): boolean {
  return type === 'inserted' || type === 'deleted'
}

/** A node and all in it as if nothing had happened to it. */
function without(node: PageNode): PageNode {
  const { marks = [], content, ...rest } = node
  const others = marks.filter((mark) => !isChange(mark))
  return {
    ...rest,
    ...(content === undefined ? {} : { content: joined(content.map(without)) }),
    ...(others.length === 0 ? {} : { marks: others }),
  }
}

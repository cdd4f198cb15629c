/**
 * The smallest steps from one document to another. A replacement of the whole document would drop every
 * decoration, every mapped position and a composition in progress; these touch only what differs.
 */
import { type Node, Slice } from 'prosemirror-model'
import { ReplaceStep, type Step, type Transform } from 'prosemirror-transform'

interface Change {
  readonly from: number
  readonly to: number
  readonly slice: Slice
  /** What to do where the step above does not fit: whole children of the same parent. */
  readonly whole: { readonly from: number; readonly to: number; readonly slice: Slice } | null
}

/** Adds to `tr` the steps that make its document equal to `target`. Throws RangeError where none do. */
export function narrow(tr: Transform, target: Node): void {
  const changes: Change[] = []
  collect(changes, { before: tr.doc, after: target, start: 0 })
  // From the end, so that the positions of the others stay right.
  for (const change of changes.reverse()) {
    const { whole } = change
    if (tr.maybeStep(stepOf(change)).failed === null) continue
    if (whole === null) throw new RangeError('a change does not fit')
    tr.step(stepOf(whole))
  }
  if (tr.doc.eq(target)) return
  tr.step(new ReplaceStep(0, tr.doc.content.size, new Slice(target.content, 0, 0)))
  if (!tr.doc.eq(target)) throw new RangeError('the text did not become what was read')
}

function stepOf({ from, to, slice }: { from: number; to: number; slice: Slice }): Step {
  return new ReplaceStep(from, to, slice)
}

interface Pair {
  readonly before: Node
  readonly after: Node
  /** Where the content of `before` begins. */
  readonly start: number
}

function collect(changes: Change[], { before, after, start }: Pair): void {
  const min = Math.min(before.childCount, after.childCount)
  let left = 0
  let from = 0
  while (left < min && same(before.child(left), after.child(left))) from += before.child(left++).nodeSize
  if (left === before.childCount && left === after.childCount) return
  let right = 0
  let tail = 0
  while (right < min - left && same(fromEnd(before, right), fromEnd(after, right)))
    tail += fromEnd(before, right++).nodeSize
  const beforeCount = before.childCount - left - right
  const afterCount = after.childCount - left - right
  if (beforeCount === afterCount && pairUp(before, after, { left, count: beforeCount })) {
    let position = start + from
    for (let i = left; i < left + beforeCount; i++) {
      collect(changes, { before: before.child(i), after: after.child(i), start: position + 1 })
      position += before.child(i).nodeSize
    }
    return
  }
  const end = { before: before.content.size - tail, after: after.content.size - tail }
  const whole = {
    from: start + from,
    to: start + end.before,
    slice: new Slice(after.content.cut(from, end.after), 0, 0),
  }
  changes.push(tight({ before, after, start }, whole))
}

/** The change between the first and the last difference, which may lie inside children. */
function tight({ before, after, start }: Pair, whole: NonNullable<Change['whole']>): Change {
  const first = before.content.findDiffStart(after.content)
  const last = before.content.findDiffEnd(after.content)
  if (first === null || last === null) return { ...whole, whole: null }
  // Where equal text repeats, both searches claim it; the overlap belongs to the start.
  const overlap = Math.max(0, first - Math.min(last.a, last.b))
  const slice = after.slice(first, last.b + overlap)
  return { from: start + first, to: start + last.a + overlap, slice, whole }
}

function same(a: Node, b: Node): boolean {
  return a === b || a.eq(b)
}

function fromEnd(node: Node, index: number): Node {
  return node.child(node.childCount - 1 - index)
}

/** Whether the children in question differ only inside. */
function pairUp(before: Node, after: Node, { left, count }: { left: number; count: number }): boolean {
  for (let i = left; i < left + count; i++) {
    const child = before.child(i)
    if (child.isText || child.isLeaf || !child.sameMarkup(after.child(i))) return false
  }
  return true
}

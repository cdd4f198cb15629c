/** The shortest way from one sequence to another (Myers' algorithm), or as far as it comes with so many differences. */
import type { Gap, NumberedPair, Run } from './gap.ts'

export interface Way {
  /** What is kept on the way, from the front. */
  readonly runs: readonly Run[]
  /** How far it came; null for to the end. */
  readonly reached: { readonly old: number; readonly new: number } | null
}

const MAX_DIFFERENCES = 128

export function shortestWay({ old, now }: NumberedPair, { from, to, start, end }: Gap): Way {
  const [rows, columns] = [to - from, end - start]
  const most = Math.min(MAX_DIFFERENCES, rows + columns)
  /** How far down the old sequence each diagonal (old less new) has come, and after each number of differences. */
  const reach = new Int32Array(2 * most + 3)
  const history: Int32Array[] = []
  let best = { sum: -1, old: 0, diagonal: 0 }
  let isWhole = false
  for (let count = 0; count <= most && !isWhole; count++) {
    best = { sum: -1, old: 0, diagonal: 0 }
    for (let diagonal = -count; diagonal <= count; diagonal += 2) {
      const middle = most + 1 + diagonal
      const [less, more] = [reach[middle - 1] ?? 0, reach[middle + 1] ?? 0]
      let at = comesFromMore({ diagonal, count, less, more }) ? more : less + 1
      while (at < rows && at - diagonal < columns && old[from + at] === now[start + at - diagonal]) at++
      reach[middle] = at
      if (at > rows || at - diagonal > columns) continue
      if (2 * at - diagonal > best.sum) best = { sum: 2 * at - diagonal, old: at, diagonal }
      if (at === rows && at - diagonal === columns) isWhole = true
    }
    history.push(reach.slice(most + 1 - count, most + 2 + count))
  }
  const runs = keptOn(history, best).map((run) => ({ ...run, old: from + run.old, new: start + run.new }))
  if (isWhole) return { runs, reached: null }
  return { runs, reached: { old: from + best.old, new: start + best.old - best.diagonal } }
}

/** Whether a diagonal is come to from the one above it, by something new, or from below, by something gone. */
function comesFromMore(step: {
  readonly diagonal: number
  readonly count: number
  readonly less: number
  readonly more: number
}): boolean {
  const { diagonal, count, less, more } = step
  return diagonal === -count || (diagonal !== count && less < more)
}

/** Back along the way to its end. */
function keptOn(history: readonly Int32Array[], end: { old: number; diagonal: number }): Run[] {
  const runs: Run[] = []
  let { old, diagonal } = end
  const keep = (first: number) => {
    if (old > first) runs.push({ old: first, new: first - diagonal, length: old - first })
  }
  for (let count = history.length - 1; count > 0; count--) {
    const before = history[count - 1]
    const reached = (of: number) => before?.[of + count - 1] ?? 0
    const [less, more] = [reached(diagonal - 1), reached(diagonal + 1)]
    const isFromMore = comesFromMore({ diagonal, count, less, more })
    keep(isFromMore ? more : less + 1)
    old = isFromMore ? more : less
    diagonal += isFromMore ? 1 : -1
  }
  keep(0)
  return runs.reverse()
}

/**
 * What two sequences have in common, in order: as much as can be where they differ in few places, else what is found
 * from signs that stand once in each. Its cost grows with the length, not with its square.
 */
import type { Gap, NumberedPair, Run } from './gap.ts'
import { rising } from './rising.ts'
import { shortestWay } from './shortest-way.ts'

/** In gaps within gaps so deep nothing is looked for by signs that stand once. */
const MAX_DEPTH = 12

interface Unsolved extends Gap {
  readonly depth: number
}

/** Runs of equal signs, none of them empty, from the front to the end. */
export function commonRuns<T>(before: readonly T[], after: readonly T[]): Run[] {
  const signs = new Map<T, number>()
  const numbered = (all: readonly T[]) =>
    Int32Array.from(all, (one) => {
      const known = signs.get(one) ?? signs.size
      signs.set(one, known)
      return known
    })
  const pair = { old: numbered(before), now: numbered(after) }
  const found: Run[] = []
  // By hand instead of recursion: gaps may lie as deep as the sequence is long.
  const waiting: (Unsolved | Run)[] = [{ from: 0, to: before.length, start: 0, end: after.length, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('length' in next) add(found, next)
    else waiting.push(...solved(pair, next).reverse())
  }
  return found
}

/** What is known of a gap, and what is to be looked at within it, in order. */
function solved(pair: NumberedPair, gap: Unsolved): (Unsolved | Run)[] {
  const { from, to, start, end } = trimmed(pair, gap)
  const head = { old: gap.from, new: gap.start, length: from - gap.from }
  const tail = { old: to, new: end, length: gap.to - to }
  if (from === to || start === end) return [head, tail]
  const inner = { from, to, start, end }
  const { runs, reached } = shortestWay(pair, inner)
  if (reached === null) return [head, ...runs, tail]
  const anchors = gap.depth < MAX_DEPTH ? standingOnce(pair, inner) : []
  if (anchors.length > 0) return [head, ...around(anchors, inner, gap.depth + 1), tail]
  return [head, ...runs, { from: reached.old, to, start: reached.new, end, depth: MAX_DEPTH }, tail]
}

function trimmed({ old, now }: NumberedPair, { from, to, start, end }: Gap): Gap {
  while (from < to && start < end && old[from] === now[start]) {
    from++
    start++
  }
  while (from < to && start < end && old[to - 1] === now[end - 1]) {
    to--
    end--
  }
  return { from, to, start, end }
}

/** Signs that stand once in each, as many of them as are in the same order in both. */
function standingOnce({ old, now }: NumberedPair, { from, to, start, end }: Gap): Run[] {
  const places = new Map<number, { old: number; now: number }>()
  for (let at = from; at < to; at++) {
    const sign = old[at] ?? -1
    places.set(sign, { old: places.has(sign) ? -1 : at, now: -1 })
  }
  const twice = new Set<number>()
  for (let at = start; at < end; at++) {
    const sign = now[at] ?? -1
    const place = places.get(sign)
    if (place === undefined) continue
    if (place.now >= 0) twice.add(sign)
    place.now = at
  }
  const once: Run[] = []
  for (const [sign, place] of places)
    if (place.old >= 0 && place.now >= 0 && !twice.has(sign))
      once.push({ old: place.old, new: place.now, length: 1 })
  once.sort((a, b) => a.old - b.old)
  return rising(once, (run) => run.new)
}

function around(anchors: readonly Run[], gap: Gap, depth: number): (Unsolved | Run)[] {
  const out: (Unsolved | Run)[] = []
  let { from, start } = gap
  for (const anchor of anchors) {
    out.push({ from, to: anchor.old, start, end: anchor.new, depth }, anchor)
    from = anchor.old + anchor.length
    start = anchor.new + anchor.length
  }
  out.push({ from, to: gap.to, start, end: gap.end, depth })
  return out
}

function add(found: Run[], { old, new: now, length }: Run): void {
  if (length === 0) return
  const last = found.at(-1)
  if (last !== undefined && last.old + last.length === old && last.new + last.length === now)
    found[found.length - 1] = { ...last, length: last.length + length }
  else found.push({ old, new: now, length })
}

/** Which of the old go on as which of the new: first what is the same, then, between those, what is most alike. */
import { commonRuns } from '#shared/common-runs.ts'
import { rising } from '#shared/rising.ts'

export interface Pair {
  readonly old: number
  readonly new: number
  readonly same: boolean
}

/** How what is not the same is compared. */
export interface Comparing {
  /** 0 or less: one cannot go on as the other. */
  readonly likeness: (old: number, now: number) => number
  /** What is said: few others say the same. */
  readonly signs: {
    readonly old: (index: number) => Iterable<string>
    readonly now: (index: number) => Iterable<string>
  }
}

/** Gaps of more pairs are parted first, by what few in them say. */
const MAX_GAP_PAIRS = 10_000
/** What more pairs of a gap say tells nobody apart. */
const MAX_SAYING = 16

/** What is equal by its key, in order. */
export function equalPairs(old: readonly string[], now: readonly string[]): Pair[] {
  return commonRuns(old, now).flatMap((run) =>
    Array.from({ length: run.length }, (_, at) => ({ old: run.old + at, new: run.new + at, same: true })),
  )
}

/** Pairs within the gaps that `anchors` leave, and the anchors: those with the highest sum of likeness. */
export function fillGaps(
  sizes: { readonly old: number; readonly new: number },
  anchors: readonly Pair[],
  comparing: Comparing,
): Pair[] {
  const out: Pair[] = []
  for (const { gap, anchor } of gapsBetween(
    { fromOld: 0, toOld: sizes.old, fromNew: 0, toNew: sizes.new },
    anchors,
  )) {
    out.push(...pairGap(gap, comparing))
    if (anchor !== null) out.push(anchor)
  }
  return out
}

interface Gap {
  readonly fromOld: number
  readonly toOld: number
  readonly fromNew: number
  readonly toNew: number
}

function* gapsBetween(
  { fromOld, toOld, fromNew, toNew }: Gap,
  anchors: readonly Pair[],
): Generator<{ readonly gap: Gap; readonly anchor: Pair | null }, void> {
  for (const anchor of anchors) {
    yield { gap: { fromOld, toOld: anchor.old, fromNew, toNew: anchor.new }, anchor }
    fromOld = anchor.old + 1
    fromNew = anchor.new + 1
  }
  yield { gap: { fromOld, toOld, fromNew, toNew }, anchor: null }
}

function pairGap(gap: Gap, comparing: Comparing): Pair[] {
  const [rows, columns] = [gap.toOld - gap.fromOld, gap.toNew - gap.fromNew]
  if (rows <= 0 || columns <= 0) return []
  if (rows * columns <= MAX_GAP_PAIRS) return pairAll(gap, comparing.likeness)
  const out: Pair[] = []
  for (const { gap: inner, anchor } of gapsBetween(gap, pairBySigns(gap, comparing))) {
    const count = (inner.toOld - inner.fromOld) * (inner.toNew - inner.fromNew)
    // Where there is still too much to compare nothing is said that tells one from another.
    if (count > 0 && count <= MAX_GAP_PAIRS) out.push(...pairAll(inner, comparing.likeness))
    if (anchor !== null) out.push(anchor)
  }
  return out
}

/** Those that say most of what few say, in order. */
function pairBySigns(gap: Gap, { likeness, signs }: Comparing): Pair[] {
  const saying = new Map<string, { old: number[]; now: number[] }>()
  const learn = (index: number, sign: string, side: 'old' | 'now') => {
    const found = saying.get(sign) ?? { old: [], now: [] }
    if (found[side].length <= MAX_SAYING) found[side].push(index)
    saying.set(sign, found)
  }
  for (let at = gap.fromOld; at < gap.toOld; at++) for (const sign of signs.old(at)) learn(at, sign, 'old')
  for (let at = gap.fromNew; at < gap.toNew; at++) for (const sign of signs.now(at)) learn(at, sign, 'now')
  const votes = new Map<number, Map<number, number>>()
  for (const { old, now } of saying.values()) {
    if (old.length === 0 || old.length * now.length > MAX_SAYING) continue
    for (const one of old)
      for (const other of now) {
        const of = votes.get(one) ?? new Map<number, number>()
        votes.set(one, of.set(other, (of.get(other) ?? 0) + 1 / (old.length * now.length)))
      }
  }
  const best = new Map<number, { old: number; count: number }>()
  for (const [old, of] of votes) {
    let chosen = { now: -1, count: 0 }
    for (const [now, count] of of) if (count > chosen.count) chosen = { now, count }
    if ((best.get(chosen.now)?.count ?? 0) < chosen.count) best.set(chosen.now, { old, count: chosen.count })
  }
  const pairs = [...best]
    .map(([now, { old }]) => ({ old, new: now, same: false }))
    .filter((pair) => likeness(pair.old, pair.new) > 0)
    .sort((a, b) => a.old - b.old)
  return rising(pairs, (pair) => pair.new)
}

/** Of all pairs those with the highest sum of likeness, in order. */
function pairAll({ fromOld, toOld, fromNew, toNew }: Gap, likeness: Comparing['likeness']): Pair[] {
  const [rows, columns] = [toOld - fromOld, toNew - fromNew]
  const width = columns + 1
  const best = new Float64Array((rows + 1) * width)
  const like = new Float64Array(rows * columns)
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--) {
      const score = likeness(fromOld + i, fromNew + j)
      like[i * columns + j] = score
      const paired = score > 0 ? score + at(best, (i + 1) * width + j + 1) : 0
      best[i * width + j] = Math.max(paired, at(best, (i + 1) * width + j), at(best, i * width + j + 1))
    }
  const pairs: Pair[] = []
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    const score = at(like, i * columns + j)
    if (score > 0 && at(best, i * width + j) === score + at(best, (i + 1) * width + j + 1))
      pairs.push({ old: fromOld + i++, new: fromNew + j++, same: false })
    else if (at(best, (i + 1) * width + j) >= at(best, i * width + j + 1)) i++
    else j++
  }
  return pairs
}

function at(numbers: Float64Array, index: number): number {
  return numbers[index] ?? 0
}

/** Which of the old go on as which of the new: first what is the same, then, between those, what is most alike. */

export interface Pair {
  readonly old: number
  readonly new: number
  readonly same: boolean
}

/** Above this many pairs nothing finer than the order is looked at. */
const MAX_PAIRS = 4_000_000
const MAX_GAP_PAIRS = 40_000

/** The longest common subsequence of equal keys, in order. */
export function equalPairs(old: readonly string[], now: readonly string[]): Pair[] {
  let start = 0
  const pairs: Pair[] = []
  while (start < old.length && start < now.length && old[start] === now[start]) {
    pairs.push({ old: start, new: start, same: true })
    start++
  }
  let [oldEnd, newEnd] = [old.length, now.length]
  const tail: Pair[] = []
  while (oldEnd > start && newEnd > start && old[oldEnd - 1] === now[newEnd - 1])
    tail.push({ old: --oldEnd, new: --newEnd, same: true })
  const [rows, columns] = [oldEnd - start, newEnd - start]
  if (rows > 0 && columns > 0 && rows * columns <= MAX_PAIRS) {
    const width = columns + 1
    const lengths = new Uint32Array((rows + 1) * width)
    for (let i = rows - 1; i >= 0; i--)
      for (let j = columns - 1; j >= 0; j--)
        lengths[i * width + j] =
          old[start + i] === now[start + j]
            ? at(lengths, (i + 1) * width + j + 1) + 1
            : Math.max(at(lengths, (i + 1) * width + j), at(lengths, i * width + j + 1))
    for (let i = 0, j = 0; i < rows && j < columns; ) {
      if (old[start + i] === now[start + j]) pairs.push({ old: start + i++, new: start + j++, same: true })
      else if (at(lengths, (i + 1) * width + j) >= at(lengths, i * width + j + 1)) i++
      else j++
    }
  }
  return [...pairs, ...tail.reverse()]
}

/** Pairs within the gaps that `anchors` leave: those with the highest sum of likeness; 0 or less is no pair. */
export function fillGaps(
  sizes: { readonly old: number; readonly new: number },
  anchors: readonly Pair[],
  likeness: (old: number, now: number) => number,
): Pair[] {
  const out: Pair[] = []
  let [fromOld, fromNew] = [0, 0]
  for (const anchor of [...anchors, { old: sizes.old, new: sizes.new, same: true }]) {
    out.push(...pairGap({ fromOld, toOld: anchor.old, fromNew, toNew: anchor.new }, likeness))
    if (anchor.old < sizes.old) out.push(anchor)
    fromOld = anchor.old + 1
    fromNew = anchor.new + 1
  }
  return out
}

interface Gap {
  readonly fromOld: number
  readonly toOld: number
  readonly fromNew: number
  readonly toNew: number
}

function pairGap(
  { fromOld, toOld, fromNew, toNew }: Gap,
  likeness: (old: number, now: number) => number,
): Pair[] {
  const [rows, columns] = [toOld - fromOld, toNew - fromNew]
  if (rows <= 0 || columns <= 0) return []
  if (rows * columns > MAX_GAP_PAIRS) {
    const inOrder = Array.from({ length: Math.min(rows, columns) }, (_, i) => i)
    return inOrder
      .filter((i) => likeness(fromOld + i, fromNew + i) > 0)
      .map((i) => ({ old: fromOld + i, new: fromNew + i, same: false }))
  }
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

function at(numbers: Uint32Array | Float64Array, index: number): number {
  return numbers[index] ?? 0
}

/** From 0 to 1: how much of their words two texts share. */
export function sharedWords(a: string, b: string): number {
  if (a === b) return 1
  const [left, right] = [wordsOf(a), wordsOf(b)]
  let shared = 0
  for (const [word, count] of left) shared += Math.min(count, right.get(word) ?? 0)
  const all = sum(left) + sum(right)
  return all === 0 ? 0.5 : (2 * shared) / all
}

function wordsOf(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const word of text
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
    ?.slice(0, 2_000) ?? [])
    found.set(word, (found.get(word) ?? 0) + 1)
  return found
}

function sum(counts: ReadonlyMap<string, number>): number {
  let all = 0
  for (const count of counts.values()) all += count
  return all
}

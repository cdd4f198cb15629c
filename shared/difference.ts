/**
 * What differs between two texts, in as few and as small places as can be found quickly. Every letter that is kept
 * keeps the carets, comments and marks of others that stand on it.
 */

export interface Difference {
  /** The range of the old text that goes. */
  readonly from: number
  readonly to: number
  /** The range of the new text that takes its place. */
  readonly start: number
  readonly end: number
}

/** Above this many pairs of letters nothing finer than one range is looked for. */
const MAX_PAIRS = 1_000_000
/** Shorter pieces in common are chance, not meaning. */
const MIN_COMMON = 3

/** From the front of the text to its end; never between the halves of one character. */
export function differences(before: string, after: string): Difference[] {
  const out: Difference[] = []
  collect(out, { before, after, from: 0, to: before.length, start: 0, end: after.length })
  return out
}

interface Search extends Difference {
  readonly before: string
  readonly after: string
}

function collect(out: Difference[], { before, after, from, to, start, end }: Search): void {
  while (from < to && start < end && before[from] === after[start]) {
    from++
    start++
  }
  // One half alone would be half a character.
  if (from > 0 && start > 0 && (isSecond(before, from) || isSecond(after, start))) {
    from--
    start--
  }
  while (from < to && start < end && before[to - 1] === after[end - 1]) {
    to--
    end--
  }
  if (isSecond(before, to) || isSecond(after, end)) {
    to++
    end++
  }
  if (from === to && start === end) return
  const common = longestCommon({ before, after, from, to, start, end })
  if (common === null) {
    out.push({ from, to, start, end })
    return
  }
  collect(out, { before, after, from, to: common.from, start, end: common.start })
  collect(out, { before, after, from: common.to, to, start: common.end, end })
}

/** The longest piece both ranges share, as a range of each; null when there is none worth keeping. */
function longestCommon({ before, after, from, to, start, end }: Search): Difference | null {
  if ((to - from) * (end - start) > MAX_PAIRS) return null
  let best = MIN_COMMON - 1
  let found: Difference | null = null
  let lengths = new Uint32Array(end - start + 1)
  for (let i = from; i < to; i++) {
    const next = new Uint32Array(end - start + 1)
    for (let j = start; j < end; j++) {
      if (before[i] !== after[j]) continue
      const length = (lengths[j - start] ?? 0) + 1
      next[j - start + 1] = length
      if (length <= best) continue
      const whole = { from: i - length + 1, to: i + 1, start: j - length + 1, end: j + 1 }
      if (isSecond(before, whole.from) || isSecond(before, whole.to)) continue
      best = length
      found = whole
    }
    lengths = next
  }
  return found
}

/** Whether the text has the second half of a character at this place. */
function isSecond(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= 0xdc00 && code < 0xe000
}

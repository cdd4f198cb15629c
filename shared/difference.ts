/**
 * What differs between two texts, in few and small places: words first, and within what they leave, letters. Every
 * letter that is kept keeps the carets, comments and marks of others that stand on it.
 */
import { commonRuns } from './common-runs.ts'
import type { Gap } from './gap.ts'

/** `from` to `to` of the old text goes; `start` to `end` of the new text takes its place. */
export type Difference = Gap

/** Up to this many pairs of letters are all compared: in a short text, and in what longer ones leave beside their words. */
const FEW_PAIRS = { ofText: 40_000, besideWords: 4_000 } as const
/** Shorter pieces in common are chance, not meaning. */
const MIN_COMMON = 3
/** The same where so much is different that chance has many. */
const MIN_COMMON_IN_MANY = 8

interface Texts {
  readonly before: string
  readonly after: string
}

/** From the front of the text to its end; never between the halves of one character. */
export function differences(before: string, after: string): Difference[] {
  const texts = { before, after }
  const whole = { from: 0, to: before.length, start: 0, end: after.length }
  const out: Difference[] = []
  const inner = trimmed(texts, whole)
  if (pairsIn(inner) <= FEW_PAIRS.ofText) byLetters(out, texts, inner)
  else
    for (const gap of gapsBetween(texts, inner, { cut: wordsIn, least: MIN_COMMON })) {
      if (pairsIn(gap) <= FEW_PAIRS.besideWords) byLetters(out, texts, gap)
      else out.push(...gapsBetween(texts, gap, { cut: lettersIn, least: MIN_COMMON_IN_MANY }))
    }
  return out
}

function pairsIn({ from, to, start, end }: Gap): number {
  return (to - from) * (end - start)
}

const WORDS = /[\p{L}\p{N}\p{M}]{1,40}?(?![\p{L}\p{N}\p{M}])|[\p{L}\p{N}\p{M}]{40}|\s+|./gsu

function wordsIn(text: string): string[] {
  return text.match(WORDS) ?? []
}

function lettersIn(text: string): string[] {
  return Array.from(text)
}

interface Pieces {
  readonly cut: (text: string) => string[]
  /** Letters that are kept together, at least. */
  readonly least: number
}

/** What is left of a gap when the pieces that stay are taken out of it. */
function gapsBetween({ before, after }: Texts, gap: Gap, { cut, least }: Pieces): Gap[] {
  const old = cut(before.slice(gap.from, gap.to))
  const now = cut(after.slice(gap.start, gap.end))
  const [oldEnds, newEnds] = [endsOf(old, gap.from), endsOf(now, gap.start)]
  const out: Gap[] = []
  let { from, start } = gap
  const leave = (to: number, end: number) => {
    if (from < to || start < end) out.push({ from, to, start, end })
  }
  for (const run of commonRuns(old, now)) {
    const keptFrom = oldEnds[run.old] ?? 0
    const to = oldEnds[run.old + run.length] ?? 0
    if (to - keptFrom < least) continue
    leave(keptFrom, newEnds[run.new] ?? 0)
    from = to
    start = newEnds[run.new + run.length] ?? 0
  }
  leave(gap.to, gap.end)
  return out
}

/** Where each piece begins, and where the last one ends. */
function endsOf(pieces: readonly string[], from: number): number[] {
  const out = [from]
  let at = from
  for (const piece of pieces) {
    at += piece.length
    out.push(at)
  }
  return out
}

function trimmed({ before, after }: Texts, { from, to, start, end }: Gap): Gap {
  const isBegun = { from, start }
  while (from < to && start < end && before[from] === after[start]) {
    from++
    start++
  }
  // One half alone would be half a character.
  if (from > isBegun.from && start > isBegun.start && (isSecond(before, from) || isSecond(after, start))) {
    from--
    start--
  }
  const ended = { to, end }
  while (from < to && start < end && before[to - 1] === after[end - 1]) {
    to--
    end--
  }
  if (to < ended.to && end < ended.end && (isSecond(before, to) || isSecond(after, end))) {
    to++
    end++
  }
  return { from, to, start, end }
}

function byLetters(out: Difference[], texts: Texts, gap: Gap): void {
  const { from, to, start, end } = trimmed(texts, gap)
  if (from === to && start === end) return
  const common = longestCommon(texts, { from, to, start, end })
  if (common === null) {
    out.push({ from, to, start, end })
    return
  }
  byLetters(out, texts, { from, to: common.from, start, end: common.start })
  byLetters(out, texts, { from: common.to, to, start: common.end, end })
}

/** The longest piece both ranges share, as a range of each; null when there is none worth keeping. */
function longestCommon({ before, after }: Texts, { from, to, start, end }: Gap): Difference | null {
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

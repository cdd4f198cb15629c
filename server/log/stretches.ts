/** Entries one by one into stretches: what every adapter does alike. */

import type { Seq } from '#shared/id.ts'
import type { Stretch } from './port.ts'

export interface Written {
  readonly from: number
  readonly seq: number
  readonly author: string
  /** Wall-clock milliseconds of the first and the last position it stands for. */
  readonly begin: number
  readonly time: number
}

/** The first `most` entries, as stretches. */
export function stretchesOf(
  entries: Iterable<Written>,
  { most, pauseMs }: { readonly most: number; readonly pauseMs: number },
): readonly Stretch[] {
  const stretches: { from: Seq; to: Seq; author: string; begin: number; end: number }[] = []
  let left = most
  for (const { from, seq, author, begin, time } of entries) {
    if (left-- <= 0) break
    const last = stretches.at(-1)
    if (last !== undefined && last.author === author && begin - last.end <= pauseMs) {
      last.to = seq as Seq
      last.end = time
    } else stretches.push({ from: from as Seq, to: seq as Seq, author, begin, end: time })
  }
  return stretches
}

/** Conditions on positions: a document's entity tag is its position, whatever format it is read in. */
import type { Seq } from '#shared/id.ts'

/** Longest wait for a change, in seconds. */
export const MAX_WAIT_S = 60

export function entityTag(seq: Seq): string {
  return `"${seq}"`
}

/** Whether a list of entity tags (If-Match, If-None-Match) names this position; null where there is no list. */
export function names(list: string | null, seq: Seq): boolean | null {
  if (list === null) return null
  return list.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '')
    return bare === '*' || bare === entityTag(seq)
  })
}

/** Seconds somebody wants to wait (RFC 7240: `Prefer: wait=N`); 0 for none. */
export function waitOf(prefer: string | null): number {
  const found = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '')
  return Math.min(Number(found?.[1] ?? 0), MAX_WAIT_S)
}

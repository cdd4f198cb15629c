/** Conditions on positions: a document's entity tag is its position, whatever format it is read in. */
import { hash } from 'node:crypto'
import type { Seq } from '#shared/id.ts'

/** Longest wait for a change, in seconds. */
export const MAX_WAIT_S = 60

export function entityTag(seq: Seq): string {
  return `"${seq}"`
}

/** The tag of what is told of a document: titles and sizes change without an edit. Its position counts for `names`. */
export function tagOfTold(seq: Seq, told: string): string {
  return `"${seq}.${hash('sha256', told).slice(0, 16)}"`
}

/** Whether a list of entity tags (If-Match, If-None-Match) names this position; null where there is no list. */
export function names(list: string | null, seq: Seq): boolean | null {
  if (list === null) return null
  return list.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '')
    return bare === '*' || bare.replace(/\.[0-9a-f]{16}"$/, '"') === entityTag(seq)
  })
}

/** Whether a list of entity tags (If-None-Match) holds this very one. */
export function holds(list: string | null, tag: string): boolean {
  return list?.split(',').some((one) => ['*', tag].includes(one.trim().replace(/^W\//, ''))) ?? false
}

/** Seconds somebody wants to wait (RFC 7240: `Prefer: wait=N`); 0 for none. */
export function waitOf(prefer: string | null): number {
  const found = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '')
  return Math.min(Number(found?.[1] ?? 0), MAX_WAIT_S)
}

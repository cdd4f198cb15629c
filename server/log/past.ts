/**
 * What a log keeps so that its past is quick to read and takes little room: milestones, sizes, merging.
 *
 * Invariants, proved by tests/log/past-contract.ts over every adapter:
 * - a milestone is a help, never the truth: without it the entries say the same;
 * - merging replaces entries of one author, and nothing that is not asked for; it is on disk whole or not at all;
 * - no snapshot and no checkpoint ever stands inside of a merged entry.
 */

import type { DocumentId, Seq } from '#shared/id.ts'

/** A compacted prefix of a log at an older position, for reading history quickly; invisible to people. */
export interface Milestone {
  readonly seq: Seq
  /** Entries 1–seq as one update; deflated where `isPacked`. */
  readonly state: Uint8Array
  readonly isPacked: boolean
}

/** What a document takes on disk, in bytes, and how many entries it has; merged ones count as one. */
export interface Sizes {
  readonly entries: number
  readonly entryBytes: number
  readonly milestones: number
  readonly milestoneBytes: number
}

/** Entries `from`–`seq`, all of one author, as one update. Its times are those of the first and the last of them. */
export interface Merge {
  readonly from: Seq
  readonly seq: Seq
  readonly update: Uint8Array
}

export interface Past {
  /** The newest milestone, or checkpoint, at or before a position; null for none. */
  milestone(document: DocumentId, upTo: Seq): Promise<Milestone | null>

  /** Where milestones stand, ascending. */
  milestones(document: DocumentId): Promise<readonly Seq[]>

  /** Adds one whose state is packed. Throws RangeError beyond the end. Rejects with NotSaved. */
  putMilestone(document: DocumentId, at: Seq, packed: Uint8Array): Promise<void>

  /** Lets go of some of the milestones up to a position; true while there are more. Rejects with NotSaved. */
  dropMilestones(document: DocumentId, upTo: Seq): Promise<boolean>

  /** Positions inside of which nothing may be merged, ascending: of snapshots and of checkpoints. */
  boundaries(document: DocumentId): Promise<readonly Seq[]>

  /** Null for a document that was never written to, or was deleted. */
  sizes(document: DocumentId): Promise<Sizes | null>

  /**
   * Replaces entries by merged ones, in one transaction, and lets go of milestones inside of them. False, and nothing
   * is changed, where a range is not made of whole entries of one author, has a boundary inside, or goes beyond the
   * newest checkpoint. The pushes of merged entries are forgotten. Rejects with NotSaved.
   */
  merge(document: DocumentId, merges: readonly Merge[]): Promise<boolean>
}

/** Whether a position stands inside of a range: not at its end, where all of it is there. */
export function isInside(
  at: number,
  { from, seq }: { readonly from: number; readonly seq: number },
): boolean {
  return from <= at && at < seq
}

/** Whether ranges may be merged as far as positions go: in order, apart, up to the newest checkpoint, nothing inside. */
export function mayMerge(
  merges: readonly Merge[],
  {
    checkpoints,
    snapshots,
  }: { readonly checkpoints: readonly number[]; readonly snapshots: Iterable<number> },
): boolean {
  const newest = Math.max(0, ...checkpoints)
  let end = 0
  for (const { from, seq } of merges) {
    if (from <= end || seq <= from || seq > newest) return false
    end = seq
  }
  let index = 0
  for (const at of [...checkpoints, ...snapshots].sort((a, b) => a - b)) {
    while ((merges[index]?.seq ?? at) < at) index += 1
    const merge = merges[index]
    if (merge !== undefined && isInside(at, merge)) return false
  }
  return true
}

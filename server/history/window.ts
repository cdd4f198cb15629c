/** Consecutive entries of a log, and which of them are to be merged. */

/** Entries of a window, by their index: from the first to the last one, both included. */
export interface MergeRange {
  readonly first: number
  readonly last: number
}

export interface Window {
  /** Entries that come before it, and lead to where it begins. */
  readonly lead: number
  /** In order and apart; each of two entries or more. */
  readonly ranges: readonly MergeRange[]
}

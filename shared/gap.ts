/** Parts of two sequences: what they share, and what lies between that. */

/** Equal in both. */
export interface Run {
  /** Where it begins in the old sequence and in the new one. */
  readonly old: number
  readonly new: number
  readonly length: number
}

/** `from` to `to` of the old sequence, `start` to `end` of the new one. */
export interface Gap {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

/** Two sequences of signs as numbers: equal signs are equal numbers. */
export interface NumberedPair {
  readonly old: Int32Array
  readonly now: Int32Array
}

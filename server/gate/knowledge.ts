/**
 * What a room knows of its document without holding it: clocks, deletions, depth, owners of client ids, roots.
 * Enough to tell what of an update is new, what is a gap, what is out of bounds; far smaller than a Y.Doc.
 * It only grows. STUB: the contract; the gate's helper replaces the bodies.
 */

/** What one accepted update adds. Opaque outside the gate; plain data, so that it can come back from a worker. */
export interface Delta {
  readonly bytes: number
}

export class Knowledge {
  static empty(): Knowledge {
    throw new Error('not written yet')
  }

  /** Throws Damaged-like RangeError for bytes that `encode` did not make. */
  static decode(_bytes: Uint8Array): Knowledge {
    throw new Error('not written yet')
  }

  encode(): Uint8Array {
    throw new Error('not written yet')
  }

  /** The next clock expected of this client; 0 for an unknown one. */
  clock(_client: number): number {
    throw new Error('not written yet')
  }

  /** Learns what an accepted update adds. */
  add(_delta: Delta, _author: string): void {
    throw new Error('not written yet')
  }

  /** Learns from an entry the log already holds: no rule is checked, it was when it came. Never throws for a stored entry. */
  track(_update: Uint8Array, _author: string): void {
    throw new Error('not written yet')
  }

  /** Encoded Yjs state vector. */
  stateVector(): Uint8Array {
    throw new Error('not written yet')
  }

  /** An update without structs that carries every known deletion. */
  deletions(): Uint8Array {
    throw new Error('not written yet')
  }

  /** How a replica with this (encoded) state vector stands: whether it holds every clock known here. Throws RangeError for bytes that are no state vector. */
  isCoveredBy(_stateVector: Uint8Array): boolean {
    throw new Error('not written yet')
  }
}

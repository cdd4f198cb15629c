/** Seeds that found a mistake once: they are run for ever. What each found stands beside it. */
export const kept: readonly number[] = [
  // Acknowledgements that were dropped with the entries, for a peer that lagged or was still catching up.
  15, 18, 38, 42,
  // A checkpoint that had tidied formatting up: it deleted what the log had not.
  2976, 8667,
]

/** The same for runs with tabs of one device. */
export const keptOnDevice: readonly number[] = [
  // What a tab had said while it was there arrived when it had been taken over, and was counted twice from then on.
  354,
  5444, 9182,
  // A tab stored a change of another one that could not, as a part of the document alone: nobody sent it.
  1728,
  // Two tabs took over the same change of a third, and then one of the other.
  4040, 4212, 8032,
  // The store was cleared: what one tab put back in another's name stayed there for ever, or was taken for sent.
  219,
  326,
]

/** Seeds that found a mistake once: they are run for ever. What each found stands beside it. */
export const kept: readonly number[] = [
  // Acknowledgements that were dropped with the entries, for a peer that lagged or was still catching up.
  15, 18, 38, 42,
  // A checkpoint that had tidied formatting up: it deleted what the log had not.
  2976, 8667,
]

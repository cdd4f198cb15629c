/** Where a key leads among things in a row or a column; null for a key that leads nowhere. It goes round at the ends. */
export function step(
  key: string,
  from: number,
  count: number,
  [back, on]: readonly [back: string, on: string],
): number | null {
  if (count === 0) return null
  if (key === on) return (from + 1) % count
  if (key === back) return (from - 1 + count) % count
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : null
}

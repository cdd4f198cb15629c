/** Several texts that stand beside each other and read as one. */

export interface Span<T> {
  readonly text: T
  readonly index: number
  readonly length: number
}

/** The parts of the run's texts between two positions of the run. */
export function spans<T extends { readonly length: number }>(
  run: readonly T[],
  from: number,
  to: number,
): Span<T>[] {
  const out: Span<T>[] = []
  let start = 0
  for (const text of run) {
    const index = Math.max(0, from - start)
    const end = Math.min(text.length, to - start)
    if (index < end) out.push({ text, index, length: end - index })
    start += text.length
  }
  return out
}

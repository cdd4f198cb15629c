/** Of some things, as many as rise by a number, in their order (the longest rising subsequence). */
export function rising<T>(all: readonly T[], numberOf: (one: T) => number): T[] {
  const numbers = all.map(numberOf)
  /** By length less one: the index of the smallest last number of a rising sequence so long. */
  const ends: number[] = []
  const before = new Int32Array(all.length).fill(-1)
  for (const [index, number] of numbers.entries()) {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1
      else high = middle
    }
    before[index] = low > 0 ? (ends[low - 1] ?? -1) : -1
    ends[low] = index
  }
  const out: T[] = []
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at] ?? -1) {
    const one = all[at]
    if (one !== undefined) out.push(one)
  }
  return out.reverse()
}

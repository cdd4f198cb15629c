/** Numbers up to which adding one by one is quicker than going through all ranges. */
const FEW = 64

/** Disjoint, non-touching half-open ranges of clocks in ascending order: what one client's deletions are. */
export class Ranges {
  #starts: number[]
  #ends: number[]

  constructor(starts: number[] = [], ends: number[] = []) {
    this.#starts = starts
    this.#ends = ends
  }

  get size(): number {
    return this.#starts.length
  }

  /** Adds [start, end), joining what it overlaps or touches. Returns false when all of it was there already. */
  add(start: number, end: number): boolean {
    const starts = this.#starts
    const ends = this.#ends
    const first = this.#firstEndingAt(start)
    const from = starts[first]
    if (from === undefined || from > end) {
      if (from === undefined) {
        starts.push(start)
        ends.push(end)
      } else {
        starts.splice(first, 0, start)
        ends.splice(first, 0, end)
      }
      return true
    }
    const to = ends[first] ?? 0
    if (from <= start && to >= end) return false
    let last = first
    let reach = to
    for (let next = starts[last + 1]; next !== undefined && next <= end; next = starts[last + 1]) {
      last++
      reach = ends[last] ?? reach
    }
    starts[first] = Math.min(from, start)
    ends[first] = Math.max(reach, end)
    if (last > first) {
      starts.splice(first + 1, last - first)
      ends.splice(first + 1, last - first)
    }
    return true
  }

  /** Adds many at once: start, end, start, end, … in any order. Takes the time to go through all ranges once. */
  addAll(pairs: readonly number[]): void {
    if (pairs.length < FEW) {
      for (let i = 0; i < pairs.length; i += 2) this.add(pairs[i] ?? 0, pairs[i + 1] ?? 0)
      return
    }
    const order = Array.from({ length: pairs.length / 2 }, (_, i) => 2 * i)
    order.sort((a, b) => (pairs[a] ?? 0) - (pairs[b] ?? 0))
    const merged = new Ranges()
    let own = 0
    for (const at of order) {
      const start = pairs[at] ?? 0
      for (; own < this.#starts.length && (this.#starts[own] ?? 0) <= start; own++)
        merged.add(this.#starts[own] ?? 0, this.#ends[own] ?? 0)
      merged.add(start, pairs[at + 1] ?? 0)
    }
    for (; own < this.#starts.length; own++) merged.add(this.#starts[own] ?? 0, this.#ends[own] ?? 0)
    this.#starts = merged.#starts
    this.#ends = merged.#ends
  }

  /** Whether all of [start, end) is in here. */
  covers(start: number, end: number): boolean {
    const i = this.#firstEndingAt(start + 1)
    const from = this.#starts[i]
    return from !== undefined && from <= start && (this.#ends[i] ?? 0) >= end
  }

  /** Whether any clock of [start, end) is in here. */
  touches(start: number, end: number): boolean {
    const from = this.#starts[this.#firstEndingAt(start + 1)]
    return from !== undefined && from < end
  }

  /** Calls `found` for every part of [start, end) that is not in here, in order. */
  missing(start: number, end: number, found: (start: number, end: number) => void): void {
    let at = start
    for (let i = this.#firstEndingAt(start + 1); at < end; i++) {
      const from = this.#starts[i]
      if (from === undefined || from >= end) break
      if (from > at) found(at, from)
      at = Math.max(at, this.#ends[i] ?? at)
    }
    if (at < end) found(at, end)
  }

  each(visit: (start: number, end: number) => void): void {
    for (let i = 0; i < this.#starts.length; i++) visit(this.#starts[i] ?? 0, this.#ends[i] ?? 0)
  }

  /** Index of the first range whose end is at or after `clock`; the number of ranges when there is none. */
  #firstEndingAt(clock: number): number {
    const ends = this.#ends
    let high = ends.length
    if (high === 0 || (ends[high - 1] ?? 0) < clock) return high
    let low = 0
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ends[middle] ?? 0) < clock) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Time that passes only when told to: everything due runs in order, and all promises settle in between. */
import type { Cancel, Clock } from '#shared/time.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

export class VirtualClock implements Clock {
  #now = 0
  #order = 0
  /** A binary heap, the next timer first. */
  readonly #heap: Timer[] = []

  now(): number {
    return this.#now
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now
  }

  after(ms: number, run: () => void): Cancel {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run, cancelled: false }
    this.#push(timer)
    return () => {
      timer.cancelled = true
    }
  }

  /** Lets `ms` milliseconds pass. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms
    await settled()
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.at > until) break
      this.#pop()
      if (next.cancelled) continue
      this.#now = next.at
      next.run()
      await settled()
    }
    this.#now = until
  }

  /** Timers stand still for `ms` milliseconds, while `run` happens all the same; what is due waits for `passLate`. */
  hold(ms: number, run: () => void): void {
    this.#now += ms
    run()
  }

  /** Lets `ms` milliseconds pass in which nothing runs, as on a device that sleeps: then everything is late. */
  async sleep(ms: number): Promise<void> {
    await settled()
    this.#now += ms
    await this.passLate()
  }

  /** Runs what is overdue, at the present time. */
  async passLate(): Promise<void> {
    const now = this.#now
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      this.#pop()
      if (next.cancelled) continue
      next.run()
      await settled()
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    heap.push(timer)
    let at = heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(timer, at0(heap, parent))) break
      heap[at] = at0(heap, parent)
      at = parent
    }
    heap[at] = timer
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(at0(heap, child + 1), at0(heap, child))) child++
      if (!isBefore(at0(heap, child), last)) break
      heap[at] = at0(heap, child)
      at = child
    }
    heap[at] = last
  }
}

/** Resolves when no promise is waiting for anything but time. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function at0(heap: readonly Timer[], index: number): Timer {
  const timer = heap[index]
  if (timer === undefined) throw new RangeError(`no timer at ${index}`)
  return timer
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

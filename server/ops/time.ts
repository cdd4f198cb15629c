/** The real clock and the real chance, for the composition root; everything else gets them handed in. */
import { randomBytes } from 'node:crypto'
import type { Chance, Clock } from '#shared/time.ts'

/**
 * Timers hold the process: something that waits may be an edit on its way to the disk, so the process ends when
 * main says so and not when the last socket closes.
 */
export function nodeClock(): Clock {
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    after(ms, run) {
      if (ms === 0) {
        // A timer takes a millisecond at least; "after this turn" must not.
        const immediate = setImmediate(run)
        return () => clearImmediate(immediate)
      }
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  }
}

/** Unguessable bytes from the operating system; the fraction has 48 random bits. */
export function nodeChance(): Chance {
  return {
    fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
    // A plain copy: Node hands out small buffers from a shared pool, which a caller could keep alive.
    bytes: (count) => new Uint8Array(randomBytes(count)),
  }
}

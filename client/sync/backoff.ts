/**
 * How long to wait before the next attempt: exponential, with full jitter, so that the clients of a server that went
 * away come back spread over the whole time. The next attempt can differ because networks and servers come back; it
 * never stops, since only a person knows that it is in vain.
 */
const BASE_MS = 250
const CAP_MS = 20_000

/** `failures` attempts failed since the last synced one; `fraction` in [0, 1). Returns milliseconds. */
export function retryDelayMs(failures: number, fraction: number): number {
  return fraction * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 16))
}

/** The server named a time: never earlier, and spread over as long again. */
export function comeBackDelayMs(afterMs: number, failures: number, fraction: number): number {
  const ms = Math.min(afterMs, MAX_COME_BACK_MS)
  return ms + fraction * Math.max(ms, BASE_MS) + retryDelayMs(failures, fraction)
}

/** A server that names a longer time is not believed. */
const MAX_COME_BACK_MS = 5 * 60_000

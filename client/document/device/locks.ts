/** Who is alive: a tab holds a lock named after its session for as long as it lives, and the browser frees it after. */

export interface Locks {
  /** Calls `acquired` once nobody else holds `name`, and holds it. Returns its undo: releases, or waits no more. */
  acquire(name: string, acquired: () => void): () => void
}

export function outboxLock(session: string): string {
  return `vellum-outbox-${session}`
}

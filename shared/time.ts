/** Clock and chance come in from outside, so that all of sync can run in a seeded simulation. */

export type Cancel = () => void

export interface Clock {
  /** Milliseconds that never run backwards; only differences mean something. */
  now(): number
  /** Milliseconds since 1970 as people read them; may jump, never used to order anything. */
  wall(): number
  /** Calls `run` once, `ms` milliseconds from now; returns its undo, which may be called at any time. */
  after(ms: number, run: () => void): Cancel
}

export interface Chance {
  /** A number in [0, 1). */
  fraction(): number
  /** `count` random bytes, unguessable in production. */
  bytes(count: number): Uint8Array
}

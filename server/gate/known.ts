/** What the gate asks of a document, and what it tells it: the two ends of knowledge.ts. */
import type { Ranges } from './ranges.ts'
import type { List } from './runs.ts'
import type { Shape } from './shape.ts'

/** A document's past as the gate reads it. Nothing here changes while an update is judged. */
export interface Known {
  readonly rootCount: number
  readonly clientCount: number
  /** The next clock expected of this client; 0 for an unknown one. */
  clock(client: number): number
  /** Whose edits first used this client id; null for an unknown one. */
  owner(client: number): string | null
  /** Of a clock below `clock(client)`. */
  shapeAt(client: number, clock: number): Shape
  listAt(client: number, clock: number): List
  deleted(client: number): Ranges | null
  hasRoot(name: string): boolean
}

/**
 * What one accepted update adds. Opaque outside the gate; plain data, so that it can come back from a worker.
 * Tuples lie flat: `structs` is client, clock, length, shape, index in `lists`; `deletes` is client, clock, length.
 */
export interface Delta {
  /** Size of the update. */
  readonly bytes: number
  readonly structs: readonly number[]
  readonly deletes: readonly number[]
  readonly lists: readonly List[]
  readonly roots: readonly string[]
  readonly meta: boolean
}

/** The principal that all channels without identity share; ids that it used first are open to everybody. */
export const ANONYMOUS = 'anonymous'

/** Who writes: an author, and guests this person was before. */
export interface Writer {
  readonly author: string
  readonly also?: readonly string[]
  /** See Admission. */
  readonly reserved?: readonly number[]
}

/** Whether this writer may write under a client id that this owner used first. */
export function isTheirs(owner: string, { author, also }: Writer): boolean {
  return owner === author || owner === ANONYMOUS || (also?.includes(owner) ?? false)
}

/** Whether this writer may write under a client id that this owner used first, or, where it is null, nobody. */
export function mayUse(client: number, owner: string | null, writer: Writer): boolean {
  return owner === null ? writer.reserved?.includes(client) !== true : isTheirs(owner, writer)
}

/** The highest end of a struct or a deletion: Yjs writes larger numbers, but reads none. */
export const CLOCKS = Number.MAX_SAFE_INTEGER

/**
 * What a room knows of its document without holding it: clocks, deletions, depth, owners of client ids, roots.
 * Enough to tell what of an update is new, what is a gap, what is out of bounds; far smaller than a Y.Doc.
 * It only grows.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { decode } from './decode.ts'
import { deltaOf } from './delta.ts'
import { writeDeletes } from './encode.ts'
import { judgeKeystroke } from './keystroke.ts'
import { readKnowledge, type Stored, writeKnowledge } from './knowledge-format.ts'
import type { Delta, Known } from './known.ts'
import { Ranges } from './ranges.ts'
import { type List, NO_LIST, Runs } from './runs.ts'
import { type Shape, VOID } from './shape.ts'
import { sift } from './sift.ts'

export type { Delta } from './known.ts'

/** What stands in the log was judged when it came. */
const UNLIMITED = {
  clients: Infinity,
  documentClients: Infinity,
  depth: Infinity,
  roots: Infinity,
  nameLength: Infinity,
} as const

interface Client {
  clock: number
  readonly author: string
  readonly runs: Runs
  deleted: Ranges | null
}

export class Knowledge implements Known {
  readonly #clients: Map<number, Client>
  readonly #roots: Set<string>
  #meta: boolean
  #stateVector: Uint8Array | null = null
  #deletions: Uint8Array | null = null

  private constructor(stored: Stored) {
    this.#clients = stored.clients
    this.#roots = stored.roots
    this.#meta = stored.meta
  }

  static empty(): Knowledge {
    return new Knowledge({ clients: new Map(), roots: new Set(), meta: false })
  }

  /** Throws RangeError for bytes that `encode` did not make. */
  static decode(bytes: Uint8Array): Knowledge {
    return new Knowledge(readKnowledge(bytes))
  }

  encode(): Uint8Array {
    return writeKnowledge({ clients: this.#clients, roots: this.#roots, meta: this.#meta })
  }

  /** Whether anything was ever written under the root `meta`. */
  get meta(): boolean {
    return this.#meta
  }

  get rootCount(): number {
    return this.#roots.size
  }

  get clientCount(): number {
    return this.#clients.size
  }

  hasRoot(name: string): boolean {
    return this.#roots.has(name)
  }

  /** The next clock expected of this client; 0 for an unknown one. */
  clock(client: number): number {
    return this.#clients.get(client)?.clock ?? 0
  }

  /** Whether it holds fewer runs and ranges than this: what writing it down costs. */
  isBelow(runs: number): boolean {
    let left = runs
    for (const client of this.#clients.values()) {
      left -= client.runs.starts.length + (client.deleted?.size ?? 0)
      if (left <= 0) return false
    }
    return true
  }

  /** Whose edits first used this client id; null for an unknown one. */
  owner(client: number): string | null {
    return this.#clients.get(client)?.author ?? null
  }

  /** Where the struct at a clock below `clock(client)` hangs. */
  shapeAt(client: number, clock: number): Shape {
    return this.#clients.get(client)?.runs.shapeAt(clock) ?? VOID
  }

  listAt(client: number, clock: number): List {
    return this.#clients.get(client)?.runs.listAt(clock) ?? NO_LIST
  }

  deleted(client: number): Ranges | null {
    return this.#clients.get(client)?.deleted ?? null
  }

  /** Whether a delta made from older knowledge still follows on this: nobody wrote under its clocks meanwhile. */
  fits(delta: Delta): boolean {
    const next = new Map<number, number>()
    for (let at = 0; at < delta.structs.length; at += 5) {
      const client = delta.structs[at] ?? 0
      const clock = delta.structs[at + 1] ?? 0
      if (clock !== (next.get(client) ?? this.clock(client))) return false
      next.set(client, clock + (delta.structs[at + 2] ?? 0))
    }
    return true
  }

  /** Learns what an accepted update adds. */
  add(delta: Delta, author: string): void {
    const { structs, deletes, lists } = delta
    for (let i = 0; i < structs.length; i += 5) {
      const client = structs[i] ?? 0
      const clock = structs[i + 1] ?? 0
      const next = clock + (structs[i + 2] ?? 0)
      const shape = structs[i + 3] ?? VOID
      const list = lists[structs[i + 4] ?? 0] ?? NO_LIST
      const known = this.#clients.get(client)
      if (known === undefined) {
        // Most clients write in one list and go: arrays that are pushed to hold room for many from the first on.
        const runs = new Runs([clock], [shape], [list])
        this.#clients.set(client, { clock: next, author, runs, deleted: null })
      } else {
        known.runs.push(clock, shape, list)
        known.clock = next
      }
    }
    for (let i = 0; i < deletes.length; ) {
      const client = deletes[i] ?? 0
      const pairs: number[] = []
      for (; i < deletes.length && deletes[i] === client; i += 3) {
        const clock = deletes[i + 1] ?? 0
        pairs.push(clock, clock + (deletes[i + 2] ?? 0))
      }
      const known = this.#clients.get(client)
      if (known === undefined) continue
      known.deleted ??= new Ranges()
      known.deleted.addAll(pairs)
    }
    for (const root of delta.roots) this.#roots.add(root)
    if (delta.meta) this.#meta = true
    if (structs.length > 0) this.#stateVector = null
    if (deletes.length > 0) this.#deletions = null
  }

  /**
   * Learns from an entry the log already holds: no rule is checked, it was when it came. Never throws for a stored
   * entry. May be given a whole document's state after its entries: what that deletes beside them is learnt too.
   */
  track(update: Uint8Array, author: string): void {
    const typed = judgeKeystroke(this, update, {
      author,
      kind: 'any',
      limits: UNLIMITED,
      overlapsEqual: true,
    })
    if (typed?.kind === 'accepted' && typed.delta !== null) {
      this.add(typed.delta, author)
      return
    }
    const sifted = sift(this, decode(update, null), { writer: null, page: false, limits: null })
    this.add(deltaOf(sifted, update.length), author)
  }

  /** Encoded Yjs state vector. */
  stateVector(): Uint8Array {
    if (this.#stateVector === null) {
      const out = encoding.createEncoder()
      encoding.writeVarUint(out, this.#clients.size)
      for (const [client, { clock }] of [...this.#clients].sort((a, b) => b[0] - a[0])) {
        encoding.writeVarUint(out, client)
        encoding.writeVarUint(out, clock)
      }
      this.#stateVector = encoding.toUint8Array(out)
    }
    return this.#stateVector
  }

  /** An update without structs that carries every known deletion. */
  deletions(): Uint8Array {
    if (this.#deletions === null) {
      const flat: number[] = []
      for (const [client, { deleted }] of this.#clients)
        deleted?.each((start, end) => flat.push(client, start, end - start))
      const out = encoding.createEncoder()
      encoding.writeVarUint(out, 0)
      writeDeletes(out, flat)
      this.#deletions = encoding.toUint8Array(out)
    }
    return this.#deletions
  }

  /** How a replica with this (encoded) state vector stands: whether it holds every clock known here. Throws RangeError for bytes that are no state vector. */
  isCoveredBy(stateVector: Uint8Array): boolean {
    const covered = new Set<number>()
    try {
      const from = decoding.createDecoder(stateVector)
      for (let left = decoding.readVarUint(from); left > 0; left--) {
        const client = decoding.readVarUint(from)
        const clock = decoding.readVarUint(from)
        const known = this.#clients.get(client)
        if (known !== undefined && clock >= known.clock) covered.add(client)
      }
    } catch (cause) {
      throw new RangeError('these bytes are no state vector', { cause })
    }
    return covered.size === this.#clients.size
  }
}

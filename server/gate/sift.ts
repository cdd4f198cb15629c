/**
 * Goes through an update in the order its parts depend on each other, keeps what may enter and tells why the rest may
 * not. Changes nothing: neither the document's knowledge nor, but for cutting, the decoded structs.
 */
import * as Y from 'yjs'
import { type Decoded, parentOf, type Solid } from './decode.ts'
import { type Known, mayUse, type Writer } from './known.ts'
import { type Ground, placeOf } from './place.ts'
import { Ranges } from './ranges.ts'
import { Refusal } from './refusal.ts'
import { type List, NO_LIST } from './runs.ts'
import { depthOf, isKeyed, isMeta, type Shape, VOID } from './shape.ts'
import { Strand } from './strand.ts'
import type { Stripped, UpdateLimits } from './verdict.ts'

/** `writer` and `limits` are null for what the log holds already: nobody is asked who wrote it. */
export interface Policy {
  readonly writer: Writer | null
  readonly page: boolean
  readonly limits: UpdateLimits | null
}

export interface Sifted {
  readonly strands: readonly Strand[]
  /** What is deleted and was not: client, clock, length, … */
  readonly deletes: readonly number[]
  readonly gap: boolean
  readonly stripped: readonly Stripped[]
  readonly newClients: number
  readonly roots: readonly string[]
  readonly meta: boolean
}

interface Waiting {
  readonly strand: Strand
  /** It waits for this client to get past this clock. */
  readonly clock: number
}

export function sift(known: Known, decoded: Decoded, policy: Policy): Sifted {
  return new Sieve(known, policy, decoded).run()
}

class Sieve implements Ground {
  readonly #known: Known
  readonly #policy: Policy
  readonly #decoded: Decoded
  readonly #strands = new Map<number, Strand>()
  readonly #waiting = new Map<number, Waiting[]>()
  readonly #stripped = new Set<Stripped>()
  readonly #roots = new Set<string>()
  readonly #offeredDeletes = new Map<number, Ranges>()
  #meta = false
  #gap = false

  constructor(known: Known, policy: Policy, decoded: Decoded) {
    this.#known = known
    this.#policy = policy
    this.#decoded = decoded
    for (const [client, structs] of decoded.clients)
      this.#strands.set(client, new Strand(client, structs, known.clock(client)))
  }

  run(): Sifted {
    const ready = [...this.#strands.values()]
    for (let strand = ready.pop(); strand !== undefined; strand = ready.pop()) {
      this.#advance(strand)
      this.#wake(strand, ready)
    }
    this.#settle()
    const deletes = this.#newDeletes()
    let newClients = 0
    for (const strand of this.#strands.values())
      if (strand.kept.length > 0 && this.#known.owner(strand.client) === null) newClients++
    const most = this.#policy.limits?.documentClients ?? Number.POSITIVE_INFINITY
    if (newClients > 0 && this.#known.clientCount + newClients > most)
      throw Refusal.tooBig('a document has too many clients')
    return {
      strands: [...this.#strands.values()],
      deletes,
      gap: this.#gap,
      stripped: [...this.#stripped],
      newClients,
      roots: [...this.#roots],
      meta: this.#meta,
    }
  }

  /** Keeps structs until one cannot be kept. */
  #advance(strand: Strand): void {
    for (; strand.next < strand.structs.length; strand.next++) {
      const struct = strand.structs[strand.next]
      if (struct === undefined || struct instanceof Y.Skip) continue
      if (struct.id.clock + struct.length <= strand.reach) continue
      if (struct.id.clock > strand.reach) {
        strand.stopped = 'gap'
        return
      }
      if (this.#isForeign(strand.client)) {
        this.#stripped.add('foreign-client')
        strand.stopped = 'foreign'
        return
      }
      const lacking = this.#lacking(struct, struct.id.clock < strand.reach)
      if (lacking !== null) {
        const queue = this.#waiting.get(lacking.client)
        const waiting = { strand, clock: lacking.clock }
        if (queue === undefined) this.#waiting.set(lacking.client, [waiting])
        else queue.push(waiting)
        return
      }
      this.#keep(strand, struct)
    }
  }

  #wake(strand: Strand, ready: Strand[]): void {
    const queue = this.#waiting.get(strand.client)
    if (queue === undefined || strand.kept.length === 0) return
    const still = queue.filter((waiting) => {
      if (waiting.clock >= strand.reach) return true
      ready.push(waiting.strand)
      return false
    })
    if (still.length > 0) this.#waiting.set(strand.client, still)
    else this.#waiting.delete(strand.client)
  }

  /** What still waits depends on something stripped, or on something nobody sent: only the latter is a gap. */
  #settle(): void {
    const foreign = [...this.#strands.values()].filter((strand) => strand.stopped === 'foreign')
    for (let strand = foreign.pop(); strand !== undefined; strand = foreign.pop()) {
      for (const waiting of this.#waiting.get(strand.client) ?? []) {
        if (waiting.strand.stopped !== 'no' || waiting.clock >= strand.end) continue
        waiting.strand.stopped = 'foreign'
        foreign.push(waiting.strand)
      }
    }
    for (const strand of this.#strands.values()) {
      if (strand.next >= strand.structs.length || strand.stopped === 'foreign') continue
      strand.stopped = 'gap'
      this.#gap = true
    }
  }

  #isForeign(client: number): boolean {
    const { writer } = this.#policy
    return writer !== null && !mayUse(client, this.#known.owner(client), writer)
  }

  #reach(client: number): number {
    return this.#strands.get(client)?.reach ?? this.#known.clock(client)
  }

  /** The first thing it refers to that is neither known nor kept. */
  #lacking(item: Solid, cut: boolean): Y.ID | null {
    if (!(item instanceof Y.Item)) return null
    const { origin, rightOrigin } = item
    if (rightOrigin !== null && rightOrigin.clock >= this.#reach(rightOrigin.client)) return rightOrigin
    if (cut) return null
    if (origin !== null && origin.clock >= this.#reach(origin.client)) return origin
    const parent = parentOf(item)
    if (parent instanceof Y.ID && parent.clock >= this.#reach(parent.client)) return parent
    return null
  }

  shapeAt(id: Y.ID): Shape {
    const strand = this.#strands.get(id.client)
    if (strand !== undefined && id.clock >= strand.known) return strand.keptAt(id.clock)?.shape ?? VOID
    return this.#known.shapeAt(id.client, id.clock)
  }

  listAt(id: Y.ID): List {
    const strand = this.#strands.get(id.client)
    if (strand !== undefined && id.clock >= strand.known) return strand.keptAt(id.clock)?.list ?? NO_LIST
    return this.#known.listAt(id.client, id.clock)
  }

  #keep(strand: Strand, struct: Solid): void {
    const offset = strand.reach - struct.id.clock
    if (!(struct instanceof Y.Item)) {
      strand.keep({ struct, offset, shape: VOID, list: NO_LIST })
      return
    }
    const cut = offset > 0 ? Y.createID(strand.client, strand.reach - 1) : null
    const { shape, list, foreign, root } = placeOf(struct, cut, this.#policy.page, this)
    if (foreign !== null) this.#stripped.add(foreign)
    if (shape === VOID) {
      strand.keep({ struct: new Y.GC(struct.id, struct.length), offset, shape: VOID, list: NO_LIST })
      return
    }
    this.#check(shape, root)
    if (isMeta(shape)) this.#meta = true
    if (foreign !== null || this.#isSpent(struct, offset, shape))
      struct.content = new Y.ContentDeleted(struct.length)
    strand.keep({ struct, offset, shape, list })
  }

  /**
   * A key has one value: of several in one struct all must be deleted, or else deleting one of them later leaves
   * two beside each other, which Yjs cannot collect.
   */
  #isSpent(item: Y.Item, offset: number, shape: Shape): boolean {
    if (!isKeyed(shape) || item.length - offset === 1 || item.content instanceof Y.ContentDeleted)
      return false
    const { client, clock } = item.id
    let alive = false
    const offered = this.#offered(client)
    const look = (start: number, end: number) => {
      if (!offered.covers(start, end)) alive = true
    }
    const deleted = this.#known.deleted(client)
    if (deleted === null) look(clock + offset, clock + item.length)
    else deleted.missing(clock + offset, clock + item.length, look)
    if (alive && this.#policy.limits !== null) throw Refusal.malformed('a key has several values at once')
    return !alive
  }

  /** What this update itself deletes of a client, for looking up. */
  #offered(client: number): Ranges {
    let ranges = this.#offeredDeletes.get(client)
    if (ranges === undefined) {
      ranges = new Ranges()
      ranges.addAll(this.#decoded.deletes.get(client) ?? [])
      this.#offeredDeletes.set(client, ranges)
    }
    return ranges
  }

  #check(shape: Shape, root: string | null): void {
    const { limits } = this.#policy
    if (root !== null && !this.#known.hasRoot(root)) {
      this.#roots.add(root)
      if (limits !== null && this.#known.rootCount + this.#roots.size > limits.roots)
        throw Refusal.malformed('a document has too many roots')
    }
    if (limits !== null && depthOf(shape) > limits.depth)
      throw Refusal.malformed('shared types are nested too deeply')
  }

  #newDeletes(): number[] {
    const fresh: number[] = []
    for (const [client, ranges] of this.#decoded.deletes) {
      const strand = this.#strands.get(client)
      const reach = strand?.reach ?? this.#known.clock(client)
      const deleted = this.#known.deleted(client)
      for (let i = 0; i < ranges.length; i += 2) {
        const start = ranges[i] ?? 0
        const end = ranges[i + 1] ?? 0
        if (end > reach && !(strand?.stopped === 'foreign' && end <= strand.end)) this.#gap = true
        if (start >= reach) continue
        this.#collect(client, start, Math.min(end, reach), deleted, fresh)
      }
    }
    return fresh
  }

  #collect(
    client: number,
    start: number,
    end: number,
    deleted: ReturnType<Known['deleted']>,
    fresh: number[],
  ) {
    const found = (from: number, to: number) => {
      const last = fresh.length - 3
      if (last >= 0 && fresh[last] === client && (fresh[last + 1] ?? 0) + (fresh[last + 2] ?? 0) === from) {
        fresh[last + 2] = to - (fresh[last + 1] ?? 0)
      } else fresh.push(client, from, to - from)
      if (isMeta(this.shapeAt(Y.createID(client, from))) || isMeta(this.shapeAt(Y.createID(client, to - 1))))
        this.#meta = true
    }
    if (deleted === null) found(start, end)
    else deleted.missing(start, end, found)
  }
}

/**
 * Who is here and where their caret is. Short-lived, never stored, owned by the channel that brought it.
 *
 * y-websocket clients send every change back that they hear of, whoever's it is. So a state is bound to a channel only
 * when it comes alone in its frame, under an id that nobody owns; what is not newer than what is known is dropped;
 * and an id that left is remembered for a while, so that a late echo does not bring it back. The first id a channel
 * speaks for is its own, with near certainty: a client that reconnects takes it over from its old channel.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Principal } from '#server/access/principal.ts'
import { isTheirs } from '#server/gate/known.ts'
import { limits } from '#shared/frame.ts'
import { canonical, PresenceError, PresenceTooBig } from './presence-state.ts'
import { type Stamp, stampOf } from './stamp.ts'

export { PresenceError, PresenceTooBig }

/** Somebody who can own presence: a peer. Compared by identity. */
export interface Owner {
  readonly principal: Principal
  /** It has left: what still comes of it would stay for ever. */
  readonly isOver?: boolean
}

interface State {
  owner: Owner
  clock: number
  /** The number of its last change. */
  version: number
  /** JSON text of the state. */
  json: string
}

interface Departed {
  readonly author: string
  readonly clock: number
  readonly version: number
}

/** Where an id that is not known may begin, and how far ahead of itself one may get at a time: nobody counts faster. */
const MAX_BEGIN = 2 ** 40
const MAX_AHEAD = 2 ** 20
/** Ids that left, remembered; of those of the author with most a tenth goes, the oldest. */
const MAX_DEPARTED = 1_000
const FORGOTTEN_AT_ONCE = 10
/** Ids one channel may own. */
const MAX_OWNED = 8
/** Entries in one frame: a client's answer to a query names everybody it knows. */
const MAX_ENTRIES = 2_000
/** No frame is longer: clients send whole frames back, and must keep to the limit of the wire with them. */
const FRAME_BYTES = limits.presenceBytes / 2

export class Presence {
  readonly #maxStateBytes: number
  readonly #states = new Map<number, State>()
  readonly #departed = new Map<number, Departed>()
  readonly #owned = new Map<Owner, Set<number>>()
  readonly #first = new Map<Owner, number>()
  readonly #stamps = new WeakMap<Principal, Stamp | null>()
  #changed = new Set<number>()
  #version = 0

  /** `maxStateBytes`: the longest JSON text of one state. */
  constructor(maxStateBytes: number) {
    this.#maxStateBytes = maxStateBytes
  }

  get isEmpty(): boolean {
    return this.#states.size === 0
  }

  /** Counts the changes: whoever was told everything up to one number lacks what changed since. */
  get version(): number {
    return this.#version
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0
  }

  /** Takes in an awareness update from this owner. Throws PresenceError; then nothing was taken in. */
  receive(owner: Owner, bytes: Uint8Array): void {
    const entries = this.#decode(bytes, this.#stampOf(owner.principal))
    if (owner.isOver === true) return
    const isAlone = entries.length === 1
    for (const [client, clock, json] of entries) {
      const known = this.#states.get(client)
      if (known?.owner === owner) {
        if (clock < known.clock || (clock === known.clock && json !== null)) continue
        if (clock > known.clock + MAX_AHEAD) continue
        if (json === null) this.#remove(client, clock)
        else if (json === known.json) this.#renew(client, known, clock)
        else this.#put(client, { owner, clock, json })
        continue
      }
      if (json === null || !isAlone || !this.#mayClaim(owner, client, clock)) continue
      if (known !== undefined) this.#owned.get(known.owner)?.delete(client)
      this.#own(owner, client)
      this.#put(client, { owner, clock, json })
    }
  }

  /** The channel ended: what it owned goes, for everybody. */
  leave(owner: Owner): void {
    for (const client of this.#owned.get(owner) ?? []) {
      const state = this.#states.get(client)
      // At its own clock: a client that comes back is believed by others as soon as it counts on.
      if (state?.owner === owner) this.#remove(client, state.clock)
    }
    this.#owned.delete(owner)
    this.#first.delete(owner)
  }

  /** Everybody who is here, as awareness updates that each fit into a frame; none when nobody is. */
  everybody(): readonly Uint8Array[] {
    return this.#encode([...this.#states.keys()])
  }

  /** Who says to be here under this id, or was; null where nobody is known to. */
  authorOf(client: number): string | null {
    return this.#states.get(client)?.owner.principal.author ?? this.#departed.get(client)?.author ?? null
  }

  /** What changed after that version, but for what is this owner's own. */
  since(version: number, owner: Owner): readonly Uint8Array[] {
    if (version >= this.#version) return []
    const changed: number[] = []
    for (const [client, state] of this.#states)
      if (state.version > version && state.owner !== owner) changed.push(client)
    for (const [client, departed] of this.#departed) if (departed.version > version) changed.push(client)
    return this.#encode(changed)
  }

  /** What changed since the last call, as such updates, and whose it is; null when nothing did. */
  takeChanges(): {
    readonly updates: readonly Uint8Array[]
    readonly owners: ReadonlySet<Owner | null>
  } | null {
    if (this.#changed.size === 0) return null
    const changed = [...this.#changed]
    this.#changed.clear()
    const owners = new Set<Owner | null>()
    for (const client of changed) owners.add(this.#states.get(client)?.owner ?? null)
    return { updates: this.#encode(changed), owners }
  }

  #mayClaim(owner: Owner, client: number, clock: number): boolean {
    const first = this.#first.get(owner)
    const known = this.#states.get(client)
    if (known !== undefined) {
      if (known.owner.principal.author !== owner.principal.author || clock > known.clock + MAX_AHEAD)
        return false
      // Where two channels speak for one id first, one of them only repeated what it heard: the other counts on.
      return first === undefined ? clock >= known.clock : first === client && clock > known.clock
    }
    if (clock > MAX_BEGIN) return false
    const departed = this.#departed.get(client)
    // What is theirs to write under is nobody else's to speak for, also while they are away.
    if (departed !== undefined && !isTheirs(departed.author, owner.principal)) return false
    if (first === undefined || first === client) return true
    // An echo of the past; only the one who left begins where it was.
    if (departed !== undefined && clock <= departed.clock) return false
    return (this.#owned.get(owner)?.size ?? 0) < MAX_OWNED
  }

  #own(owner: Owner, client: number): void {
    if (!this.#first.has(owner)) this.#first.set(owner, client)
    const owned = this.#owned.get(owner) ?? new Set()
    this.#owned.set(owner, owned.add(client))
  }

  #put(client: number, state: Omit<State, 'version'>): void {
    this.#states.set(client, { ...state, version: this.#change(client) })
    this.#departed.delete(client)
  }

  /** The same state again keeps it alive on other screens, which forget what is not renewed within 30 s. */
  #renew(client: number, state: State, clock: number): void {
    state.clock = clock
    state.version = this.#change(client)
  }

  #remove(client: number, clock: number): void {
    const state = this.#states.get(client)
    if (state === undefined) return
    this.#states.delete(client)
    this.#owned.get(state.owner)?.delete(client)
    this.#departed.delete(client)
    const { author } = state.owner.principal
    this.#departed.set(client, {
      author,
      clock: Math.max(clock, state.clock),
      version: this.#change(client),
    })
    if (this.#departed.size > MAX_DEPARTED) this.#forget()
  }

  /** Some of the author's who has most: nobody pushes out what is remembered of others. */
  #forget(): void {
    const counts = new Map<string, number>()
    for (const { author } of this.#departed.values()) counts.set(author, (counts.get(author) ?? 0) + 1)
    const [most = '', count = 0] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0])
    let left = Math.ceil(count / FORGOTTEN_AT_ONCE)
    for (const [client, { author }] of this.#departed) {
      if (left === 0) return
      if (author !== most) continue
      this.#departed.delete(client)
      left -= 1
    }
  }

  #change(client: number): number {
    this.#changed.add(client)
    this.#version += 1
    return this.#version
  }

  #encode(clients: readonly number[]): Uint8Array[] {
    const updates: Uint8Array[] = []
    let part: number[] = []
    let bytes = 0
    for (const client of clients) {
      const state = this.#states.get(client)
      if (state === undefined && !this.#departed.has(client)) continue
      // At most three bytes a UTF-16 unit, and the numbers around the text.
      const most = 3 * (state?.json.length ?? 4) + 24
      if (bytes + most > FRAME_BYTES && part.length > 0) {
        updates.push(this.#encodePart(part))
        part = []
        bytes = 0
      }
      part.push(client)
      bytes += most
    }
    if (part.length > 0) updates.push(this.#encodePart(part))
    return updates
  }

  #encodePart(clients: readonly number[]): Uint8Array {
    const out = encoding.createEncoder()
    encoding.writeVarUint(out, clients.length)
    for (const client of clients) {
      const state = this.#states.get(client)
      encoding.writeVarUint(out, client)
      encoding.writeVarUint(out, state?.clock ?? this.#departed.get(client)?.clock ?? 0)
      encoding.writeVarString(out, state?.json ?? 'null')
    }
    return encoding.toUint8Array(out)
  }

  #stampOf(principal: Principal): Stamp | null {
    const known = this.#stamps.get(principal)
    if (known !== undefined) return known
    const stamp = stampOf(principal)
    this.#stamps.set(principal, stamp)
    return stamp
  }

  #decode(bytes: Uint8Array, stamp: Stamp | null): [client: number, clock: number, json: string | null][] {
    const entries: [number, number, string | null][] = []
    try {
      const input = decoding.createDecoder(bytes)
      const count = decoding.readVarUint(input)
      if (count > MAX_ENTRIES) throw new PresenceError('too many states')
      for (let i = 0; i < count; i++) {
        const client = decoding.readVarUint(input)
        const clock = decoding.readVarUint(input)
        const json = decoding.readVarString(input)
        if (json.length > this.#maxStateBytes) throw new PresenceTooBig('a state is too long')
        entries.push([client, clock, json === 'null' ? null : json])
      }
    } catch (error) {
      throw error instanceof PresenceError ? error : new PresenceError('not an awareness update')
    }
    for (const entry of entries) {
      // Only what is new to us is worth parsing: the rest is echoes, and is dropped by its clock.
      const [client, clock, json] = entry
      if (json === null || (this.#states.get(client)?.clock ?? -1) >= clock) continue
      entry[2] = canonical(json, stamp)
      if (entry[2].length > this.#maxStateBytes) throw new PresenceTooBig('a state is too long')
    }
    return entries
  }
}

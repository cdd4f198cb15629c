/** Updates that no honest client writes: valid ones with bytes changed, and ones made by grammar. */
import * as encoding from 'lib0/encoding'
import type { Chance } from './chance.ts'

/** One to three bytes changed, put in, taken out, or copied from elsewhere. */
export function mutate(update: Uint8Array, chance: Chance): Uint8Array {
  const bytes = [...update]
  for (let left = 1 + chance.below(3); left > 0; left--) {
    const at = chance.below(bytes.length)
    const kind = chance.below(6)
    if (kind === 0) bytes[at] = chance.below(256)
    else if (kind === 1) bytes[at] = ((bytes[at] ?? 0) + (chance.is(0.5) ? 1 : 255)) & 255
    else if (kind === 2) bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8))
    else if (kind === 3) bytes.splice(at, 1)
    else if (kind === 4) bytes.splice(at, 0, chance.below(256))
    else bytes[at] = bytes[chance.below(bytes.length)] ?? 0
    if (bytes.length === 0) bytes.push(0)
  }
  return new Uint8Array(bytes)
}

export interface Grounds {
  /** Known clients and their next clocks. */
  readonly clocks: ReadonlyMap<number, number>
  readonly roots: readonly string[]
  /** Places of shared types, so that parents are hit. */
  readonly types: readonly { readonly client: number; readonly clock: number }[]
  /** Neighbours as the document has them: an origin with what stands right of it. */
  readonly neighbours: readonly { readonly left: Place | null; readonly right: Place | null }[]
}

interface Place {
  readonly client: number
  readonly clock: number
}

/**
 * An update by grammar. `tame` ones place every item between true neighbours, so that all replicas must end equal;
 * wild ones refer to anything.
 */
export function compose(grounds: Grounds, chance: Chance, tame: boolean): Uint8Array {
  const out = encoding.createEncoder()
  const known = [...grounds.clocks.keys()]
  const clients = new Set<number>()
  for (let left = 1 + chance.below(3); left > 0; left--)
    clients.add(chance.is(0.5) ? chance.of(known) : 1 + chance.below(60))
  encoding.writeVarUint(out, clients.size)
  for (const client of clients) {
    const structs = 1 + chance.below(4)
    const next = grounds.clocks.get(client) ?? 0
    const clock = chance.is(0.85) ? next : Math.max(0, next + chance.below(7) - 3)
    encoding.writeVarUint(out, structs)
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, clock)
    let at = clock
    let before: Written | null = null
    for (let i = 0; i < structs; i++) {
      before = writeStruct(out, { client, clock: at, before }, [...clients], grounds, chance, tame)
      at += before.length
    }
  }
  writeDeletes(out, known, grounds, chance)
  return encoding.toUint8Array(out)
}

interface Written {
  readonly length: number
  /** What stands right of it; undefined where nothing can be said, as of garbage. */
  readonly right: Place | null | undefined
}

function writeStruct(
  out: encoding.Encoder,
  place: Place & { readonly before: Written | null },
  clients: readonly number[],
  grounds: Grounds,
  chance: Chance,
  tame: boolean,
): Written {
  if (chance.is(0.05)) {
    const length = 1 + chance.below(3)
    encoding.writeUint8(out, chance.is(0.3) ? 10 : 0)
    encoding.writeVarUint(out, length)
    return { length, right: undefined }
  }
  const pair = chance.is(0.85) ? chance.of(grounds.neighbours) : null
  let left: Place | null = null
  let right: Place | null = null
  if (tame || chance.is(0.3)) {
    if (pair !== null) ({ left, right } = pair)
    else if (place.before?.right !== undefined && chance.is(0.5)) {
      // Behind what was just written, before what that was written before: as somebody types on.
      left = { client: place.client, clock: place.clock - 1 }
      right = place.before.right
    }
  } else {
    if (chance.is(0.6)) left = anywhere(place, clients, grounds, chance)
    if (chance.is(0.4)) right = anywhere(place, clients, grounds, chance)
  }
  const keyed = left === null && right === null && chance.is(0.3)
  const ref = chance.is(0.5) ? 4 : chance.of([1, 2, 3, 5, 6, 7, 8, 9])
  encoding.writeUint8(out, ref | (left ? 128 : 0) | (right ? 64 : 0) | (keyed ? 32 : 0))
  for (const id of [left, right]) {
    if (id === null) continue
    encoding.writeVarUint(out, id.client)
    encoding.writeVarUint(out, id.clock)
  }
  if (left === null && right === null) {
    if (chance.is(0.5)) {
      encoding.writeVarUint(out, 1)
      encoding.writeVarString(out, chance.of(grounds.roots))
    } else {
      const parent = chance.is(0.8) ? chance.of(grounds.types) : anywhere(place, clients, grounds, chance)
      encoding.writeVarUint(out, 0)
      encoding.writeVarUint(out, parent.client)
      encoding.writeVarUint(out, parent.clock)
    }
    if (keyed) encoding.writeVarString(out, chance.of(['k', 'title', 'level']))
  }
  const isListed = left !== null || right !== null
  return { length: writeContent(out, ref, chance), right: isListed ? right : undefined }
}

function anywhere(place: Place, clients: readonly number[], grounds: Grounds, chance: Chance): Place {
  const client = chance.is(0.7) ? chance.of([...grounds.clocks.keys()]) : chance.of(clients)
  const reach = client === place.client ? place.clock : (grounds.clocks.get(client) ?? 0) + 2
  return { client, clock: chance.below(Math.max(1, reach)) }
}

function writeContent(out: encoding.Encoder, ref: number, chance: Chance): number {
  const length = 1 + chance.below(3)
  if (ref === 1) encoding.writeVarUint(out, length)
  else if (ref === 2) {
    encoding.writeVarUint(out, length)
    for (let i = 0; i < length; i++)
      encoding.writeVarString(out, chance.of(['1', '{"a":1}', 'undefined', '"s"']))
  } else if (ref === 3) encoding.writeVarUint8Array(out, new Uint8Array([1, 2]))
  else if (ref === 4) encoding.writeVarString(out, 'äbc'.slice(0, length))
  else if (ref === 5) encoding.writeVarString(out, '{"e":1}')
  else if (ref === 6) {
    encoding.writeVarString(out, chance.of(['bold', 'link']))
    encoding.writeVarString(out, chance.of(['true', 'null', '{"href":"x"}']))
  } else if (ref === 7) {
    const type = chance.below(7)
    encoding.writeVarUint(out, type)
    if (type === 3 || type === 5) encoding.writeVarString(out, chance.of(['paragraph', 'heading']))
  } else if (ref === 8) {
    encoding.writeVarUint(out, length)
    for (let i = 0; i < length; i++) encoding.writeAny(out, chance.of([1, 'x', null, undefined, { a: [1] }]))
  } else {
    encoding.writeVarString(out, 'guid')
    encoding.writeAny(out, {})
  }
  return ref === 1 || ref === 2 || ref === 4 || ref === 8 ? length : 1
}

function writeDeletes(out: encoding.Encoder, known: readonly number[], grounds: Grounds, chance: Chance) {
  if (chance.is(0.5)) {
    encoding.writeVarUint(out, 0)
    return
  }
  const client = chance.of(known)
  encoding.writeVarUint(out, 1)
  encoding.writeVarUint(out, client)
  const ranges = 1 + chance.below(3)
  encoding.writeVarUint(out, ranges)
  let at = 0
  for (let i = 0; i < ranges; i++) {
    at += chance.below(Math.max(2, (grounds.clocks.get(client) ?? 0) / 2))
    encoding.writeVarUint(out, at)
    const length = 1 + chance.below(3)
    encoding.writeVarUint(out, length)
    at += length
  }
}

/** Bytes into checked structs: everything that can be told of an update without knowing the document. */
import * as Y from 'yjs'
import { CLOCKS } from './known.ts'
import { Refusal } from './refusal.ts'
import type { UpdateLimits } from './verdict.ts'

/** What stands for clocks; a Skip only says that some are missing. */
export type Solid = Y.Item | Y.GC
export type Struct = Solid | Y.Skip

export interface Decoded {
  /** Each client once, its structs in order and without a hole (a hole is a Skip). */
  readonly clients: ReadonlyMap<number, readonly Struct[]>
  /** Each client's ranges: ascending and disjoint; start, end, start, end, … */
  readonly deletes: ReadonlyMap<number, readonly number[]>
}

/** Nesting of arrays and objects inside one value; deeper ones overflow the stack of whoever walks them. */
const VALUE_DEPTH = 200

/** More ranges than any document has; each splits an item of every reader. */
const DELETE_RANGES = 500_000

/** Names that stand in every object's prototype: a root so named breaks whoever turns a document into an object. */
function isPoisonous(name: string): boolean {
  return name in Object.prototype
}

/** Throws Refusal for what breaks a rule, and whatever Yjs' decoder throws for bytes that are no update. `limits` null: the log's own. */
export function decode(update: Uint8Array, limits: UpdateLimits | null): Decoded {
  const { structs, ds } = Y.decodeUpdate(update)
  const clients = new Map<number, Struct[]>()
  let client = -1
  let list: Struct[] = []
  let next = 0
  for (const struct of structs) {
    if (struct.id.client !== client) {
      client = struct.id.client
      if (clients.has(client)) throw Refusal.malformed('a client stands twice in one update')
      if (!Number.isSafeInteger(client)) throw Refusal.malformed('a client id is out of bounds')
      list = []
      clients.set(client, list)
    } else if (struct.id.clock !== next) throw Refusal.malformed('a client stands twice in one update')
    next = struct.id.clock + struct.length
    if (struct.length < 1) throw Refusal.malformed('a struct without length')
    if (next > CLOCKS) throw Refusal.malformed('a clock is out of bounds')
    if (struct instanceof Y.Item) checkItem(struct, limits)
    list.push(struct)
  }
  const deletes = readDeletes(ds.clients)
  if (limits !== null) {
    let named = clients.size
    for (const id of deletes.keys()) if (!clients.has(id)) named++
    if (named > limits.clients) throw Refusal.tooBig('an update names too many clients')
  }
  return { clients, deletes }
}

function readDeletes(clients: Map<number, { clock: number; len: number }[]>): Map<number, number[]> {
  const deletes = new Map<number, number[]>()
  let ranges = 0
  for (const [client, items] of clients) {
    if (!Number.isSafeInteger(client)) throw Refusal.malformed('a client id is out of bounds')
    ranges += items.length
    if (ranges > DELETE_RANGES) throw Refusal.tooBig('an update deletes too many ranges')
    const flat: number[] = []
    let reach = 0
    for (const { clock, len } of items) {
      if (len < 1 || clock < reach) throw Refusal.malformed('deletions out of order, overlapping or empty')
      reach = clock + len
      if (reach > CLOCKS) throw Refusal.malformed('a deletion is out of bounds')
      flat.push(clock, reach)
    }
    deletes.set(client, flat)
  }
  return deletes
}

/** The root an undecided item names, the struct it names as its parent, or null where it takes its neighbour's. */
export function parentOf(item: Y.Item): string | Y.ID | null {
  const parent: unknown = item.parent
  return typeof parent === 'string' || parent instanceof Y.ID ? parent : null
}

function checkItem(item: Y.Item, limits: UpdateLimits | null): void {
  const { origin, rightOrigin } = item
  const parent = parentOf(item)
  if (origin !== null) checkReference(item, origin)
  if (rightOrigin !== null) checkReference(item, rightOrigin)
  if (parent instanceof Y.ID) checkReference(item, parent)
  else if (parent !== null && limits !== null) {
    if (isPoisonous(parent)) throw Refusal.malformed('a root has a forbidden name')
    checkName(parent, limits)
  }
  if (limits === null) return
  if (item.parentSub !== null) checkName(item.parentSub, limits)
  checkContent(item.content, limits)
}

/** Of its own client an item may refer only to what came before it. */
function checkReference(item: Y.Item, id: Y.ID): void {
  if (!Number.isSafeInteger(id.client) || !(id.clock < CLOCKS))
    throw Refusal.malformed('a reference is out of bounds')
  if (id.client === item.id.client && id.clock >= item.id.clock)
    throw Refusal.malformed('an item refers to itself or to what comes after it')
}

function checkName(name: string, limits: UpdateLimits): void {
  if (name.length > limits.nameLength) throw Refusal.tooBig('a name is too long')
}

function checkContent(content: unknown, limits: UpdateLimits): void {
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON)
    checkValue(content.arr, VALUE_DEPTH)
  else if (content instanceof Y.ContentEmbed) checkValue(content.embed, VALUE_DEPTH)
  else if (content instanceof Y.ContentFormat) {
    checkName(content.key, limits)
    checkValue(content.value, VALUE_DEPTH)
  } else if (content instanceof Y.ContentDoc) {
    checkName(content.doc.guid, limits)
    checkValue(content.opts, VALUE_DEPTH)
  } else if (content instanceof Y.ContentType) {
    const { type } = content
    if (type instanceof Y.XmlElement) checkName(type.nodeName, limits)
    else if (type instanceof Y.XmlHook) checkName(type.hookName, limits)
  }
}

function checkValue(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  if (depth === 0) throw Refusal.malformed('a value is nested too deeply')
  for (const inner of Object.values(value)) checkValue(inner, depth - 1)
}

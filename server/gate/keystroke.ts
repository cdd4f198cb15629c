/**
 * The short way for what nearly all updates are: one run of ASCII beside something known, ranges of one client deleted,
 * or both, in canonical bytes. Says nothing of any other; where it speaks it says what whole.ts would.
 */
import { type Known, mayUse } from './known.ts'
import { areSame, type List } from './runs.ts'
import { beside, depthOf, isKeyed, isMeta, opens, type Shape, VOID, withinOf } from './shape.ts'
import type { Admission, Verdict } from './verdict.ts'

const STRING = 4
const ORIGIN = 128
const RIGHT_ORIGIN = 64

interface Typed {
  readonly client: number
  readonly clock: number
  readonly length: number
  readonly shape: Shape
  readonly list: List
}

/** Null when the long way has to be gone. */
export function judgeKeystroke(known: Known, update: Uint8Array, admission: Admission): Verdict | null {
  const { limits } = admission
  const reader = new Reader(update)
  const groups = reader.next()
  if (groups > 1 || groups < 0 || limits.clients < 2) return null
  let typed: Typed | null = null
  let newClients = 0
  if (groups === 1) {
    typed = readTyped(reader, known, admission)
    if (typed === null) return null
    const owner = known.owner(typed.client)
    if (!mayUse(typed.client, owner, admission)) return null
    if (owner === null) {
      if (known.clientCount >= limits.documentClients) return null
      newClients = 1
    }
  }
  const deletes: number[] = []
  if (!readDeletes(reader, known, typed, deletes) || !reader.isAtEnd) return null
  if (typed === null && deletes.length === 0) return null
  const meta = (typed !== null && isMeta(typed.shape)) || touchesMeta(known, typed, deletes)
  return {
    kind: 'accepted',
    update,
    delta: {
      bytes: update.length,
      structs: typed === null ? [] : [typed.client, typed.clock, typed.length, typed.shape, 0],
      deletes,
      lists: typed === null ? [] : [typed.list],
      roots: [],
      meta,
    },
    gap: false,
    stripped: [],
    newClients,
    meta,
  }
}

function readTyped(reader: Reader, known: Known, admission: Admission): Typed | null {
  if (reader.next() !== 1) return null
  const client = reader.next()
  const clock = reader.next()
  if (client < 0 || clock < 0 || clock !== known.clock(client)) return null
  const info = reader.byte()
  if ((info & ~(ORIGIN | RIGHT_ORIGIN)) !== STRING || info === STRING) return null
  let shape: Shape = VOID
  let list: List | null = null
  for (const side of [ORIGIN, RIGHT_ORIGIN]) {
    if ((info & side) === 0) continue
    const besideClient = reader.next()
    const besideClock = reader.next()
    if (besideClient < 0 || besideClock < 0 || besideClock >= known.clock(besideClient)) return null
    const found = known.shapeAt(besideClient, besideClock)
    if (found === VOID) return null
    const standsIn = known.listAt(besideClient, besideClock)
    if (list === null) {
      shape = beside(found)
      list = standsIn
    } else if (!areSame(list, standsIn)) return null
  }
  const length = reader.ascii()
  if (list === null || length < 1) return null
  if (isKeyed(shape) || depthOf(shape) > admission.limits.depth) return null
  if (admission.kind === 'page' && withinOf(shape) !== opens.text) return null
  return { client, clock, length, shape, list }
}

/** False when the long way has to be gone. */
function readDeletes(reader: Reader, known: Known, typed: Typed | null, deletes: number[]): boolean {
  const clients = reader.next()
  if (clients === 0) return true
  if (clients !== 1) return false
  const client = reader.next()
  const ranges = reader.next()
  if (client < 0 || ranges < 1) return false
  const reach = typed?.client === client ? typed.clock + typed.length : known.clock(client)
  const deleted = known.deleted(client)
  let last = -1
  for (let i = 0; i < ranges; i++) {
    const clock = reader.next()
    const length = reader.next()
    if (clock <= last || length < 1 || clock + length > reach) return false
    last = clock + length
    if (deleted?.touches(clock, last)) return false
    deletes.push(client, clock, length)
  }
  return true
}

function touchesMeta(known: Known, typed: Typed | null, deletes: readonly number[]): boolean {
  for (let i = 0; i < deletes.length; i += 3) {
    const client = deletes[i] ?? 0
    const first = deletes[i + 1] ?? 0
    const last = first + (deletes[i + 2] ?? 0) - 1
    const isNew = (clock: number) => typed?.client === client && clock >= typed.clock
    if (!isNew(first) && isMeta(known.shapeAt(client, first))) return true
    if (!isNew(last) && isMeta(known.shapeAt(client, last))) return true
  }
  return false
}

/** Reads what is written in the shortest way, and answers -1 for anything else. */
class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? -1
  }

  /** A number below 2^49. */
  next(): number {
    const first = this.byte()
    if (first < 128) return first
    let number = first & 127
    for (let scale = 128; scale < 2 ** 49; scale *= 128) {
      const byte = this.byte()
      if (byte < 0) return -1
      number += (byte & 127) * scale
      if (byte < 128) return byte === 0 ? -1 : number
    }
    return -1
  }

  /** Passes over a string of ASCII; answers its length. */
  ascii(): number {
    const length = this.next()
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) return -1
    for (; this.#at < end; this.#at++) if ((this.#bytes[this.#at] ?? 128) >= 128) return -1
    return length
  }
}

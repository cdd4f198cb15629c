/**
 * What others say of themselves, checked before it is believed: sizes, types, and that nobody speaks for this client.
 * What does not pass is left out; the rest of the frame stands.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** One state as JSON, in UTF-16 units. */
const MAX_STATE = 4 << 10
const MAX_STATES = 2_000
const MAX_NAME = 100
const MAX_COLOR = 32

export interface CheckedPresence {
  /** An awareness update of everybody but this client; null when nothing is left. */
  readonly states: Uint8Array | null
  /** The clock under which somebody spoke for this client otherwise than in an echo; null when nobody did. */
  readonly ownClock: number | null
}

export function checkedPresence(presence: Uint8Array, own: number): CheckedPresence {
  const out = encoding.createEncoder()
  let count = 0
  let ownClock: number | null = null
  for (const [client, clock, json] of entries(presence)) {
    const state = parsed(json)
    if (client === own) {
      // A farewell in this client's name, from a channel that ended: an echo of a living state says nothing new.
      if (state === null) ownClock = clock
      continue
    }
    if (state === undefined) continue
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, clock)
    encoding.writeVarString(out, JSON.stringify(state))
    count++
  }
  if (count === 0) return { states: null, ownClock }
  const head = encoding.createEncoder()
  encoding.writeVarUint(head, count)
  encoding.writeUint8Array(head, encoding.toUint8Array(out))
  return { states: encoding.toUint8Array(head), ownClock }
}

/** [client, clock, JSON] of each entry, up to the first that is not one. */
function* entries(presence: Uint8Array): Generator<readonly [number, number, string]> {
  const input = decoding.createDecoder(presence)
  try {
    const count = Math.min(decoding.readVarUint(input), MAX_STATES)
    for (let i = 0; i < count; i++)
      yield [decoding.readVarUint(input), decoding.readVarUint(input), decoding.readVarString(input)]
  } catch {
    // Bytes that end early: presence is not worth a channel, and the next renewal brings it whole.
  }
}

/** The state, null for a farewell, undefined for what is not a state. */
function parsed(json: string): object | null | undefined {
  if (json.length > MAX_STATE) return undefined
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    // Not JSON, so not a state.
    return undefined
  }
  if (value === null) return null
  if (!isRecord(value)) return undefined
  const { user, cursor } = value
  return isUser(user) && isCursor(cursor) ? value : undefined
}

function isUser(value: unknown): boolean {
  if (value === undefined) return true
  if (!isRecord(value)) return false
  const { name, color } = value
  // Vellum's colour is an index into a palette; other programs write CSS, which nobody here puts into a style.
  return isShortText(name, MAX_NAME) && (isCount(color) || isShortText(color, MAX_COLOR))
}

function isShortText(value: unknown, max: number): boolean {
  return value === undefined || (typeof value === 'string' && value.length <= max)
}

/** As y-prosemirror makes it: two relative positions. Whoever draws it turns them into places without looking again. */
function isCursor(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (!isRecord(value)) return false
  const { anchor, head } = value
  return isRelativePosition(anchor) && isRelativePosition(head)
}

function isRelativePosition(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { type, tname, item, assoc } = value
  return (
    isId(type) &&
    isId(item) &&
    (tname === undefined || tname === null || typeof tname === 'string') &&
    (assoc === undefined || assoc === null || Number.isSafeInteger(assoc))
  )
}

function isId(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (!isRecord(value)) return false
  const { client, clock } = value
  return isCount(client) && isCount(clock)
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What people say of themselves while they are here, read strictly: it comes from other people's browsers. */
import * as Y from 'yjs'
import { hueOf } from '#shared/palette.ts'
import { plainLine } from '#shared/plain-line.ts'
import { HUES } from './palette.ts'
import type { Anchored } from './positions.ts'

/** `{ user: { name, color }, cursor: { anchor, head } | null }` in the awareness state of a client. */
export interface Person {
  /** 1–40 characters, no control characters. */
  readonly name: string
  /** An index into the palette, 0–9. */
  readonly color: number
}

const MAX_NAME = 40
/** The name as it may be shown; '' when nothing of it is left. */
export function personName(value: unknown): string {
  if (typeof value !== 'string') return ''
  const clean = plainLine(value.slice(0, 4 * MAX_NAME)).replace(/\s+/g, ' ')
  return [...clean].slice(0, MAX_NAME).join('')
}

/** Who an awareness state is; somebody without a usable name or hue gets a plain one. */
export function readPerson(state: unknown): Person {
  const user = field(state, 'user')
  const color = field(user, 'color')
  return {
    name: personName(field(user, 'name')) || 'Somebody',
    color: readHue(color),
  }
}

/** Other editors say their colour as `#rrggbb`. */
function readHue(color: unknown): number {
  if (typeof color === 'string') return hueOf(color, '')
  return typeof color === 'number' && Number.isInteger(color) && color >= 0 && color < HUES ? color : 0
}

/** Where somebody's selection is, or null. */
export function readCursor(state: unknown): Anchored | null {
  const cursor = field(state, 'cursor')
  const anchor = readPosition(field(cursor, 'anchor'))
  const head = readPosition(field(cursor, 'head'))
  return anchor === null || head === null ? null : { anchor, head }
}

export function writeCursor(cursor: Anchored | null): object | null {
  return (
    cursor && {
      anchor: Y.relativePositionToJSON(cursor.anchor),
      head: Y.relativePositionToJSON(cursor.head),
    }
  )
}

function readPosition(json: unknown): Y.RelativePosition | null {
  const type = readId(field(json, 'type'))
  const item = readId(field(json, 'item'))
  const name = field(json, 'tname')
  const assoc = field(json, 'assoc')
  const tname = typeof name === 'string' && name.length <= 64 ? name : null
  if (type === null && item === null && tname === null) return null
  return new Y.RelativePosition(type, tname, item, typeof assoc === 'number' && assoc < 0 ? -1 : 0)
}

function readId(json: unknown): Y.ID | null {
  const client = field(json, 'client')
  const clock = field(json, 'clock')
  if (typeof client !== 'number' || typeof clock !== 'number') return null
  if (!Number.isSafeInteger(client) || !Number.isSafeInteger(clock) || client < 0 || clock < 0) return null
  return Y.createID(client, clock)
}

function field(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined
  return (holder as Record<string, unknown>)[name]
}

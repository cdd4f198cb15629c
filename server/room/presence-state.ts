/** What one state of somebody's presence may be. */
import { type Stamp, stamped, tidied } from './stamp.ts'

const MAX_DEPTH = 8

/** Bytes that are no awareness update, or a state beyond its limits. */
export class PresenceError extends Error {}
/** A state of more bytes than one may have. */
export class PresenceTooBig extends PresenceError {}

/** The state's JSON written anew, without keys that would set a prototype somewhere else, with who says it. */
export function canonical(json: string, stamp: Stamp | null): string {
  let state: unknown
  try {
    state = JSON.parse(json, (key, value) => (key === '__proto__' ? undefined : value))
  } catch {
    throw new PresenceError('a state is not JSON')
  }
  if (typeof state !== 'object' || state === null || Array.isArray(state))
    throw new PresenceError('a state is not an object')
  if (!isShallow(state, MAX_DEPTH)) throw new PresenceError('a state is nested too deeply')
  const said = state as Record<string, unknown>
  return JSON.stringify(stamp === null ? tidied(said) : stamped(said, stamp))
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((child) => isShallow(child, depth - 1))
}

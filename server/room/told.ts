/**
 * What a reader who comes by requests was told last, beside its position: text that it gives back, so that nothing of
 * it has to be kept. `<room>.<version of presence>.<1 while saving>.<role>`; another room's version says nothing.
 */
import { type Role, roles } from '#shared/frame.ts'

export interface Told {
  /** Sixteen hex digits: this room, for as long as it is open. */
  readonly room: string
  readonly version: number
  readonly saving: boolean
  /** What it may. */
  readonly role: Role
}

const SHAPE = /^([0-9a-f]{16})\.(0|[1-9][0-9]{0,14})\.([01])\.([0-3])$/

export function encodeTold({ room, version, saving, role }: Told): string {
  return `${room}.${version}.${saving ? 1 : 0}.${roles.indexOf(role)}`
}

/** Null for text that is none of ours. */
export function decodeTold(text: string): Told | null {
  const [, room, version, saving, number] = SHAPE.exec(text) ?? []
  const role = roles[Number(number)]
  if (room === undefined || role === undefined) return null
  return { room, version: Number(version), saving: saving === '1', role }
}

/** Who somebody is said to be, put into what they say of themselves: others see the name and colour that were verified. */
import { keyOf } from '#server/access/key.ts'
import type { Principal } from '#server/access/principal.ts'
import { HUES, hueOf } from '#shared/palette.ts'

export interface Stamp {
  readonly name: string
  /** An index into the palette, for clients that say their colour so. */
  readonly hue: number
  /** `#rrggbb`, for all others. */
  readonly colour: string
  /** The same in all tabs of one person. */
  readonly id: string
}

/** Null where nobody is known: what a client says of itself then stands. */
export function stampOf({ author, identity }: Principal): Stamp | null {
  if (identity === undefined) return null
  const id = keyOf(author)
  const hue = hueOf(identity.colour, id)
  return { name: identity.name, hue, colour: identity.colour ?? HUES[hue] ?? HUES[0], id }
}

/**
 * The state with that identity in the places clients of this wire draw it from: `user` (y-prosemirror, Tiptap,
 * BlockNote, CodeMirror, Quill), or `name` and `color` beside the caret (Lexical).
 */
export function stamped(state: Readonly<Record<string, unknown>>, stamp: Stamp): Record<string, unknown> {
  const user = isRecord(state['user']) ? state['user'] : {}
  const own = {
    ...state,
    user: { ...user, ...drawn(user, stamp), name: stamp.name, color: colorLike(user, stamp), id: stamp.id },
  }
  if (!('name' in state) && !('color' in state)) return own
  return { ...own, name: stamp.name, color: colorLike(state, stamp) }
}

function colorLike({ color }: Readonly<Record<string, unknown>>, { hue, colour }: Stamp): number | string {
  return typeof color === 'number' ? hue : colour
}

/** A second colour some clients have, for selections. */
function drawn(user: Readonly<Record<string, unknown>>, { colour }: Stamp): Record<string, unknown> {
  return 'colorLight' in user ? { colorLight: `${colour}33` } : {}
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

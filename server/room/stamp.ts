/** Who somebody is said to be, put into what they say of themselves: others see the name and colour that were verified. */
import { keyOf } from '#server/access/key.ts'
import type { Principal } from '#server/access/principal.ts'
import { HUES, hueOf } from '#shared/palette.ts'
import { plainLine } from '#shared/plain-line.ts'

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

/** What a key says of somebody. */
type Word = 'name' | 'id' | 'colour' | 'tint' | 'hidden'

/** Keys as clients of this wire and those who build on them write them, without case, `-` and `_`. */
const WORDS: ReadonlyMap<string, Word> = new Map([
  ...said('name', 'name username displayname fullname nickname nick firstname lastname givenname familyname'),
  ...said('name', 'preferredusername login handle'),
  ...said('id', 'id userid uid sub'),
  ...said('colour', 'color colour usercolor cursorcolor'),
  ...said('tint', 'colorlight colourlight lightcolor selectioncolor backgroundcolor'),
  // Nobody verifies those: a picture would be one more name, and asks its host for itself.
  ...said('hidden', 'avatar avatarurl picture pictureurl image imageurl photo photourl icon iconurl src'),
  ...said('hidden', 'email emailaddress mail phone profilepicture profileimage gravatar'),
])

/** Keys under which clients keep a person, or the caret of one. Positions in a text have none of the keys above. */
const HOLDERS: ReadonlySet<string> = new Set(
  'user users userinfo userdata userstate profile person identity author account member owner data presence cursor cursordata awarenessdata collaborator participant'.split(
    ' ',
  ),
)

const MAX_NAME = 100

/**
 * The state with that identity in every place clients draw one from: `user` (y-prosemirror, Tiptap, BlockNote,
 * CodeMirror, Quill), `name` and `color` beside the caret (Lexical), `data` (Slate), and what else is called like them.
 * What would say who it is and was not verified is left out.
 */
export function stamped(state: Readonly<Record<string, unknown>>, stamp: Stamp): Record<string, unknown> {
  const user = isRecord(state['user']) ? state['user'] : {}
  const isNamed = 'name' in state || 'color' in state
  return {
    ...verified(state, stamp),
    user: {
      ...verified(user, stamp),
      name: stamp.name,
      color: colorLike(user['color'], stamp),
      id: stamp.id,
    },
    ...(isNamed ? { name: stamp.name, color: colorLike(state['color'], stamp) } : {}),
  }
}

/** Where nobody is known: what the client says, with names that are one line of bounded length. */
export function tidied(state: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return mapped(state, (key, value) =>
    WORDS.get(key) === 'name' && typeof value === 'string' ? plainLine(value).slice(0, MAX_NAME) : value,
  )
}

function verified(held: Readonly<Record<string, unknown>>, stamp: Stamp): Record<string, unknown> {
  return mapped(held, (key, value) => {
    switch (WORDS.get(key)) {
      case 'name':
        return stamp.name
      case 'id':
        return stamp.id
      case 'colour':
        return colorLike(value, stamp)
      case 'tint':
        return `${stamp.colour}33`
      case 'hidden':
        return undefined
      default:
        // In place of an object a client may have said a name alone.
        return HOLDERS.has(key) && typeof value === 'string' ? undefined : value
    }
  })
}

/** Each value by its key, also of what is held under HOLDERS; undefined leaves it out. */
function mapped(
  held: Readonly<Record<string, unknown>>,
  change: (key: string, value: unknown) => unknown,
): Record<string, unknown> {
  const inside = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(inside) : isRecord(value) ? mapped(value, change) : value
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(held)) {
    const plain = key.toLowerCase().replace(/[-_]/g, '')
    const changed = change(plain, value)
    if (changed !== undefined) out[key] = HOLDERS.has(plain) ? inside(changed) : changed
  }
  return out
}

function colorLike(color: unknown, { hue, colour }: Stamp): number | string {
  return typeof color === 'number' ? hue : colour
}

function said(word: Word, keys: string): readonly (readonly [string, Word])[] {
  return keys.split(' ').map((key) => [key, word])
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every mark text may carry, as plain values. The rules of nodes.ts about changing them hold here too. */
import { type Attribute, link, text } from './attribute.ts'

export interface MarkRule {
  /** Marks that cannot be on the same text: '' lets even two of this kind overlap, '_' is all of them. */
  readonly excludes?: string
  /** False: typing at its end does not go on with it. */
  readonly inclusive?: false
  readonly attributes: Readonly<Record<string, Attribute>>
}

const none = {}

export const marks = {
  link: { inclusive: false, attributes: { href: link, title: text(1_000) } },
  bold: { attributes: none },
  italic: { attributes: none },
  underline: { attributes: none },
  strike: { attributes: none },
  code: { inclusive: false, attributes: none },
  comment: { excludes: '', inclusive: false, attributes: { thread: text(64, '') } },
} as const satisfies Record<string, MarkRule>

export type MarkName = keyof typeof marks

/** Overlapping marks are stored under `name--` and eight characters of a hash. */
const HASHED = /^(.*)--[a-zA-Z0-9+/=]{8}$/

/** The mark's name in a key of text attributes. */
export function markName(key: string): string {
  return HASHED.exec(key)?.[1] ?? key
}

/** The rule of a mark by its name in the document, or null for a name this version does not know. */
export function markRule(name: string): MarkRule | null {
  return Object.hasOwn(marks, name) ? marks[name as MarkName] : null
}

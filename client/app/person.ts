/** Who is at this page: a name and one of ten colours, remembered by the browser. Sent as presence, never stored. */

import { hueOf } from '#shared/palette.ts'
import { plainLine } from '#shared/plain-line.ts'

/** A person as others see them. `color` is an index into --person-0…9. */
export interface Person {
  readonly name: string
  readonly color: number
  /** Random, one a browser: two tabs of one person are one person. '' where it is not known. */
  readonly id: string
}

export const COLORS = 10
export const MAX_NAME_LENGTH = 40

const KEY = 'vellum.person'

const ADJECTIVES = [
  'Amber',
  'Brave',
  'Bright',
  'Calm',
  'Clever',
  'Early',
  'Gentle',
  'Golden',
  'Happy',
  'Kind',
  'Lively',
  'Lucky',
  'Merry',
  'Patient',
  'Quick',
  'Quiet',
  'Silver',
  'Steady',
  'Swift',
  'Thoughtful',
  'Warm',
  'Wise',
]

const ANIMALS = [
  'Badger',
  'Crane',
  'Dolphin',
  'Falcon',
  'Finch',
  'Fox',
  'Hare',
  'Hedgehog',
  'Heron',
  'Ibex',
  'Lark',
  'Lynx',
  'Magpie',
  'Marten',
  'Otter',
  'Owl',
  'Raven',
  'Robin',
  'Seal',
  'Sparrow',
  'Swallow',
  'Tern',
  'Wren',
]

/** The remembered person, or a new guest who is remembered from now on. */
export function recallPerson(): Person {
  const remembered = read()
  const person = parse(remembered) ?? newGuest()
  // Writing takes longer than reading, and this is asked for often.
  if (JSON.stringify(person) !== remembered) rememberPerson(person)
  return person
}

export function rememberPerson(person: Person): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(person))
  } catch {
    // Storage is full or forbidden: the name then lasts as long as this tab, and nothing else depends on it.
  }
}

/** Letters for an avatar: of the first and the last word, as a reader counts letters. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u)
  const first = firstLetter(words[0] ?? '')
  const last = words.length > 1 ? firstLetter(words.at(-1) ?? '') : ''
  return (first + last).toLocaleUpperCase()
}

/** Presence comes from others: whatever it holds, this makes a person of it. */
export function personFrom(value: unknown, clientId: number): Person {
  const { name: given, color, id }: Record<string, unknown> = isRecord(value) ? value : {}
  const name = typeof given === 'string' ? cleanName(given) : ''
  return {
    name: name === '' ? 'Someone' : name,
    color: isColor(color)
      ? color
      : typeof color === 'string'
        ? hueOf(color, String(clientId))
        : clientId % COLORS,
    id: typeof id === 'string' && id.length <= 32 ? id : '',
  }
}

/** One line, no control or direction-changing characters, at most 40 of them; '' when nothing is left. */
export function cleanName(text: string): string {
  const plain = plainLine(text).replace(/\s+/gu, ' ')
  return [...plain].slice(0, MAX_NAME_LENGTH).join('').trim()
}

function newGuest(): Person {
  const [a, b, c, ...rest] = crypto.getRandomValues(new Uint8Array(11))
  const name = `${pick(ADJECTIVES, a ?? 0)} ${pick(ANIMALS, b ?? 0)}`
  return {
    name,
    color: (c ?? 0) % COLORS,
    id: rest.map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}

function pick(words: readonly string[], byte: number): string {
  return words[byte % words.length] ?? 'Quiet'
}

function parse(text: string | null): Person | null {
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    if (!isRecord(value)) return null
    const { name } = value
    if (typeof name !== 'string' || cleanName(name) === '') return null
    const person = personFrom(value, 0)
    return person.id === '' ? { ...person, id: newGuest().id } : person
  } catch {
    // Not ours, or damaged: a new guest is made.
    return null
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    // Storage is forbidden: as if nothing were remembered.
    return null
  }
}

function firstLetter(word: string): string {
  for (const { segment } of new Intl.Segmenter().segment(word))
    if (/[\p{L}\p{N}\p{Emoji}]/u.test(segment)) return segment
  return ''
}

function isColor(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < COLORS
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

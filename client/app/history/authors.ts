/**
 * Who an author of the log is, as far as the server knows. It knows those who signed in by the name it verified when it
 * saw them last, guests of a link as guests, and in open mode nobody: what presence calls somebody is no proof of who
 * wrote.
 */
import type { Me } from './history-api.ts'
import type { Sitting } from './life.ts'

const NOBODY = 'anonymous'
/** Of the ten colours: whoever comes after each other is told apart at a glance. */
const ORDER = [4, 2, 3, 6, 0, 5, 8, 1, 9, 7] as const

export interface Author {
  readonly name: string
  /** One of ten; null for those who cannot be told apart. */
  readonly color: number | null
}

/** Colours go by who came first, so that they stay as a document grows, and the first ten all differ. */
export function authorsOf(sittings: readonly Sitting[], me: Me | null): ReadonlyMap<string, Author> {
  const found = new Map<string, Author>()
  let colored = 0
  for (const { authors } of sittings)
    for (const { author, name } of authors) {
      if (found.has(author)) continue
      if (author === NOBODY || author === '') found.set(author, SOMEONE)
      else {
        const known = me?.author === author ? me.name : name
        found.set(author, { name: known || SOMEONE.name, color: ORDER[colored++ % ORDER.length] ?? 0 })
      }
    }
  return found
}

export const SOMEONE: Author = { name: 'Somebody', color: null }

/** Whether nobody who wrote here is known. */
export function isNameless(authors: ReadonlyMap<string, Author>): boolean {
  return [...authors.values()].every(({ color }) => color === null)
}

/** The class that gives a mark or a disc its author's colour. */
export function hueOf({ color }: Author): string {
  return color === null ? 'person-nobody' : `person-${color}`
}

/** A name, or what is said between names. */
export type Word = { readonly name: string } | string

export function summary(names: readonly string[]): string {
  return summaryWords(names)
    .map((word) => (typeof word === 'string' ? word : word.name))
    .join('')
}

/** "Ana", "Ana and Bo", "Ana and 2 others"; those who have no name count among the others. */
export function summaryWords(names: readonly string[]): readonly Word[] {
  const [first, second] = names.filter((name) => name !== SOMEONE.name)
  const others = names.length - 1
  if (first === undefined) return others > 0 ? [`${names.length} people`] : names.map((name) => ({ name }))
  if (others === 0) return [{ name: first }]
  if (others > 1) return [{ name: first }, ` and ${others} others`]
  return second === undefined
    ? [{ name: first }, ' and somebody']
    : [{ name: first }, ' and ', { name: second }]
}

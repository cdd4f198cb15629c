/** Who is in the document, out of its presence, and what to say when that changes. Pure. */
import { type Person, personFrom } from './person.ts'

export interface Present extends Person {
  /** Stable within one view of the list. */
  readonly key: string
  readonly you: boolean
  /** Open tabs of this person. */
  readonly tabs: number
}

/** You first, then the others by name. Two tabs of one browser are one person. */
export function peopleIn(states: ReadonlyMap<number, unknown>, own: number): readonly Present[] {
  const ownPerson = personFrom(userOf(states.get(own)), own)
  const people = new Map<string, Present>()
  const ids = [...states.keys()].sort((a, b) => (a === own ? -1 : b === own ? 1 : a - b))
  for (const client of ids) {
    const user = userOf(states.get(client))
    if (user === null && client !== own) continue
    const person = personFrom(user, client)
    const you = client === own || (person.id !== '' && person.id === ownPerson.id)
    const key = you ? 'you' : person.id === '' ? `client ${client}` : `person ${person.id}`
    const before = people.get(key)
    people.set(key, before ? { ...before, tabs: before.tabs + 1 } : { ...person, key, you, tabs: 1 })
  }
  const [first, ...others] = people.values()
  if (first === undefined) return []
  return [first, ...others.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))]
}

/** One sentence for who came and went between two lists; '' when nobody did. */
export function comings(before: readonly Present[], after: readonly Present[]): string {
  const came = without(after, before)
  const went = without(before, after)
  if (came.length === 0 && went.length === 0) return ''
  const parts: string[] = []
  if (came.length > 0) parts.push(`${listed(came)} joined.`)
  if (went.length > 0) parts.push(`${listed(went)} left.`)
  parts.push(after.length <= 1 ? 'You are alone here.' : `${after.length} people here.`)
  return parts.join(' ')
}

function without(these: readonly Present[], those: readonly Present[]): readonly string[] {
  const known = new Set(those.map((person) => person.key))
  return these.filter((person) => !known.has(person.key) && !person.you).map((person) => person.name)
}

const MOST_NAMES = 3

function listed(names: readonly string[]): string {
  const shown =
    names.length <= MOST_NAMES + 1
      ? names
      : [...names.slice(0, MOST_NAMES), `${names.length - MOST_NAMES} others`]
  return new Intl.ListFormat('en').format(shown)
}

function userOf(state: unknown): unknown {
  return typeof state === 'object' && state !== null && 'user' in state ? state.user : null
}

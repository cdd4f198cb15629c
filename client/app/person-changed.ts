/** Somebody changed their own name or colour, here. Others' pages learn of it through presence. */
import type { Person } from './person.ts'

export class PersonChanged extends Event {
  static readonly type = 'vellum-person'
  readonly person: Person
  constructor(person: Person) {
    super(PersonChanged.type, { bubbles: true })
    this.person = person
  }
}

/** A person as a disc: letters in the person's colour. The name is beside it or on what holds it. */
import { html, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import { initials, type Person } from './person.ts'

export function avatar(person: Pick<Person, 'name' | 'color'>): TemplateResult {
  // Finding letters as readers count them takes long, and discs are drawn again with every key.
  const letters = guard([person.name], () => initials(person.name))
  return html`<span class="avatar person-${person.color}" aria-hidden="true">${letters}</span>`
}

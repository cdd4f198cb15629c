/** A person as a disc: letters in the person's colour. The name is beside it or on what holds it. */
import { html, type TemplateResult } from 'lit'
import { initials, type Person } from './person.ts'

export function avatar(person: Pick<Person, 'name' | 'color'>): TemplateResult {
  return html`<span class="avatar person-${person.color}" aria-hidden="true">${initials(person.name)}</span>`
}

/** `<vellum-people>`: who is here, as discs; the rest behind "+N"; all of them, with names, in the panel. */
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { avatar } from './avatar.ts'
import { flyout } from './flyout.ts'
import type { Present } from './here.ts'
import { PageElement } from './page-element.ts'

const MOST_DISCS = 4

export class VellumPeople extends PageElement {
  static override properties = { people: { attribute: false } }

  /** Everybody but you. */
  declare people: readonly Present[]

  constructor() {
    super()
    this.people = []
  }

  protected override render(): TemplateResult | typeof nothing {
    const count = this.people.length
    if (count === 0) return nothing
    const shown = count <= MOST_DISCS ? this.people : this.people.slice(0, MOST_DISCS - 1)
    return flyout({
      id: 'people',
      kind: 'dialog',
      label: count === 1 ? `${this.people[0]?.name} is here` : `${count} others are here`,
      panelLabel: 'People here',
      look: 'faces',
      tip: false,
      button: html`${repeat(shown, keyOf, (person) => html`<span class="disc" data-tip=${person.name}>${avatar(person)}</span>`)}
        ${count > shown.length ? html`<span class="disc more" aria-hidden="true">+${count - shown.length}</span>` : nothing}
        <span class="disc all" aria-hidden="true">${count}</span>`,
      panel: html`<h2>${count === 1 ? '1 other person' : `${count} others`} here</h2>
        <ul class="names" tabindex="0" aria-label="Names">
          ${repeat(this.people, keyOf, (person) => html`<li>${avatar(person)}<bdi>${person.name}</bdi></li>`)}
        </ul>`,
    })
  }
}

function keyOf(person: Present): string {
  return person.key
}

customElements.define('vellum-people', VellumPeople)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-people': VellumPeople
  }
}

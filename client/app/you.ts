/** `<vellum-you>`: you, as others see you, and a small panel about that. */
import { html, type PropertyValues, type TemplateResult } from 'lit'
import { avatar } from './avatar.ts'
import { flyout } from './flyout.ts'
import { PageElement } from './page-element.ts'
import type { Person } from './person.ts'
import { PersonChanged } from './person-changed.ts'
import { NOBODY, personOf, type Who } from './who.ts'
import type {} from './you-form.ts'

export class VellumYou extends PageElement {
  static override properties = {
    who: { attribute: false },
    unsent: { attribute: false },
    person: { state: true },
  }

  declare who: Who
  /** Changes here that the server does not have. */
  declare unsent: number
  /** Asked for once: it may have to be read from the device, and `unsent` is another with every key. */
  declare private person: Person

  constructor() {
    super()
    this.who = NOBODY
    this.unsent = 0
    this.person = personOf(NOBODY)
    this.addEventListener(PersonChanged.type, () => {
      this.person = personOf(this.who)
    })
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('who')) this.person = personOf(this.who)
  }

  protected override render(): TemplateResult {
    const { person } = this
    const isOwn = this.who.identity === null
    return flyout({
      id: 'you',
      kind: 'dialog',
      label: `You are ${person.name}${isOwn ? '. Change your name and colour' : ''}`,
      panelLabel: isOwn ? 'Your name and colour' : 'You',
      look: 'face',
      button: avatar(person),
      panel: html`<vellum-you-form .who=${this.who} .person=${person} .unsent=${this.unsent}></vellum-you-form>`,
      opened: () => void this.showForm(),
    })
  }

  private async showForm(): Promise<void> {
    await import('./you-form.ts').catch(() => {
      // It did not arrive; opening the panel again asks for it again.
    })
    this.querySelector('vellum-you-form')?.begin?.()
  }
}

customElements.define('vellum-you', VellumYou)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-you': VellumYou
  }
}

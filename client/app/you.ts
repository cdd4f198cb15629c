/** `<vellum-you>`: your name and colour, and the small form that changes them. Dispatches `vellum-person`. */
import { html, type TemplateResult } from 'lit'
import { avatar } from './avatar.ts'
import { closeFlyout, flyout } from './flyout.ts'
import { PageElement } from './page-element.ts'
import {
  type COLORS,
  cleanName,
  MAX_NAME_LENGTH,
  type Person,
  recallPerson,
  rememberPerson,
} from './person.ts'

const COLOR_NAMES = [
  'Wine',
  'Clay',
  'Coral',
  'Fern',
  'Lake',
  'Cobalt',
  'Violet',
  'Plum',
  'Rose',
  'Mulberry',
] as const satisfies { readonly length: typeof COLORS }

/** Others' pages learn of it through presence; this event tells this page. */
export class PersonChanged extends Event {
  static readonly type = 'vellum-person'
  readonly person: Person
  constructor(person: Person) {
    super(PersonChanged.type, { bubbles: true })
    this.person = person
  }
}

export class VellumYou extends PageElement {
  static override properties = { person: { attribute: false } }

  declare person: Person

  constructor() {
    super()
    this.person = recallPerson()
  }

  protected override render(): TemplateResult {
    return flyout({
      id: 'you',
      kind: 'dialog',
      label: `You are ${this.person.name}. Change your name and colour`,
      panelLabel: 'Your name and colour',
      look: 'face',
      button: avatar(this.person),
      panel: this.renderForm(),
      opened: () => this.querySelector<HTMLInputElement>('#your-name')?.select(),
    })
  }

  private renderForm(): TemplateResult {
    return html`<form class="you" @submit=${this.submit}>
      <label class="field">
        <span>Your name</span>
        <input
          id="your-name"
          dir="auto"
          autocomplete="nickname"
          autofocus
          maxlength=${MAX_NAME_LENGTH}
          .value=${this.person.name}
          @change=${this.rename}
        />
      </label>
      <fieldset>
        <legend>Your colour</legend>
        <div class="swatches">
          ${COLOR_NAMES.map(
            (name, color) => html`<label class="swatch" data-tip=${name}>
              <input
                type="radio"
                name="color"
                value=${color}
                aria-label=${name}
                .checked=${color === this.person.color}
                @change=${() => this.become({ ...this.person, color })}
              />
              <span class="person-${color}"></span>
            </label>`,
          )}
        </div>
      </fieldset>
      <p class="quiet">Others see this beside your caret. It is remembered in this browser.</p>
    </form>`
  }

  private readonly rename = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement)) return
    const name = cleanName(event.target.value)
    if (name !== '' && name !== this.person.name) this.become({ ...this.person, name })
    event.target.value = this.person.name
  }

  private readonly submit = (event: SubmitEvent): void => {
    event.preventDefault()
    closeFlyout(event)
  }

  private become(person: Person): void {
    this.person = person
    rememberPerson(person)
    this.dispatchEvent(new PersonChanged(person))
  }
}

customElements.define('vellum-you', VellumYou)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-you': VellumYou
  }
}

/** `<vellum-you-form>`: changes a name and a colour that are one's own, or says where they come from and signs out. */
import { html, type TemplateResult } from 'lit'
import { avatar } from './avatar.ts'
import { closeFlyout } from './flyout.ts'
import { PageElement } from './page-element.ts'
import { type COLORS, cleanName, MAX_NAME_LENGTH, type Person, rememberPerson } from './person.ts'
import { PersonChanged } from './person-changed.ts'
import { changes } from './saving.ts'
import type { Identity, Who } from './who.ts'

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

export class VellumYouForm extends PageElement {
  static override properties = {
    who: { attribute: false },
    person: { attribute: false },
    unsent: { attribute: false },
    isLeaving: { state: true },
  }

  declare who: Who
  declare person: Person
  declare unsent: number
  /** Signing out was asked for, and takes a second word. */
  declare isLeaving: boolean

  constructor() {
    super()
    this.unsent = 0
    this.isLeaving = false
  }

  /** The panel was opened. */
  begin(): void {
    this.isLeaving = false
    void this.updateComplete.then(() => this.querySelector<HTMLInputElement>('#your-name')?.select())
  }

  protected override render(): TemplateResult {
    const { identity } = this.who
    return identity === null ? this.renderForm() : this.renderIdentity(identity)
  }

  private renderIdentity({ name, isGuest }: Identity): TemplateResult {
    return html`<div class="you">
      <p class="known">${avatar(this.person)}<bdi>${name}</bdi></p>
      <p class="quiet">
        ${
          isGuest
            ? 'You are here by a link, as a guest. Others see this name beside your caret.'
            : 'Others see this name beside your caret. It comes from how you signed in, and cannot be changed here.'
        }
      </p>
      ${
        this.isLeaving
          ? html`<p class="question" role="status">${leavingWords(isGuest, this.unsent)}</p>
              <div class="actions">
                <button class="button danger" @click=${this.signOut}>Sign out all the same</button>
                <button class="button" @click=${() => this.ask(false)}>Stay</button>
              </div>`
          : html`<div class="actions">
              <button class="button" @click=${() => (this.unsent === 0 ? this.signOut() : this.ask(true))}>Sign out</button>
            </div>
            <p class="quiet">Signing out also takes off this device what the server has.</p>`
      }
    </div>`
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

  private ask(isLeaving: boolean): void {
    this.isLeaving = isLeaving
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.actions .button')?.focus())
  }

  private readonly signOut = (): void => {
    this.dispatchEvent(new Event('vellum-sign-out', { bubbles: true }))
  }
}

function leavingWords(isGuest: boolean, unsent: number): string {
  const what = `${changes(unsent)} of yours ${unsent === 1 ? 'has' : 'have'} not reached the server.`
  return isGuest
    ? `${what} Nobody can tell that a guest is the same when they come back: download a copy before you sign out.`
    : `${what} ${unsent === 1 ? 'It stays' : 'They stay'} on this device, and ${unsent === 1 ? 'is' : 'are'} sent when you sign in here again.`
}

customElements.define('vellum-you-form', VellumYouForm)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-you-form': VellumYouForm
  }
}

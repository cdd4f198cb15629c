/** <vellum-link-box>: the small box in which the address of a link is typed. */
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Command } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { linkUrl } from '#shared/schema/url.ts'
import { canLink, linkAt, removeLink, setLink } from './links.ts'
import { place } from './place.ts'
import { toolbarStyles } from './toolbar.css.ts'

interface Asked {
  readonly address: string
  /** Whether there is a link already. */
  readonly existing: boolean
  /** The address was refused. */
  readonly wrong: boolean
}

export class VellumLinkBox extends LitElement {
  static override properties = { view: { attribute: false }, asked: { state: true } }
  static override styles = toolbarStyles

  declare view: EditorView | null
  declare private asked: Asked | null

  constructor() {
    super()
    this.view = null
    this.asked = null
  }

  /** Opens at the selection. False where there can be no link. */
  open(): boolean {
    const { view } = this
    if (!view?.editable || !canLink(view.state)) return false
    const existing = linkAt(view.state)
    this.asked = { address: existing?.href ?? '', existing: existing !== null, wrong: false }
    void this.updateComplete.then(() => {
      const box = this.#box
      if (box === null) return
      const { from, to } = view.state.selection
      const start = view.coordsAtPos(from)
      const end = view.coordsAtPos(to, -1)
      box.showPopover()
      place(box, { left: start.left, top: start.top, bottom: Math.max(start.bottom, end.bottom) })
      this.renderRoot.querySelector('input')?.select()
    })
    return true
  }

  protected override render(): TemplateResult {
    return html`<div
      class="link"
      popover
      role="dialog"
      aria-label="Link"
      @keydown=${this.#onKey}
      @toggle=${this.#onToggle}
    >
      ${this.asked === null ? nothing : this.#form(this.asked)}
    </div>`
  }

  #form({ address, existing, wrong }: Asked): TemplateResult {
    return html`<form @submit=${this.#onSubmit} novalidate>
      <label for="address">Address</label>
      <input
        id="address"
        type="text"
        inputmode="url"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        placeholder="https://"
        aria-invalid=${wrong}
        aria-describedby=${wrong ? 'wrong' : nothing}
        .value=${address}
      />
      <button class="primary" type="submit">${existing ? 'Change' : 'Link'}</button>
      ${
        wrong
          ? html`<p class="wrong" id="wrong" role="alert">
              This cannot be an address of a link. Try one that begins with https://
            </p>`
          : nothing
      }
      ${existing ? this.#also(linkUrl(address)) : nothing}
    </form>`
  }

  #also(address: string | null): TemplateResult {
    const open = () =>
      address !== null && window.open(new URL(address, document.baseURI), '_blank', 'noopener,noreferrer')
    return html`<div class="also">
      <button type="button" @click=${() => this.#finish(removeLink)}>Remove link</button>
      ${address === null ? nothing : html`<button type="button" @click=${open}>Open</button>`}
    </div>`
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    const { view } = this
    const address = this.renderRoot.querySelector('input')?.value ?? ''
    if (!view || this.asked === null) return
    if (address.trim() === '' && this.asked.existing) this.#finish(removeLink)
    else if (setLink(address)(view.state)) this.#finish(setLink(address))
    else this.asked = { ...this.asked, address, wrong: true }
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    this.#box?.hidePopover()
    this.view?.focus()
  }

  readonly #onToggle = (event: ToggleEvent): void => {
    if (event.newState === 'closed') this.asked = null
  }

  #finish(command: Command): void {
    const { view } = this
    this.#box?.hidePopover()
    if (!view) return
    command(view.state, view.dispatch, view)
    view.focus()
  }

  get #box(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('.link')
  }
}

customElements.define('vellum-link-box', VellumLinkBox)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-link-box': VellumLinkBox
  }
}

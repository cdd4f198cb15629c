/** The small box in which the address of a link is typed. */
import { html, nothing, type TemplateResult } from 'lit'
import { linkUrl } from '#shared/schema/url.ts'

export interface LinkBox {
  readonly address: string
  /** Whether there is a link already. */
  readonly existing: boolean
  readonly wrong: boolean
}

export interface LinkBoxActions {
  readonly apply: (address: string) => void
  readonly remove: () => void
  readonly close: () => void
}

export function linkBox({ address, existing, wrong }: LinkBox, actions: LinkBoxActions): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget
    if (!(form instanceof HTMLFormElement)) return
    const input = form.elements.namedItem('address')
    if (input instanceof HTMLInputElement) actions.apply(input.value)
  }
  const open = existing ? linkUrl(address) : null
  return html`<form @submit=${submit} novalidate>
    <label for="address">Address</label>
    <input
      id="address"
      name="address"
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
    ${
      existing
        ? html`<div class="also">
            <button type="button" @click=${actions.remove}>Remove link</button>
            ${
              open === null
                ? nothing
                : html`<button
                    type="button"
                    @click=${() => window.open(new URL(open, document.baseURI), '_blank', 'noopener,noreferrer')}
                  >
                    Open
                  </button>`
            }
          </div>`
        : nothing
    }
  </form>`
}

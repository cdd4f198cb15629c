/** `<vellum-share>`: copies the document's address and says in plain words who can open it. */
import { html, type TemplateResult } from 'lit'
import { flyout } from './flyout.ts'
import { icon } from './icon.ts'
import { PageElement } from './page-element.ts'

export class VellumShare extends PageElement {
  static override properties = { outcome: { state: true } }

  declare outcome: '' | 'copied' | 'refused'

  constructor() {
    super()
    this.outcome = ''
  }

  protected override render(): TemplateResult {
    return flyout({
      id: 'share',
      kind: 'dialog',
      label: 'Share',
      look: 'button share',
      tip: false,
      button: html`${icon('link')}<span>Share</span>`,
      panel: html`<h2>Share this document</h2>
        <p>Whoever can reach this server and has the link can read it and write in it.</p>
        <div class="link-row">
          <input readonly aria-label="Link to this document" .value=${location.href} @focus=${selectAll} />
          <button class="button primary" autofocus @click=${this.copy}>Copy link</button>
        </div>
        <p class="quiet" role="status">${this.words()}</p>`,
      opened: () => {
        this.outcome = ''
        this.requestUpdate()
      },
    })
  }

  private words(): string {
    switch (this.outcome) {
      case 'copied':
        return 'Copied. Paste it to whoever you want here.'
      case 'refused':
        return 'The browser did not allow copying. Select the link and copy it yourself.'
      case '':
        return ''
    }
  }

  private readonly copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(location.href)
      this.outcome = 'copied'
    } catch {
      // No clipboard without https or without permission: the link is there to be copied by hand.
      this.outcome = 'refused'
      this.querySelector<HTMLInputElement>('.link-row input')?.select()
    }
  }
}

function selectAll(event: FocusEvent): void {
  if (event.target instanceof HTMLInputElement) event.target.select()
}

customElements.define('vellum-share', VellumShare)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-share': VellumShare
  }
}

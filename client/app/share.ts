/** `<vellum-share>`: the button that opens what there is to say and do about who else may open this document. */
import { html, type TemplateResult } from 'lit'
import type { Role } from '#shared/frame.ts'
import type { DocumentId } from '#shared/id.ts'
import { flyout } from './flyout.ts'
import { icon } from './icon.ts'
import { PageElement } from './page-element.ts'
import type {} from './sharing.ts'
import { NOBODY, type Who } from './who.ts'

export class VellumShare extends PageElement {
  static override properties = {
    documentId: { attribute: false },
    who: { attribute: false },
    rights: { attribute: false },
  }

  declare documentId: DocumentId
  declare who: Who
  /** What one may do here; null where it is not known yet. */
  declare rights: Role | null

  constructor() {
    super()
    this.who = NOBODY
    this.rights = null
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
        <vellum-sharing .documentId=${this.documentId} .who=${this.who} .rights=${this.rights}></vellum-sharing>`,
      opened: () => void this.showPanel(),
    })
  }

  private async showPanel(): Promise<void> {
    await import('./sharing.ts').catch(() => {
      // It did not arrive; opening the panel again asks for it again.
    })
    this.querySelector('vellum-sharing')?.begin?.()
  }
}

customElements.define('vellum-share', VellumShare)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-share': VellumShare
  }
}

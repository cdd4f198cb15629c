/** `<vellum-foreign>`: the text of a document that another program made, to be read. Fetched when there is one. */
import { html, type PropertyValues, type TemplateResult } from 'lit'
import type * as Y from 'yjs'
import { PageElement } from './page-element.ts'
import { plainText } from './plain-text.ts'

export class VellumForeign extends PageElement {
  static override properties = { doc: { attribute: false } }

  declare doc: Y.Doc
  private watched: Y.Doc | null = null

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.watched?.off('update', this.grown)
    this.watched = null
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    if (this.watched === this.doc) return
    this.watched?.off('update', this.grown)
    this.watched = this.doc
    this.watched.on('update', this.grown)
  }

  private readonly grown = (): void => {
    this.requestUpdate()
  }

  protected override render(): TemplateResult {
    return html`<div class="foreign">
      <p class="quiet">Another program made this document. It can be read here, and changed there.</p>
      <pre class="plain-text" dir="auto">${plainText(this.doc)}</pre>
    </div>`
  }
}

customElements.define('vellum-foreign', VellumForeign)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-foreign': VellumForeign
  }
}

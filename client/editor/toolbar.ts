import { html, LitElement, type TemplateResult } from 'lit'
import type { Text } from './text.ts'

export class VellumToolbar extends LitElement {
  static override properties = { text: { attribute: false } }
  declare text: Text | null
  constructor() {
    super()
    this.text = null
  }
  editLink(): boolean {
    return false
  }
  protected override render(): TemplateResult {
    return html`<div role="toolbar"></div>`
  }
}
customElements.define('vellum-toolbar', VellumToolbar)

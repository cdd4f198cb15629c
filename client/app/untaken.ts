/**
 * `<vellum-untaken>`: what a person wrote before they could only read, and the server has not taken: that it is kept, and
 * the two things that can be done with it. Fetched when there is some. Dispatches `vellum-discard`.
 */
import { html, type TemplateResult } from 'lit'
import type * as Y from 'yjs'
import { downloadCopy } from './copy.ts'
import { PageElement } from './page-element.ts'
import { changes } from './saving.ts'
import { strip } from './strip.ts'

export class VellumUntaken extends PageElement {
  static override properties = {
    doc: { attribute: false },
    unsent: { attribute: false },
    isKept: { attribute: false },
    isAsking: { state: true },
  }

  declare doc: Y.Doc
  declare unsent: number
  /** Whether this device keeps it. */
  declare isKept: boolean
  /** The removal waits for a second word. */
  declare isAsking: boolean

  constructor() {
    super()
    this.unsent = 0
    this.isKept = true
    this.isAsking = false
  }

  protected override render(): TemplateResult {
    const are = this.unsent === 1 ? 'is' : 'are'
    const them = this.unsent === 1 ? 'it' : 'them'
    if (this.isAsking)
      return strip(
        'warning',
        html`Remove what the server has not taken, and show only what it has?
          <button class="link" @click=${this.discard}>Remove ${them}</button>
          <button class="link" @click=${() => this.ask(false)}>Keep ${them}</button>`,
      )
    return strip(
      'warning',
      html`You can only read this document now. ${changes(this.unsent)} of yours ${are} not on the server, and ${
        this.isKept ? `${are} kept on this device` : `${are} only in this tab`
      }; ${this.unsent === 1 ? 'it is' : 'they are'} sent if you may write again.
        <button class="link" @click=${() => downloadCopy(this.doc)}>Download a copy</button>
        <button class="link" @click=${() => this.ask(true)}>Remove ${them}</button>`,
    )
  }

  private ask(isAsking: boolean): void {
    this.isAsking = isAsking
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('button.link')?.focus())
  }

  private readonly discard = (): void => {
    this.dispatchEvent(new CustomEvent<boolean>('vellum-discard', { detail: true, bubbles: true }))
  }
}

customElements.define('vellum-untaken', VellumUntaken)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-untaken': VellumUntaken
  }
}

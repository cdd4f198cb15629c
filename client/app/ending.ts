/**
 * `<vellum-ending>`: the server's final word about a document, and what can still be done: read it, take a copy, remove
 * what this device keeps of it. Fetched when there is such a word. Dispatches `vellum-discard` once a person said twice
 * that the copy here may go; `detail` is true where the server's document is then to be opened.
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { codes } from '#shared/codes.ts'
import { copyOf, downloadCopy } from './copy.ts'
import { type EndingAction, endingOf } from './endings.ts'
import type { Link } from './given-token.ts'
import { notice, noticeAbove } from './notice.ts'
import type { Ended, OpenedDocument } from './opened.ts'
import { PageElement } from './page-element.ts'
import { NOBODY, type Who } from './who.ts'

const REFUSALS: readonly number[] = [codes.unauthenticated.code, codes.forbidden.code]

export class VellumEnding extends PageElement {
  static override properties = {
    opened: { attribute: false },
    ended: { attribute: false },
    unsent: { attribute: false },
    hasText: { attribute: false },
    isKept: { attribute: false },
    who: { attribute: false },
    link: { attribute: false },
    asking: { state: true },
    copied: { state: true },
  }

  declare opened: OpenedDocument
  declare ended: Ended
  declare unsent: number
  /** Whether the text stands below. */
  declare hasText: boolean
  declare isKept: boolean
  declare who: Who
  declare link: Link
  /** The removal that waits for a second word. */
  declare asking: EndingAction | null
  declare copied: '' | 'copied' | 'refused'

  constructor() {
    super()
    this.asking = null
    this.copied = ''
    this.who = NOBODY
    this.link = 'none'
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('ended') || changed.get('ended')?.code === this.ended.code) return
    this.asking = null
    // It may be that somebody else is here by now than this page believes.
    if (REFUSALS.includes(this.ended.code)) this.dispatchEvent(new Event('vellum-refused', { bubbles: true }))
  }

  protected override render(): TemplateResult {
    const { unsent, hasText, isKept } = this
    const { code, reason } = this.ended
    const { heading, text, actions } = endingOf({
      code,
      unsent,
      hasText,
      isKept,
      isLinkRefused: this.link === 'refused',
      name: this.who.identity?.name ?? null,
    })
    const show = hasText ? noticeAbove : notice
    return show({
      heading,
      text,
      actions:
        this.asking === null
          ? html`${actions.map((action, place) => this.renderAction(action, place === 0))}`
          : this.renderQuestion(this.asking),
      details: reason === '' ? `Code ${code}.` : `Code ${code}: ${reason}${reason.endsWith('.') ? '' : '.'}`,
    })
  }

  private renderAction(action: EndingAction, first: boolean): TemplateResult {
    const look = first ? 'button primary' : 'button'
    switch (action) {
      case 'reload':
        return html`<button class=${look} @click=${() => location.reload()}>Reload</button>`
      case 'download':
        return html`<button class=${look} @click=${() => downloadCopy(this.opened.doc)}>Download a copy</button>`
      case 'copy':
        return html`<button class=${look} @click=${this.copyText}>${COPY_LABELS[this.copied]}</button>`
      case 'home':
        return html`<a class=${look} href="/">All documents</a>`
      case 'discard':
        return html`<button class=${look} @click=${() => this.ask(action)}>Remove it from this device</button>`
      case 'theirs':
        return html`<button class=${look} @click=${() => this.ask(action)}>Open the server’s</button>`
    }
  }

  private renderQuestion(action: EndingAction): TemplateResult {
    const lost = this.unsent === 0 ? '' : ' What the server never took goes with it.'
    return html`<p class="question">Remove the copy on this device?${lost}</p>
      <button class="button danger" @click=${() => this.discard(action === 'theirs')}>
        ${action === 'theirs' ? 'Remove mine and open the server’s' : 'Remove it'}
      </button>
      <button class="button" @click=${() => this.ask(null)}>Keep it</button>${nothing}`
  }

  private ask(action: EndingAction | null): void {
    this.asking = action
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.actions .button')?.focus())
  }

  private discard(theirs: boolean): void {
    this.dispatchEvent(new CustomEvent<boolean>('vellum-discard', { detail: theirs, bubbles: true }))
  }

  private readonly copyText = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(copyOf(this.opened.doc))
      this.copied = 'copied'
    } catch {
      // No clipboard without https or without permission: the file is the other way.
      this.copied = 'refused'
    }
  }
}

const COPY_LABELS = { '': 'Copy the text', copied: 'Copied', refused: 'Copying was not allowed' } as const

customElements.define('vellum-ending', VellumEnding)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-ending': VellumEnding
  }
}

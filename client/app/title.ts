/**
 * `<vellum-title>`: the title, edited in place. It is the string `title` in the Y map `meta`: each change is written
 * there at once and each change from elsewhere is shown at once, with the caret kept where it was in the text. Of two
 * titles written in the same instant one wins, the same one for everybody.
 */
import { html, type PropertyValues, type TemplateResult } from 'lit'
import type * as Y from 'yjs'
import { META_ROOT, maxTitleLength, metaKeys } from '#shared/schema/document.ts'
import { PageElement } from './page-element.ts'

export class VellumTitle extends PageElement {
  static override properties = {
    doc: { attribute: false },
    editable: { attribute: false },
    shown: { state: true },
  }

  declare doc: Y.Doc
  declare editable: boolean
  declare shown: string
  private watched: Y.Map<unknown> | null = null

  constructor() {
    super()
    this.shown = 'Untitled'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    if (this.hasUpdated) this.watch()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.watched?.unobserve(this.titleChanged)
    this.watched = null
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('doc')) this.watch()
  }

  protected override firstUpdated(): void {
    this.showTitle()
  }

  private watch(): void {
    this.watched?.unobserve(this.titleChanged)
    this.watched = this.doc.getMap(META_ROOT)
    this.watched.observe(this.titleChanged)
    this.showTitle()
  }

  private readonly titleChanged = (event: Y.YMapEvent<unknown>): void => {
    if (event.keysChanged.has(metaKeys.title)) this.showTitle()
  }

  private showTitle(): void {
    const title = titleOf(this.doc)
    this.shown = title || 'Untitled'
    document.title = `${this.shown} – Vellum`
    const input = this.input
    // A composition under way is the browser's: it is written when it ends.
    if (input === null || input.value === title || this.composing) return
    const caret = input.selectionStart ?? title.length
    const [from, to] = [input.value, title]
    input.value = title
    if (document.activeElement === input) {
      const at = movedCaret(from, to, caret)
      input.setSelectionRange(at, at)
    }
  }

  private get input(): HTMLInputElement | null {
    return this.querySelector('input')
  }

  private composing = false

  protected override render(): TemplateResult {
    // Who goes through a page by its headings finds the title there too.
    return html`<h1 class="hidden">${this.shown}</h1><input
      class="title-input"
      dir="auto"
      aria-label="Title"
      placeholder="Untitled"
      autocomplete="off"
      spellcheck="true"
      enterkeyhint="done"
      data-place
      maxlength=${maxTitleLength}
      ?readonly=${!this.editable}
      @input=${this.write}
      @keydown=${this.leaveByKey}
      @compositionstart=${() => {
        this.composing = true
      }}
      @compositionend=${() => {
        this.composing = false
        this.write()
      }}
    />`
  }

  private readonly write = (): void => {
    const title = this.input?.value
    if (this.composing || !this.editable || title === undefined || title === titleOf(this.doc)) return
    this.doc.getMap(META_ROOT).set(metaKeys.title, title)
  }

  /** Enter goes on to the text, as in a letter. */
  private readonly leaveByKey = (event: KeyboardEvent): void => {
    if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return
    event.preventDefault()
    if (event.key === 'Escape') this.input?.blur()
    else this.dispatchEvent(new Event('vellum-title-done', { bubbles: true }))
  }
}

export function titleOf(doc: Y.Doc): string {
  const title = doc.getMap(META_ROOT).get(metaKeys.title)
  return typeof title === 'string' ? title.slice(0, maxTitleLength) : ''
}

/** Where a caret stands after the one place where two texts differ was replaced. */
export function movedCaret(from: string, to: string, caret: number): number {
  let start = 0
  while (start < Math.min(from.length, to.length) && from[start] === to[start]) start++
  let same = 0
  while (same < Math.min(from.length, to.length) - start && from.at(-1 - same) === to.at(-1 - same)) same++
  if (caret <= start) return caret
  if (caret >= from.length - same) return caret + to.length - from.length
  return to.length - same
}

customElements.define('vellum-title', VellumTitle)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-title': VellumTitle
  }
}

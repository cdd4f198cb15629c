/**
 * <vellum-editor>: a text that several people write in at once, and its toolbar.
 *
 * The toolbar lives in the shadow root, the text in light DOM through a slot, so that the browser's own search,
 * spelling, translation and accessibility find it. It knows a Y.Doc and an Awareness and nothing of where they go.
 */
import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { type AllowedPictures, readPictures } from '#shared/schema/pictures.ts'
import type { Change } from './change-marks.ts'
import { content } from './content.css.ts'
import { lists } from './lists.css.ts'
import { palette } from './palette.ts'
import type { Since } from './since.ts'
import { tables } from './tables.css.ts'
import { Text } from './text.ts'
import type { VellumToolbar } from './toolbar.ts'
import type { Writable } from './writable.ts'

/** `detail` of `vellum-unknown-content`: this version must not write here, and why. Reloading may bring one that can. */
export type UnknownContent = Extract<Writable, { readonly kind: 'unknown' | 'too-new' }>
/** `detail` of `vellum-error`: something failed inside; the text is safe, and `fatal` when it cannot be edited now. */
export interface EditorFault {
  readonly error: unknown
  readonly fatal: boolean
}

/** For the root that holds the text, which is in light DOM; each is adopted once. */
const textStyles = [content, lists, tables, palette]

export class VellumEditor extends LitElement {
  static override properties = {
    doc: { attribute: false },
    awareness: { attribute: false },
    editable: { type: Boolean },
    label: { type: String },
    pictures: { converter: readPictures },
  }

  static override styles = css`
    :host {
      display: block;
      position: relative;
    }
    vellum-toolbar {
      position: sticky;
      top: var(--toolbar-top, 0px);
      z-index: 2;
    }
    /* Until it is there: its place, so that the text below stands still. */
    vellum-toolbar:not(:defined, [hidden]) {
      display: block;
      box-sizing: border-box;
      height: calc(var(--target, 32px) + 13px);
      background: var(--paper, light-dark(#fbfaf7, #161512));
      border-bottom: 1px solid var(--line, light-dark(#e6e1d8, #35312b));
    }
    @media (max-width: 760px) {
      vellum-toolbar {
        position: fixed;
        inset: auto 0 var(--keyboard, 0px);
      }
    }
  `

  /** The shared document, synced or not; null shows nothing. */
  declare doc: Y.Doc | null
  declare awareness: Awareness | null
  /** False shows the text and lets nobody change it. */
  declare editable: boolean
  /** The accessible name of the text area. */
  declare label: string
  /**
   * From where pictures are loaded besides the page's own origin: origins, separated by spaces in the attribute, or `*`
   * for all over https. From nowhere without it: a picture tells its host who reads.
   */
  declare pictures: AllowedPictures
  #text: Text | null = null
  #mount: HTMLElement | null = null
  /** What was asked for last: an answer to anything else comes too late. */
  #since: Since | null = null

  constructor() {
    super()
    this.doc = null
    this.awareness = null
    this.editable = true
    this.label = 'Text'
    this.pictures = []
  }

  /** The open text, for pages and tests that add to it; null while there is none. */
  get text(): Text | null {
    return this.#text
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#adoptStyles()
    // It may have been moved into another root, where selections are asked for differently.
    this.#text?.view.updateRoot()
    if (this.hasUpdated && this.#text === null) this.#open()
    this.addEventListener('focusin', this.#fetchToolbar)
    this.#fetchToolbar()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.removeEventListener('focusin', this.#fetchToolbar)
    // Moving is leaving and coming back at once; only who stays away is closed.
    queueMicrotask(() => {
      if (!this.isConnected) this.#close()
    })
  }

  override focus(): void {
    this.#text?.view.focus()
  }

  /** Writes what a composition still holds back, for whoever is about to ask whether all is saved. */
  settle(): void {
    this.#text?.binding.settle()
  }

  /**
   * Marks what others changed since a moment, up to now; the marks stay on their words while the text goes on. Null
   * takes them away. Gives the number of places marked: 0 also where there is no text, or `since` cannot be read.
   */
  async markChanges(since: Since | null): Promise<number> {
    this.#since = since
    const text = this.#text
    try {
      const later = await text?.whenLater()
      if (this.#since !== since || this.#text !== text || !text || !later) return 0
      const changes: readonly Change[] = since === null ? [] : later.findChanges(text.shown(), since)
      later.markChanges(text.view, changes)
      return changes.length
    } catch (error) {
      this.#say<EditorFault>('vellum-error', { error, fatal: false })
      return 0
    }
  }

  /** Puts the focus and the caret at the next place marked; the first comes after the last. False where none is. */
  nextChange(): boolean {
    return this.#text?.later?.goToNextChange(this.#text.view) ?? false
  }

  protected override render(): TemplateResult {
    return html`<vellum-toolbar part="toolbar" ?hidden=${!this.editable}></vellum-toolbar><slot></slot>`
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('doc') || changed.has('awareness') || changed.has('pictures')) this.#open()
    else if (changed.has('editable') || changed.has('label')) {
      this.#text?.refresh()
      this.#toolbar?.requestUpdate()
    }
  }

  /** Null until it has come. */
  get #toolbar(): VellumToolbar | null {
    return this.renderRoot.querySelector<VellumToolbar>('vellum-toolbar:defined')
  }

  /** The text is shown and written in without it. What did not come is asked for again when somebody writes. */
  readonly #fetchToolbar = (): void => {
    import('./toolbar.ts').catch(() => {
      // Keys do all that it does.
    })
  }

  /** A toolbar that is still to come finds the text when it does. */
  #give(text: Text | null): void {
    const toolbar = this.renderRoot.querySelector('vellum-toolbar')
    if (toolbar !== null) toolbar.text = text
  }

  #open(): void {
    this.#close()
    this.#since = null
    if (this.doc === null || !this.isConnected) return
    const mount = document.createElement('div')
    mount.className = 'vellum-text'
    this.append(mount)
    this.#mount = mount
    let opened: Text | null = null
    opened = new Text({
      doc: this.doc,
      awareness: this.awareness,
      mount,
      label: this.label,
      editable: () => this.editable,
      pictures: this.pictures,
      editLink: () => this.#toolbar?.editLink() ?? false,
      focusToolbar: () => {
        this.#toolbar?.focus()
        return this.#toolbar !== null
      },
      onUpdate: () => this.#toolbar?.requestUpdate(),
      onLater: () => {
        this.#adoptStyles()
        this.#toolbar?.requestUpdate()
      },
      onWritable: (writable) => {
        if (writable.kind === 'unknown' || writable.kind === 'too-new')
          this.#say<UnknownContent>('vellum-unknown-content', writable)
        // What was not known can leave the document again.
        if (writable.kind === 'yes') this.#say<null>('vellum-known-content', null)
        opened?.refresh()
        this.#toolbar?.requestUpdate()
      },
      onError: (error) =>
        this.#say<EditorFault>('vellum-error', { error, fatal: opened?.binding.writable.kind === 'broken' }),
    })
    this.#text = opened
    this.#give(opened)
  }

  #close(): void {
    this.#give(null)
    this.#text?.destroy()
    this.#text = null
    this.#mount?.remove()
    this.#mount = null
  }

  #adoptStyles(): void {
    const root = this.getRootNode()
    if (!(root instanceof Document || root instanceof ShadowRoot)) return
    for (const { styleSheet } of [...textStyles, ...(this.#text?.later?.styles ?? [])])
      if (styleSheet !== undefined && !root.adoptedStyleSheets.includes(styleSheet))
        root.adoptedStyleSheets.push(styleSheet)
  }

  #say<T>(name: string, detail: T): void {
    this.dispatchEvent(new CustomEvent<T>(name, { detail, bubbles: true, composed: true }))
  }
}

customElements.define('vellum-editor', VellumEditor)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-editor': VellumEditor
  }
}

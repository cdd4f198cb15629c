/**
 * `<vellum-document>`: one document with its bar: the way back and the title, the state of saving, the people, Share
 * and the menu. It holds the document open while it is on the screen. The editor stands below and knows none of this.
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { Writable } from '#client/editor/binding.ts'
import type { EditorFault, UnknownContent } from '#client/editor/editor.ts'
import type { Status } from '#client/sync/status.ts'
import type { DocumentId } from '#shared/id.ts'
import { CONTENT_ROOT } from '#shared/schema/document.ts'
import './announcer.ts'
import { documentMenu } from './document-menu.ts'
import { downloadText } from './download.ts'
import { type EndingAction, endingOf } from './endings.ts'
import { peopleIn } from './here.ts'
import { icon } from './icon.ts'
import { notice, noticeAbove } from './notice.ts'
import type { OpenDocument, OpenedDocument } from './opened.ts'
import { PageElement } from './page-element.ts'
import './people.ts'
import { recallPerson } from './person.ts'
import { pageText, plainText } from './plain-text.ts'
import { documentPath, unguessableId } from './route.ts'
import './saved-state.ts'
import { strip } from './strip.ts'
import './share.ts'
import './title.ts'
import { titleOf } from './title.ts'
import { PersonChanged } from './you.ts'

export class VellumDocument extends PageElement {
  static override properties = {
    documentId: { attribute: false },
    open: { attribute: false },
    status: { state: true },
    writable: { state: true },
  }

  declare documentId: DocumentId
  declare open: OpenDocument
  declare status: Status
  /** What the editor says of the text: whether this page knows all that is in it. */
  declare writable: Writable['kind']
  private opened: OpenedDocument | null = null
  private unsubscribe = (): void => undefined

  constructor() {
    super()
    this.status = { kind: 'opening', pending: 0 }
    this.writable = 'yes'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.addEventListener(PersonChanged.type, this.becomePerson)
    this.addEventListener('vellum-unknown-content', this.judged)
    this.addEventListener('vellum-known-content', this.known)
    this.addEventListener('vellum-error', this.failed)
    this.addEventListener('vellum-title-done', this.focusText)
    if (this.hasUpdated) this.enter()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.removeEventListener(PersonChanged.type, this.becomePerson)
    this.removeEventListener('vellum-unknown-content', this.judged)
    this.removeEventListener('vellum-known-content', this.known)
    this.removeEventListener('vellum-error', this.failed)
    this.removeEventListener('vellum-title-done', this.focusText)
    this.leave()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('documentId')) return
    this.leave()
    this.enter()
  }

  private enter(): void {
    const opened = this.open(this.documentId)
    this.opened = opened
    this.writable = 'yes'
    const undo = opened.subscribe(this.readStatus)
    opened.awareness.on('change', this.peopleChanged)
    opened.doc.on('update', this.textChanged)
    this.unsubscribe = () => {
      undo()
      opened.awareness.off('change', this.peopleChanged)
      opened.doc.off('update', this.textChanged)
    }
    opened.awareness.setLocalStateField('user', recallPerson())
    this.readStatus()
  }

  private leave(): void {
    this.unsubscribe()
    this.opened?.close()
    this.opened = null
  }

  private readonly readStatus = (): void => {
    if (this.opened === null) return
    this.status = this.opened.status
  }

  private readonly peopleChanged = (): void => {
    this.requestUpdate()
  }

  /** Only a text that this element draws itself has to be drawn anew. */
  private readonly textChanged = (): void => {
    if ('document' in this.status && this.status.document === 'any') this.requestUpdate()
  }

  private readonly becomePerson = (event: Event): void => {
    if (event instanceof PersonChanged) this.opened?.awareness.setLocalStateField('user', event.person)
  }

  private readonly judged = (event: Event): void => {
    if (event instanceof CustomEvent) this.writable = (event as CustomEvent<UnknownContent>).detail.kind
  }

  private readonly known = (): void => {
    this.writable = 'yes'
  }

  private readonly failed = (event: Event): void => {
    if (event instanceof CustomEvent && (event as CustomEvent<EditorFault>).detail.fatal)
      this.writable = 'broken'
  }

  private readonly focusText = (): void => {
    this.querySelector<HTMLElement>('[role="textbox"][aria-multiline]')?.focus()
  }

  /** The sheet around the text is the text's: a click there is meant for it. */
  private readonly clickSheet = (event: Event): void => {
    const around =
      event.target instanceof Element && event.target.matches('.sheet, vellum-editor, .vellum-text')
    if (around && this.editable) this.focusText()
  }

  protected override render(): TemplateResult {
    const opened = this.opened
    if (opened === null) return html`${nothing}`
    if (this.status.kind === 'stopped' && !this.synced) return this.renderEnding(opened, this.status, notice)
    const everybody = peopleIn(opened.awareness.getStates(), opened.doc.clientID)
    return html`<div class="document">
      <header class="bar">
        <button class="skip" @click=${this.focusText}>Go to the text</button>
        <a class="icon-button" href="/" aria-label="All documents" data-tip="All documents">${icon('back')}</a>
        <div class="identity">
          <vellum-title .doc=${opened.doc} .editable=${this.editable}></vellum-title>
          <vellum-saved-state .status=${this.status}></vellum-saved-state>
        </div>
        <div class="everybody">
          <vellum-people .people=${everybody.filter((person) => !person.you)}></vellum-people>
          <vellum-you></vellum-you>
        </div>
        <vellum-share></vellum-share>
        ${documentMenu({ download: this.download, newDocument: documentPath(unguessableId()) })}
      </header>
      <main class="sheet" @click=${this.clickSheet}>
        ${this.renderStrip()}
        ${this.status.kind === 'stopped' ? this.renderEnding(opened, this.status, noticeAbove) : nothing}
        ${this.renderText(opened)}
      </main>
      <vellum-announcer .people=${everybody} .status=${this.status}></vellum-announcer>
    </div>`
  }

  /** There is a text to show once the document was synced, whatever happened since and wherever one was meanwhile. */
  private get synced(): boolean {
    return this.opened?.synced ?? false
  }

  private get editable(): boolean {
    const { status } = this
    if (!this.synced || this.writable !== 'yes' || status.kind === 'stopped') return false
    if (status.kind !== 'live' && status.kind !== 'not-saving') return true
    return (status.role === 'writer' || status.role === 'owner') && status.document !== 'any'
  }

  private renderText(opened: OpenedDocument): TemplateResult {
    if (!this.synced)
      return html`<p class="late quiet waiting">
        ${
          this.status.kind === 'offline'
            ? 'The server cannot be reached. The document opens as soon as it answers.'
            : 'Opening the document…'
        }
      </p>`
    if ('document' in this.status && this.status.document === 'any')
      return html`<div class="foreign">
        <p class="quiet">Another program made this document. It can be read here, and changed there.</p>
        <pre class="plain-text" dir="auto">${plainText(opened.doc)}</pre>
      </div>`
    return html`<vellum-editor
      .doc=${opened.doc}
      .awareness=${opened.awareness}
      .editable=${this.editable}
      .label=${'Text of the document'}
    ></vellum-editor>`
  }

  private renderStrip(): TemplateResult | typeof nothing {
    if (this.writable === 'unknown' || this.writable === 'too-new')
      return strip(
        'warning',
        html`A newer version of this page wrote something here that this one does not know.
          <button class="link" @click=${reload}>Reload to get the new version</button>`,
      )
    if (this.writable === 'broken')
      return strip(
        'warning',
        html`The text could not be shown as it is, so it cannot be changed here. Nothing of it is lost.
          <button class="link" @click=${reload}>Reload</button>`,
      )
    if (this.status.kind === 'not-saving')
      return strip(
        'warning',
        'The server cannot save at the moment. Keep this tab open: what you write is sent as soon as it can.',
      )
    return nothing
  }

  private renderEnding(
    opened: OpenedDocument,
    { code, pending, reason }: Status & { kind: 'stopped' },
    show: typeof notice,
  ): TemplateResult {
    const { heading, text, actions } = endingOf({ code, unsent: pending, hasText: this.synced })
    return show({
      heading,
      text,
      actions: html`${actions.map((action, place) => this.renderAction(action, place === 0, opened))}`,
      details: reason === '' ? `Code ${code}.` : `Code ${code}: ${reason}.`,
    })
  }

  private renderAction(action: EndingAction, first: boolean, opened: OpenedDocument): TemplateResult {
    const look = first ? 'button primary' : 'button'
    switch (action) {
      case 'reload':
        return html`<button class=${look} @click=${reload}>Reload</button>`
      case 'download':
        return html`<button class=${look} @click=${() => download(opened)}>Download a copy</button>`
      case 'home':
        return html`<a class=${look} href="/">All documents</a>`
    }
  }

  private readonly download = (): void => {
    if (this.opened !== null) download(this.opened)
  }
}

function download({ doc }: OpenedDocument): void {
  downloadText(titleOf(doc), doc.share.has(CONTENT_ROOT) ? pageText(doc) : plainText(doc))
}

function reload(): void {
  location.reload()
}

customElements.define('vellum-document', VellumDocument)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-document': VellumDocument
  }
}

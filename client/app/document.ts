/**
 * `<vellum-document>`: one document with its bar: the way back and the title, the state of saving, the people, Share
 * and the menu. It holds the document open while it is on the screen. The editor stands below and knows none of this.
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { Writable } from '#client/editor/binding.ts'
import type { EditorFault, UnknownContent } from '#client/editor/editor.ts'
import type { Status } from '#client/sync/status.ts'
import { codes } from '#shared/codes.ts'
import type { DocumentId } from '#shared/id.ts'
import type {} from './announcer.ts'
import { Beside } from './beside.ts'
import type { Device } from './device.ts'
import { documentActions } from './document-actions.ts'
import { documentMenu } from './document-menu.ts'
import { documentStrip } from './document-strip.ts'
import type {} from './ending.ts'
import type {} from './foreign.ts'
import type { Link } from './given-token.ts'
import { peopleIn } from './here.ts'
import { icon } from './icon.ts'
import type { OpenDocument, OpenedDocument } from './opened.ts'
import { PageElement } from './page-element.ts'
import type {} from './people.ts'
import { allowedPictures } from './pictures.ts'
import { newDocumentPath } from './route.ts'
import './saved-state.ts'
import { isReading } from './saving.ts'
import './share.ts'
import './title.ts'
import { PersonChanged } from './person-changed.ts'
import { mayBegin, NOBODY, personOf, type Who } from './who.ts'
import './you.ts'

export class VellumDocument extends PageElement {
  static override properties = {
    documentId: { attribute: false },
    open: { attribute: false },
    device: { attribute: false },
    isNew: { attribute: false },
    who: { attribute: false },
    link: { attribute: false },
    status: { state: true },
    writable: { state: true },
  }

  declare documentId: DocumentId
  declare open: OpenDocument
  declare device: Device
  /** Whether the address was made a moment ago for a document that is to begin here. */
  declare isNew: boolean
  declare who: Who
  declare link: Link
  declare status: Status
  /** What the editor says of the text: whether this page knows all that is in it. */
  declare writable: Writable['kind']
  private readonly pictures = allowedPictures()
  private opened: OpenedDocument | null = null
  /** What is to be undone when the document is left. */
  private endings: (() => void)[] = []

  constructor() {
    super()
    this.status = { kind: 'opening', pending: 0 }
    this.writable = 'yes'
    this.isNew = false
    this.who = NOBODY
    this.link = 'none'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.addEventListener(PersonChanged.type, this.becomePerson)
    this.addEventListener('vellum-unknown-content', this.judged)
    this.addEventListener('vellum-known-content', this.known)
    this.addEventListener('vellum-error', this.failed)
    this.addEventListener('vellum-title-done', this.focusText)
    this.addEventListener('vellum-discard', this.discard)
    if (this.hasUpdated) this.enter()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.removeEventListener(PersonChanged.type, this.becomePerson)
    this.removeEventListener('vellum-unknown-content', this.judged)
    this.removeEventListener('vellum-known-content', this.known)
    this.removeEventListener('vellum-error', this.failed)
    this.removeEventListener('vellum-title-done', this.focusText)
    this.removeEventListener('vellum-discard', this.discard)
    this.leave()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('documentId')) {
      this.leave()
      this.enter()
    } else if (changed.has('who')) this.opened?.awareness.setLocalStateField('user', personOf(this.who))
  }

  private enter(): void {
    const opened = this.open(this.documentId)
    this.opened = opened
    this.writable = 'yes'
    const undo = opened.subscribe(this.readStatus)
    opened.awareness.on('change', this.peopleChanged)
    if (this.isNew) opened.create()
    fetchCompany()
    const beside = new Beside(opened, () => this.querySelector('vellum-editor'))
    this.endings = [undo, () => beside.close(), () => opened.awareness.off('change', this.peopleChanged)]
    opened.awareness.setLocalStateField('user', personOf(this.who))
    this.readStatus()
  }

  private leave(): void {
    for (const end of this.endings.splice(0)) end()
    this.opened?.close()
    this.opened = null
  }

  private readonly readStatus = (): void => {
    if (this.opened === null) return
    const { status } = this.opened
    // Found again after a while: that may be a newer server, with a newer page.
    if (status.kind === 'live' && this.status.kind !== 'live' && this.status.kind !== 'opening')
      window.dispatchEvent(new Event('vellum-back'))
    this.status = status
    // It is not the status alone: the device has a say, too.
    this.requestUpdate()
  }

  private readonly peopleChanged = (): void => {
    fetchCompany()
    this.requestUpdate()
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

  private readonly discard = (event: Event): void => {
    const theirs = event instanceof CustomEvent && event.detail === true
    void this.device.discard(this.documentId).then(() => location.assign(theirs ? location.pathname : '/'))
  }

  protected override render(): TemplateResult {
    const opened = this.opened
    if (opened === null) return html`${nothing}`
    if (opened.ended !== null && !this.hasText) return this.renderEnding(opened)
    const everybody = peopleIn(opened.awareness.getStates(), opened.doc.clientID)
    return html`<div class="document">
      <header class="bar">
        <button class="skip" @click=${this.focusText}>Go to the text</button>
        <a class="icon-button" href="/" aria-label="All documents" data-tip="All documents">${icon('back')}</a>
        <div class="identity">
          <vellum-title .doc=${opened.doc} .editable=${this.editable}></vellum-title>
          <vellum-saved-state
            .status=${this.status}
            .device=${opened.device}
            .atRisk=${opened.atRisk}
            .viewOnly=${this.isReader}
          ></vellum-saved-state>
        </div>
        <div class="everybody">
          <vellum-people .people=${everybody.filter((person) => !person.you)}></vellum-people>
          <vellum-you .who=${this.who} .unsent=${this.status.pending}></vellum-you>
        </div>
        <vellum-share .documentId=${this.documentId} .who=${this.who} .rights=${opened.role}></vellum-share>
        ${this.renderMenu(opened)}
      </header>
      <main class="sheet" @click=${this.clickSheet}>
        ${documentStrip({ writable: this.writable, status: this.status, opened, isReader: this.isReader })}
        ${opened.ended === null ? nothing : this.renderEnding(opened)}
        ${this.renderText(opened)}
      </main>
      <vellum-announcer .people=${everybody} .status=${this.status} .device=${opened.device} .atRisk=${opened.atRisk}></vellum-announcer>
    </div>`
  }

  private renderMenu(opened: OpenedDocument): TemplateResult {
    const at = { id: this.documentId, opened }
    const prefix = mayBegin(this.who)
    const newDocument = prefix === null ? null : newDocumentPath(prefix)
    return documentMenu({
      ...documentActions(at, newDocument),
      newDocument,
      youLabel: this.who.identity === null ? 'Your name and colour' : 'You',
    })
  }

  /** There is a text to show once the device had it or the server sent it, whatever happened since. */
  private get hasText(): boolean {
    return this.opened?.loaded === true && (this.opened.found || this.opened.synced)
  }

  /** Changes that are neither on the server nor on this device, at this moment. */
  get atRisk(): number {
    return this.opened?.atRisk ?? 0
  }

  /** Whether whoever is here may not open it, as far as the server last said. */
  get isRefused(): boolean {
    const code = this.opened?.ended?.code
    return code === codes.unauthenticated.code || code === codes.forbidden.code
  }

  private get isReader(): boolean {
    return isReading(this.opened?.role ?? null)
  }

  private get editable(): boolean {
    if (!this.hasText || this.writable !== 'yes' || this.opened?.ended !== null) return false
    return !this.isReader && this.opened?.kind !== 'any'
  }

  private renderText(opened: OpenedDocument): TemplateResult {
    if (!this.hasText) return this.renderWaiting(opened)
    if (this.opened?.kind === 'any') {
      void import('./foreign.ts')
      return html`<vellum-foreign .doc=${opened.doc}></vellum-foreign>`
    }
    return html`<vellum-editor
      .doc=${opened.doc}
      .awareness=${opened.awareness}
      .editable=${this.editable}
      .pictures=${this.pictures}
      .label=${'Text of the document'}
    ></vellum-editor>`
  }

  private renderWaiting(opened: OpenedDocument): TemplateResult {
    if (!opened.loaded || this.status.kind !== 'offline')
      return html`<p class="late quiet waiting">Opening the document…</p>`
    return html`<div class="waiting">
      <p>The server cannot be reached, and ${isSilent(opened) ? 'what this device holds did not answer in time' : 'this device does not hold this document'}. It opens as soon as the server answers.</p>
      <p class="quiet">
        Is it to begin here? <button class="link" @click=${() => opened.create()}>Start writing</button>
        What the server has of it is put together with yours later.
      </p>
    </div>`
  }

  private renderEnding(opened: OpenedDocument): TemplateResult {
    void import('./ending.ts')
    return html`<vellum-ending
      .opened=${opened}
      .ended=${opened.ended}
      .who=${this.who}
      .link=${this.link}
      .unsent=${this.status.pending}
      .hasText=${this.hasText}
      .isKept=${opened.device.kind === 'kept' || opened.device.kind === 'keeping'}
    ></vellum-ending>`
  }
}

function isSilent({ device }: OpenedDocument): boolean {
  return device.kind === 'not-kept' && device.reason === 'silent'
}

function fetchCompany(): void {
  import('./company.ts').catch(() => {
    // The text is written without it. It is asked for again when somebody comes or goes.
  })
}

customElements.define('vellum-document', VellumDocument)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-document': VellumDocument
  }
}

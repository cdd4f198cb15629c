/** `<vellum-app>`: which of the page's places is shown. It owns the address bar and nothing else does. */
import { html, nothing, type TemplateResult } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import type { DocumentId } from '#shared/id.ts'
import type { Device } from './device.ts'
import { notice } from './notice.ts'
import type { OpenDocument } from './opened.ts'
import { PageElement } from './page-element.ts'
import { NEW, type Route, routeOf } from './route.ts'

/** What editing takes, fetched when the first document is opened. */
type Editing = { readonly open: OpenDocument }

export class VellumApp extends PageElement {
  static override properties = {
    route: { state: true },
    editing: { state: true },
    home: { state: true },
  }

  declare route: Route
  declare editing: Editing | 'loading' | 'failed'
  declare home: 'loading' | 'ready' | 'failed'
  /** Set once, before the element is connected. */
  declare device: Device
  /** Fetches the list of documents. Set once, before the element is connected. */
  declare loadHome: () => Promise<unknown>
  /** Fetches the part of the page that edits. Set once, before the element is connected. */
  declare loadEditing: () => Promise<Editing>

  constructor() {
    super()
    this.route = { kind: 'home' }
    this.editing = 'loading'
    this.home = 'loading'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.addEventListener('click', this.followLink)
    window.addEventListener('popstate', this.readAddress)
    this.readAddress()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.removeEventListener('click', this.followLink)
    window.removeEventListener('popstate', this.readAddress)
  }

  private comesFromDocument = false
  private isNew = false
  private preparing: Promise<Editing> | null = null

  private readonly readAddress = (): void => {
    this.comesFromDocument = this.route.kind === 'document'
    this.route = routeOf(location.pathname)
    this.isNew = location.hash === NEW
    // It is new once: who copies the address, or comes back to it, has a document like any other.
    if (this.isNew) history.replaceState(null, '', location.pathname)
    if (this.route.kind === 'document') void this.prepareEditing()
    else document.title = 'Vellum'
    if (this.route.kind === 'home' && this.home !== 'ready') void this.prepareHome()
  }

  private async prepareHome(): Promise<void> {
    this.home = 'loading'
    try {
      await this.loadHome()
      this.home = 'ready'
    } catch {
      // As with editing: the notice offers a reload.
      this.home = 'failed'
    }
  }

  private async prepareEditing(): Promise<void> {
    this.preparing ??= this.loadEditing()
    try {
      this.editing = await this.preparing
    } catch {
      // The server went away, or has a newer page whose files have other names: the notice offers a reload.
      this.editing = 'failed'
      this.preparing = null
    }
  }

  /** Opens documents that hold unsent changes, unseen, so that these are sent; each closes once its are. */
  private readonly sendWaiting = async (ids: readonly DocumentId[]): Promise<void> => {
    await this.prepareEditing()
    if (typeof this.editing !== 'object') return
    for (const id of ids) this.editing.open(id).close()
  }

  /** Links to places of the page change the address without a load. */
  private readonly followLink = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null
    if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return
    if (link.origin !== location.origin || link.closest('vellum-editor') !== null) return
    if (routeOf(link.pathname).kind === 'unknown' || (link.hash !== '' && link.hash !== NEW)) return
    event.preventDefault()
    history.pushState(null, '', link.href)
    this.readAddress()
    scrollTo(0, 0)
    void this.updateComplete.then(() => this.focusPlace())
  }

  /** After a change of place a reader of the screen starts at its top. */
  private focusPlace(): void {
    const place = this.querySelector<HTMLElement>('[data-place]')
    place?.focus({ preventScroll: true })
  }

  protected override render(): TemplateResult {
    switch (this.route.kind) {
      case 'home':
        if (this.home === 'failed') return incomplete()
        return this.home === 'loading'
          ? html`${nothing}`
          : html`<vellum-home
              .comesFromDocument=${this.comesFromDocument}
              .device=${this.device}
              .sendWaiting=${this.sendWaiting}
            ></vellum-home>`
      case 'document':
        return this.renderDocument(this.route.id)
      case 'unknown':
        return notice({
          heading: 'There is nothing at this address',
          text: 'It may be mistyped, or a part of it got lost on the way.',
          actions: html`<a class="button primary" href="/">All documents</a>`,
        })
    }
  }

  private renderDocument(id: DocumentId): TemplateResult {
    if (this.editing === 'loading') return html`${nothing}`
    if (this.editing === 'failed') return incomplete()
    return html`${keyed(
      id,
      html`<vellum-document
        .documentId=${id}
        .isNew=${this.isNew}
        .open=${this.editing.open}
        .device=${this.device}
      ></vellum-document>`,
    )}`
  }
}

function incomplete(): TemplateResult {
  return notice({
    heading: 'The page could not be loaded whole',
    text: 'A part of it did not arrive. Check your connection and reload.',
    actions: html`<button class="button primary" @click=${() => location.reload()}>Reload</button>`,
  })
}

customElements.define('vellum-app', VellumApp)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-app': VellumApp
  }
}

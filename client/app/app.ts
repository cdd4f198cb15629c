/** `<vellum-app>`: which of the page's places is shown. It owns the address bar and nothing else does. */
import { html, nothing, type TemplateResult } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import type { DocumentId } from '#shared/id.ts'
import type { Device } from './device.ts'
import type {} from './document.ts'
import type { Editing } from './editing.ts'
import { type Link, takeToken } from './given-token.ts'
import { notice } from './notice.ts'
import { PageElement } from './page-element.ts'
import { NEW, type Route, routeOf } from './route.ts'
import type { SigningIn } from './signing-in.ts'
import { isLetInto, keyOf, nowThat, recallWho, rememberWho, sameWho, WHO_KEY, type Who } from './who.ts'

export class VellumApp extends PageElement {
  static override properties = {
    route: { state: true },
    editing: { state: true },
    home: { state: true },
    who: { state: true },
    link: { state: true },
    question: { state: true },
  }

  declare route: Route
  declare editing: Editing | 'loading' | 'failed'
  declare home: 'loading' | 'ready' | 'failed'
  declare who: Who
  declare link: Link
  /** Shown in place of the document until it is answered. */
  declare question: TemplateResult | null
  /** What this device holds of a person. Set once, before the element is connected. */
  declare makeDevice: (key: string) => Device
  /** A token that was in the address. Set once, before the element is connected. */
  declare given: string | null
  /** Fetches the list of documents. Set once, before the element is connected. */
  declare loadHome: () => Promise<unknown>
  /** Fetches the part of the page that edits. Set once, before the element is connected. */
  declare loadEditing: (who: Who, device: Device) => Promise<Editing>
  /** Fetches what speaks to the server of who is here. Set once, before the element is connected. */
  declare loadSigningIn: () => Promise<typeof SigningIn>

  constructor() {
    super()
    this.route = { kind: 'home' }
    this.editing = 'loading'
    this.home = 'loading'
    this.who = recallWho()
    this.link = 'none'
    this.question = null
    this.given = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.addEventListener('click', this.followLink)
    window.addEventListener('popstate', this.readAddress)
    window.addEventListener('storage', this.readStorage)
    this.readAddress()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.removeEventListener('click', this.followLink)
    window.removeEventListener('popstate', this.readAddress)
    window.removeEventListener('storage', this.readStorage)
  }

  private comesFromDocument = false
  private isNew = false
  private preparing: Promise<Editing> | null = null
  private signingIn: Promise<SigningIn> | null = null
  private held: Device | null = null
  /** Counts what may have opened a document that was not. */
  private turn = 0

  get device(): Device {
    this.held ??= this.makeDevice(keyOf(this.who))
    return this.held
  }

  private readonly readAddress = (): void => {
    this.comesFromDocument = this.route.kind === 'document'
    this.route = routeOf(location.pathname)
    const token = this.given ?? takeToken(location, history)
    // Who goes elsewhere instead of answering stays who they are.
    if (this.question !== null) this.link = 'none'
    this.question = null
    this.given = null
    if (token !== null && this.route.kind === 'document') void this.takeUp(token, this.route.id)
    this.isNew = location.hash === NEW
    // It is new once: who copies the address, or comes back to it, has a document like any other.
    if (this.isNew) history.replaceState(null, '', location.pathname)
    if (this.route.kind !== 'document') document.title = 'Vellum'
    // Whose store it is opens with the answer about the link.
    else if (this.link !== 'opening') void this.prepareEditing()
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
    this.preparing ??= this.loadEditing(this.who, this.device)
    const { preparing } = this
    try {
      const editing = await preparing
      if (this.preparing === preparing) this.editing = editing
    } catch {
      // The server went away, or has a newer page whose files have other names: the notice offers a reload.
      this.editing = 'failed'
      this.preparing = null
    }
  }

  /** Asks the server who is here; called when the first screen is there, and where a document was refused. */
  readonly askWho = async (): Promise<void> => {
    await (await this.signing())?.ask()
  }

  private async takeUp(token: string, id: DocumentId): Promise<void> {
    this.link = 'opening'
    const signing = await this.signing()
    if (signing === null) this.link = 'unreachable'
    else await signing.takeUp({ token, id }, { tell: this.linkTold, put: this.put })
    if (this.link === 'unreachable' && this.route.kind === 'document') void this.prepareEditing()
  }

  private readonly linkTold = (link: Link): void => {
    this.link = link
    // What it grants may open what was refused a moment ago.
    if (link === 'none') this.turn += 1
    if (link !== 'opening' && this.route.kind === 'document') void this.prepareEditing()
  }

  private readonly put = (question: TemplateResult | null): void => {
    this.question = question
    if (question !== null) void this.updateComplete.then(() => this.focusPlace())
  }

  /** Null where that part of the page did not arrive. */
  private async signing(): Promise<SigningIn | null> {
    this.signingIn ??= this.loadSigningIn().then(
      (Part) => new Part((who) => this.become(nowThat(this.who, who))),
    )
    try {
      return await this.signingIn
    } catch {
      // Asked for again when it is needed again.
      this.signingIn = null
      return null
    }
  }

  /** Another tab was told who is here. */
  private readonly readStorage = ({ key }: StorageEvent): void => {
    if (key === WHO_KEY) this.become(recallWho())
  }

  private become(who: Who): void {
    if (sameWho(who, this.who)) return
    const before = this.who
    rememberWho(who)
    this.who = who
    if (keyOf(who) === keyOf(before)) {
      // A link that another tab took up opens what was refused here.
      const isRefused = this.querySelector('vellum-document')?.isRefused === true
      if (isRefused && this.route.kind === 'document' && isLetInto(who, this.route.id)) this.turn += 1
      return
    }
    const ended = this.preparing
    this.preparing = null
    this.editing = 'loading'
    this.held = null
    // First off the screen: an editor must not stand on a document that has ended.
    void this.updateComplete.then(async () => {
      ;(await ended?.catch(() => null))?.end()
    })
    if (this.route.kind === 'document' && this.link !== 'opening') void this.prepareEditing()
  }

  private readonly signOut = async (): Promise<void> => {
    const { who, device, preparing } = this
    await (await this.signing())?.signOut(async () => {
      await this.updateComplete
      await preparing?.catch(() => null)
      return keyOf(this.who) === keyOf(who) ? null : device
    })
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
          : html`${keyed(
              keyOf(this.who),
              html`<vellum-home
                .comesFromDocument=${this.comesFromDocument}
                .who=${this.who}
                .device=${this.device}
                .sendWaiting=${this.sendWaiting}
                @vellum-refused=${this.askWho}
                @vellum-sign-out=${this.signOut}
              ></vellum-home>`,
            )}`
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
    if (this.question !== null) return this.question
    // Whose it is to be opened as, and whether it may be, is told with the answer about the link.
    if (this.link === 'opening') return html`<p class="late quiet waiting">Opening the document…</p>`
    if (this.editing === 'loading') return html`${nothing}`
    if (this.editing === 'failed') return incomplete()
    return html`${keyed(
      `${this.turn} ${keyOf(this.who)} ${id}`,
      html`<vellum-document
        .documentId=${id}
        .isNew=${this.isNew}
        .open=${this.editing.open}
        .device=${this.device}
        .who=${this.who}
        .link=${this.link}
        @vellum-refused=${this.askWho}
        @vellum-sign-out=${this.signOut}
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

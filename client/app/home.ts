/** `<vellum-home>`: the documents, newest change first, and the way to a new one. */
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { DocumentId } from '#shared/id.ts'
import { beginning } from './beginning.ts'
import type { Device } from './device.ts'
import { empty, notForYou, onlyHere, type Without } from './home-states.ts'
import { icon } from './icon.ts'
import { type Row, rowsOf } from './listing.ts'
import { PageElement } from './page-element.ts'
import { fetchRecent, NotForYou, Unreachable } from './recent.ts'
import { documentPath } from './route.ts'
import { ago, exactly } from './when.ts'
import { NOBODY, type Who } from './who.ts'
import './you.ts'

/** The server reads a title for its list a quiet second after it changed. */
const TITLE_KNOWN_MS = 2_500

/** While the server does not answer, or this device still holds something for it, the list looks again. */
const AGAIN_MS = 5_000
/** An answer that takes longer is not waited for: what this device holds is shown meanwhile. */
const PATIENCE_MS = 2_000

type Listing =
  | { readonly kind: 'loading' }
  /** The server failed and this device holds nothing. */
  | { readonly kind: 'failed'; readonly reason: string }
  | {
      readonly kind: 'listed'
      readonly rows: readonly Row[]
      /** Why these are only the documents on this device; null where the server listed its. */
      readonly without: Without | null
    }

export class VellumHome extends PageElement {
  static override properties = {
    comesFromDocument: { attribute: false },
    device: { attribute: false },
    sendWaiting: { attribute: false },
    who: { attribute: false },
    listing: { state: true },
    sought: { state: true },
  }

  declare listing: Listing
  /** Whether a document was left for this list: it then learns a moment later what that is called by now. */
  declare comesFromDocument: boolean
  declare sought: string
  declare device: Device
  declare who: Who
  /** Opens these, unseen, so that what they hold for the server is sent. */
  declare sendWaiting: (ids: readonly DocumentId[]) => Promise<void>
  private asking: AbortController | null = null
  private soon: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.listing = { kind: 'loading' }
    this.sought = ''
    this.comesFromDocument = false
    this.who = NOBODY
  }

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('visibilitychange', this.refreshWhenSeen)
    window.addEventListener('online', this.refreshWhenSeen)
    if (this.hasUpdated) void this.refresh()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    document.removeEventListener('visibilitychange', this.refreshWhenSeen)
    window.removeEventListener('online', this.refreshWhenSeen)
    this.asking?.abort()
    clearTimeout(this.soon)
  }

  protected override firstUpdated(): void {
    void this.refresh()
    if (this.comesFromDocument) this.again(TITLE_KNOWN_MS)
  }

  private readonly refreshWhenSeen = (): void => {
    if (document.visibilityState === 'visible') void this.refresh()
  }

  private again(ms: number): void {
    clearTimeout(this.soon)
    this.soon = setTimeout(this.refreshWhenSeen, ms)
  }

  private async refresh(): Promise<void> {
    this.asking?.abort()
    const asking = new AbortController()
    this.asking = asking
    const late = setTimeout(() => void this.listHeld(asking, 'answer'), PATIENCE_MS)
    try {
      const documents = await fetchRecent(asking.signal)
      const known = await this.device.documents()
      if (this.asking !== asking) return
      this.listing = { kind: 'listed', rows: rowsOf(documents, known), without: null }
      const waiting = known.filter((document) => document.waiting > 0 && document.ended === null)
      if (waiting.length === 0) return
      this.again(AGAIN_MS)
      await this.sendWaiting(waiting.map(({ id }) => id))
    } catch (error) {
      // A newer question took this one's place, or the page went on: its answer is of no use.
      if (this.asking !== asking || asking.signal.aborted) return
      if (error instanceof NotForYou) this.dispatchEvent(new Event('vellum-refused', { bubbles: true }))
      await this.listHeld(asking, withoutOf(error), error)
      this.again(AGAIN_MS)
    } finally {
      clearTimeout(late)
    }
  }

  /** Lists what this device holds, while `asking` is still the newest question. */
  private async listHeld(asking: AbortController, without: Without, error?: unknown): Promise<void> {
    // A list that was there stays while the answer is late.
    if (without === 'answer' && this.listing.kind !== 'loading') return
    const rows = rowsOf(null, await this.device.documents())
    if (this.asking !== asking || (without === 'answer' && this.listing.kind !== 'loading')) return
    if (rows.length > 0 || without === 'server' || without === 'access')
      this.listing = { kind: 'listed', rows, without }
    else if (without === 'list')
      this.listing = { kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
  }

  protected override render(): TemplateResult {
    return html`<div class="home">
      <header class="masthead">
        <span class="wordmark">Vellum</span>
        ${
          this.who.mode === 'guarded' && this.who.identity === null
            ? nothing
            : html`<vellum-you .who=${this.who} .unsent=${this.unsent()}></vellum-you>`
        }
      </header>
      <main>
        <div class="heading">
          <h1 tabindex="-1" data-place>Documents</h1>
          ${this.hasDocuments() ? beginning('New document', this.who) : nothing}
        </div>
        ${this.renderListing()}
      </main>
    </div>`
  }

  private unsent(): number {
    return this.listing.kind === 'listed'
      ? this.listing.rows.reduce((sum, { waiting }) => sum + waiting, 0)
      : 0
  }

  private hasDocuments(): boolean {
    return this.listing.kind !== 'listed' || this.listing.without !== null || this.listing.rows.length > 0
  }

  private renderListing(): TemplateResult {
    switch (this.listing.kind) {
      case 'loading':
        return html`<p class="late quiet" role="status">Loading…</p>`
      case 'failed':
        return html`<section class="empty" role="alert">
          <h2>The documents could not be listed</h2>
          <p>The server did not answer as it should. A document opens by its own address all the same.</p>
          <button class="button" @click=${this.retry}>Try again</button>
          <details><summary>Details</summary><p>${this.listing.reason}</p></details>
        </section>`
      case 'listed': {
        const { rows, without } = this.listing
        if (without === null) return rows.length === 0 ? empty(this.who) : this.renderDocuments(rows)
        if (without === 'access')
          return html`${notForYou(this.who)} ${rows.length === 0 ? nothing : this.renderDocuments(rows)}`
        return html`<p class="only-here" role="status">${icon('offline')}<span>${onlyHere(without, rows.length)}</span></p>
          ${rows.length === 0 ? nothing : this.renderDocuments(rows)}`
      }
    }
  }

  private readonly retry = (): void => {
    this.listing = { kind: 'loading' }
    void this.refresh()
  }

  private renderDocuments(rows: readonly Row[]): TemplateResult {
    const found = rows.filter((document) => matches(document, this.sought))
    const now = Date.now()
    return html`<label class="search">
        ${icon('search')}
        <span class="hidden">Search titles</span>
        <input
          type="search"
          placeholder="Search titles"
          autocomplete="off"
          .value=${this.sought}
          @input=${this.seek}
        />
      </label>
      <p class="hidden" role="status">${this.sought === '' ? '' : `${found.length} found`}</p>
      ${
        found.length === 0
          ? html`<p class="quiet">No title has “${this.sought.trim()}” in it.</p>`
          : html`<ul class="documents">
              ${repeat(
                found,
                (document) => document.id,
                (document) => html`<li>${row(document, now)}</li>`,
              )}
            </ul>`
      }`
  }

  private readonly seek = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) this.sought = event.target.value
  }
}

function row(document: Row, now: number): TemplateResult {
  const author = authorOf(document.author)
  return html`<a href=${documentPath(document.id)}>
    <bdi class=${document.title === '' ? 'title untitled' : 'title'}>${document.title || 'Untitled'}</bdi>
    ${document.kind === 'any' ? html`<span class="kind">Read only here</span>` : nothing}
    ${document.mark === '' ? nothing : html`<span class=${document.isEnded ? 'mark ended' : 'mark'}>${document.mark}</span>`}
    <span class="touched">
      ${author === '' ? nothing : html`<bdi>${author}</bdi> · `}<time
        datetime=${new Date(document.time).toISOString()}
        title=${exactly(document.time)}
        >${ago(document.time, now)}</time
      >
    </span>
  </a>`
}

/** Whom people know: guests have names the server made, and not here. */
function authorOf(author: string): string {
  if (author === 'anonymous') return ''
  return author.startsWith('guest:') ? 'A guest' : author
}

function withoutOf(error: unknown): Without {
  if (error instanceof NotForYou) return 'access'
  return error instanceof Unreachable ? 'server' : 'list'
}

function matches(document: Row, sought: string): boolean {
  const words = sought.toLocaleLowerCase().split(/\s+/u).filter(Boolean)
  const title = (document.title || 'Untitled').toLocaleLowerCase()
  return words.every((word) => title.includes(word))
}

customElements.define('vellum-home', VellumHome)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-home': VellumHome
  }
}

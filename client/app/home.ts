/** `<vellum-home>`: the documents, newest change first, and the way to a new one. */
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { icon } from './icon.ts'
import { PageElement } from './page-element.ts'
import { fetchRecent, type RecentDocument } from './recent.ts'
import { documentPath, unguessableId } from './route.ts'
import { ago, exactly } from './when.ts'
import './you.ts'

/** The server reads a title for its list a quiet second after it changed. */
const TITLE_KNOWN_MS = 2_500

type Listing =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'listed'; readonly documents: readonly RecentDocument[] }

export class VellumHome extends PageElement {
  static override properties = {
    comesFromDocument: { attribute: false },
    listing: { state: true },
    sought: { state: true },
  }

  declare listing: Listing
  /** Whether a document was left for this list: it then learns a moment later what that is called by now. */
  declare comesFromDocument: boolean
  declare sought: string
  private asking: AbortController | null = null
  private soon: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.listing = { kind: 'loading' }
    this.sought = ''
    this.comesFromDocument = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('visibilitychange', this.refreshWhenSeen)
    void this.refresh()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    document.removeEventListener('visibilitychange', this.refreshWhenSeen)
    this.asking?.abort()
    clearTimeout(this.soon)
  }

  protected override firstUpdated(): void {
    if (this.comesFromDocument) this.soon = setTimeout(this.refreshWhenSeen, TITLE_KNOWN_MS)
  }

  private readonly refreshWhenSeen = (): void => {
    if (document.visibilityState === 'visible') void this.refresh()
  }

  private async refresh(): Promise<void> {
    this.asking?.abort()
    const asking = new AbortController()
    this.asking = asking
    try {
      const documents = await fetchRecent(asking.signal)
      if (this.asking === asking) this.listing = { kind: 'listed', documents }
    } catch (error) {
      // A newer question took this one's place, or the page went on: its answer is of no use.
      if (this.asking !== asking || asking.signal.aborted) return
      const reason = error instanceof Error ? error.message : String(error)
      this.listing = { kind: 'failed', reason }
    }
  }

  protected override render(): TemplateResult {
    return html`<div class="home">
      <header class="masthead">
        <span class="wordmark">Vellum</span>
        <vellum-you></vellum-you>
      </header>
      <main>
        <div class="heading">
          <h1 tabindex="-1" data-place>Documents</h1>
          ${this.hasDocuments() ? newDocument('New document') : nothing}
        </div>
        ${this.renderListing()}
      </main>
    </div>`
  }

  private hasDocuments(): boolean {
    return this.listing.kind !== 'listed' || this.listing.documents.length > 0
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
      case 'listed':
        return this.listing.documents.length === 0 ? empty() : this.renderDocuments(this.listing.documents)
    }
  }

  private readonly retry = (): void => {
    this.listing = { kind: 'loading' }
    void this.refresh()
  }

  private renderDocuments(documents: readonly RecentDocument[]): TemplateResult {
    const found = documents.filter((document) => matches(document, this.sought))
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

function row(document: RecentDocument, now: number): TemplateResult {
  const author = document.author === '' || document.author === 'anonymous' ? '' : document.author
  return html`<a href=${documentPath(document.id)}>
    <bdi class=${document.title === '' ? 'title untitled' : 'title'}>${document.title || 'Untitled'}</bdi>
    ${document.kind === 'any' ? html`<span class="kind">Read only here</span>` : nothing}
    <span class="touched">
      ${author === '' ? nothing : html`<bdi>${author}</bdi> · `}<time
        datetime=${new Date(document.time).toISOString()}
        title=${exactly(document.time)}
        >${ago(document.time, now)}</time
      >
    </span>
  </a>`
}

function empty(): TemplateResult {
  return html`<section class="empty">
    <p class="lead">Write here together, each in your own browser; when it says Saved, it is on disk.</p>
    ${newDocument('Write the first document')}
  </section>`
}

/** A link, so that it can be opened in a new tab; each drawing of it leads to a document of its own. */
function newDocument(label: string): TemplateResult {
  return html`<a class="button primary" href=${documentPath(unguessableId())}>${icon('add')}${label}</a>`
}

function matches(document: RecentDocument, sought: string): boolean {
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

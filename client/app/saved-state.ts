/**
 * `<vellum-saved-state>`: the state of saving in words and a sign. "Saving…" shows only when it lasts 400 ms, so that
 * ordinary typing leaves it still. People who cannot see it hear only what matters (announcer.ts).
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { Status } from '#client/sync/status.ts'
import { type IconName, icon } from './icon.ts'
import { PageElement } from './page-element.ts'
import { type Sign, savingWords } from './saving.ts'

const LINGER_MS = 400

const SIGNS: Record<Sign, IconName | null> = {
  none: null,
  saved: 'saved',
  saving: 'saving',
  offline: 'offline',
  reconnecting: 'reconnecting',
  'not-saving': 'warning',
  stopped: 'warning',
}

export class VellumSavedState extends PageElement {
  static override properties = {
    status: { attribute: false },
    shown: { state: true },
  }

  declare status: Status
  /** What the words stand for: lags behind `status` where that is in passing. */
  declare shown: Status | null
  private savedAt: number | null = null
  private lingering: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.status = { kind: 'opening', pending: 0 }
    this.shown = null
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.lingering)
    this.lingering = undefined
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('status')) return
    const before = changed.get('status')
    if (before?.kind === 'live' && before.pending > 0 && isSaved(this.status)) this.savedAt = Date.now()
    if (!isPassing(this.status)) {
      clearTimeout(this.lingering)
      this.lingering = undefined
      this.shown = this.status
    } else if (this.shown !== null && this.shown.kind === this.status.kind && isPassing(this.shown)) {
      this.shown = this.status
    } else {
      this.lingering ??= setTimeout(this.show, LINGER_MS)
    }
  }

  private readonly show = (): void => {
    this.lingering = undefined
    this.shown = this.status
  }

  protected override render(): TemplateResult {
    const words = this.shown === null ? null : savingWords(this.shown, this.savedAt)
    const viewOnly =
      (this.status.kind === 'live' || this.status.kind === 'not-saving') && isReader(this.status.role)
    const sign = words === null ? null : SIGNS[words.sign]
    // aria-live is off: hearing "Saving… Saved" at every pause would drown the text. The announcer speaks instead.
    return html`<span
        class="saved-state ${words?.sign ?? 'none'}"
        role="status"
        aria-live="off"
        data-tip=${words?.detail || nothing}
        >${sign === null ? nothing : icon(sign)}<span class="words"
          >${words?.word}${words?.count ? html`<span class="count"> · ${words.count}</span>` : nothing}${
            words?.advice ? html`<span class="advice">, ${words.advice}</span>` : nothing
          }</span
        ></span
      >${
        viewOnly
          ? html`<span class="view-only" data-tip="You can read this document, not change it."
              >${icon('viewOnly')}<span>View only</span></span
            >`
          : nothing
      }`
  }
}

/** States that mostly end by themselves within a moment. */
function isPassing(status: Status): boolean {
  return status.kind === 'opening' || (status.kind === 'live' && status.pending > 0)
}

function isSaved(status: Status): boolean {
  return status.kind === 'live' && status.pending === 0
}

function isReader(role: string): boolean {
  return role === 'reader' || role === 'commenter'
}

customElements.define('vellum-saved-state', VellumSavedState)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-saved-state': VellumSavedState
  }
}

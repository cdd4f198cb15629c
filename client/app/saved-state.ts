/**
 * `<vellum-saved-state>`: the state of saving in words and a sign. What mostly passes within 400 ms shows only when it
 * lasts longer, so that ordinary typing leaves it still. People who cannot see it hear only what matters (announcer.ts).
 */
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { DeviceStatus } from '#client/document/device/status.ts'
import type { Status } from '#client/sync/status.ts'
import { type IconName, icon } from './icon.ts'
import { PageElement } from './page-element.ts'
import { isReading, type SavingFacts, type Sign, savingWords } from './saving.ts'

const LINGER_MS = 400

const SIGNS: Record<Sign, IconName | null> = {
  none: null,
  saved: 'saved',
  saving: 'saving',
  offline: 'offline',
  reconnecting: 'reconnecting',
  'not-saving': 'warning',
  'not-kept': 'warning',
  stopped: 'warning',
}

export class VellumSavedState extends PageElement {
  static override properties = {
    status: { attribute: false },
    device: { attribute: false },
    atRisk: { attribute: false },
    viewOnly: { attribute: false },
    shown: { state: true },
  }

  declare status: Status
  declare device: DeviceStatus
  declare atRisk: number
  declare viewOnly: boolean
  /** What the words stand for: lags behind the facts where those are in passing. */
  declare shown: SavingFacts | null
  private savedAt: number | null = null
  /** What waits was written while the server was away. */
  private sending = false
  private lingering: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.status = { kind: 'opening', pending: 0 }
    this.device = { kind: 'loading' }
    this.atRisk = 0
    this.viewOnly = false
    this.shown = null
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.lingering)
    this.lingering = undefined
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('status') && !changed.has('device') && !changed.has('atRisk')) return
    this.note(changed.get('status') ?? this.status)
    const facts = this.facts
    if (!isPassing(facts)) {
      clearTimeout(this.lingering)
      this.lingering = undefined
      this.shown = facts
    } else if (this.shown?.status.kind === facts.status.kind && isPassing(this.shown)) this.shown = facts
    else this.lingering ??= setTimeout(this.show, LINGER_MS)
  }

  private note(before: Status): void {
    const { kind, pending } = this.status
    if (kind !== 'live') this.sending = pending > 0
    else if (pending === 0) this.sending = false
    if (before.kind === 'live' && before.pending > 0 && kind === 'live' && pending === 0)
      this.savedAt = Date.now()
  }

  private get facts(): SavingFacts {
    const { status, device, atRisk, sending, savedAt } = this
    return { status, device, atRisk, sending, savedAt }
  }

  private readonly show = (): void => {
    this.lingering = undefined
    this.shown = this.facts
  }

  protected override render(): TemplateResult {
    const words = this.shown === null ? null : savingWords(this.shown)
    const sign = words === null ? null : SIGNS[words.sign]
    // data-waiting is the truth at this moment, for programs: the words lag behind it.
    // aria-live is off: hearing "Saving… Saved" at every pause would drown the text. The announcer speaks instead.
    return html`<span
        class="saved-state ${words?.sign ?? 'none'}"
        role="status"
        aria-live="off"
        data-waiting=${this.status.pending}
        data-tip=${words?.detail || nothing}
        >${sign === null ? nothing : icon(sign)}<span class="words"
          >${words?.word}${words?.count ? html`<span class="count"> · ${words.count}</span>` : nothing}${
            words?.advice ? html`<span class="advice">, ${words.advice}</span>` : nothing
          }</span
        ></span
      >${
        this.viewOnly
          ? html`<span class="view-only" data-tip="You can read this document, not change it."
              >${icon('viewOnly')}<span>View only</span></span
            >`
          : nothing
      }`
  }
}

/** States that mostly end by themselves within a moment. What a reader holds unsent does not. */
function isPassing({ status, device }: SavingFacts): boolean {
  if (device.kind === 'loading' || status.kind === 'opening') return true
  return status.kind === 'live' && status.pending > 0 && !isReading(status.role)
}

customElements.define('vellum-saved-state', VellumSavedState)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-saved-state': VellumSavedState
  }
}

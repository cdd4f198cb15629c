/**
 * `<vellum-announcer>`: what somebody who cannot see the page is told, unasked: who came and went, and when saving
 * stops or works again. What happens within three seconds becomes one message.
 */
import { html, type PropertyValues, type TemplateResult } from 'lit'
import type { DeviceStatus } from '#client/document/device/status.ts'
import type { Status } from '#client/sync/status.ts'
import { comings, type Present } from './here.ts'
import { PageElement } from './page-element.ts'
import { savingWords } from './saving.ts'

const GATHER_MS = 3_000

export class VellumAnnouncer extends PageElement {
  static override properties = {
    people: { attribute: false },
    status: { attribute: false },
    device: { attribute: false },
    atRisk: { attribute: false },
    said: { state: true },
  }

  declare people: readonly Present[]
  declare status: Status
  declare device: DeviceStatus
  declare atRisk: number
  declare said: string
  /** What was last told, or found on arrival and needs no telling. */
  private toldPeople: readonly Present[] | null = null
  private toldTrouble = ''
  private gathering: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.people = []
    this.status = { kind: 'opening', pending: 0 }
    this.device = { kind: 'loading' }
    this.atRisk = 0
    this.said = ''
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.gathering)
    this.gathering = undefined
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('people') || changed.has('status') || changed.has('device'))
      this.gathering ??= setTimeout(this.tell, GATHER_MS)
  }

  private readonly tell = (): void => {
    this.gathering = undefined
    const parts = [this.tellPeople(), this.tellSaving()].filter(Boolean)
    if (parts.length > 0) this.said = parts.join(' ')
  }

  private tellPeople(): string {
    const before = this.toldPeople
    this.toldPeople = this.people
    return before === null ? '' : comings(before, this.people)
  }

  private tellSaving(): string {
    const { status, device, atRisk } = this
    const { word, count, matters } = savingWords({ status, device, atRisk, sending: false, savedAt: null })
    const trouble = matters ? word : ''
    if (trouble === this.toldTrouble) return ''
    // On the way out of trouble the word counts once everything is saved.
    if (trouble === '' && (this.status.kind !== 'live' || this.status.pending > 0)) return ''
    this.toldTrouble = trouble
    return count === '' ? `${word}.` : `${word}, ${count}.`
  }

  protected override render(): TemplateResult {
    return html`<p class="hidden" aria-live="polite" aria-atomic="true" id="announcements">${this.said}</p>`
  }
}

customElements.define('vellum-announcer', VellumAnnouncer)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-announcer': VellumAnnouncer
  }
}

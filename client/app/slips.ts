/**
 * `<vellum-slips>`: slips of paper at the lower edge, beside the text where there is room: what happened that can wait.
 * They come one under the other, take no focus, and stay until they are answered. Nothing on the page moves for them.
 */
import { html, nothing, type TemplateResult } from 'lit'
import { icon } from './icon.ts'
import { PageElement } from './page-element.ts'

export interface Slip {
  /** One slip of a kind at a time: a new one takes the place of the one there is. */
  readonly kind: 'update' | 'away' | 'device' | 'restored' | 'file'
  readonly text: string
  /** What can be done about it; '' where there is nothing to do but read. */
  readonly actions: readonly SlipAction[]
  /** Called when the person puts it away. */
  readonly dismissed?: () => void
}

export interface SlipAction {
  readonly label: string
  readonly act: () => void
}

const LABELS: Readonly<Record<Slip['kind'], string>> = {
  update: 'New version',
  away: 'While you were away',
  device: 'Not kept on this device',
  restored: 'Restored',
  file: 'Files',
}

export class VellumSlips extends PageElement {
  static override properties = { slips: { state: true } }

  declare slips: readonly Slip[]

  constructor() {
    super()
    this.slips = []
  }

  lay(slip: Slip): void {
    this.slips = [...this.slips.filter(({ kind }) => kind !== slip.kind), slip]
  }

  take(kind: Slip['kind']): void {
    this.slips = this.slips.filter((slip) => slip.kind !== kind)
  }

  protected override render(): TemplateResult {
    return html`<div class="slips" aria-live="polite">${this.slips.map((slip) => this.renderSlip(slip))}</div>`
  }

  private renderSlip(slip: Slip): TemplateResult {
    return html`<section class="slip ${slip.kind}" aria-label=${LABELS[slip.kind]}>
      <p>${slip.text}</p>
      ${
        slip.actions.length === 0
          ? nothing
          : html`<div class="slip-actions">
              ${slip.actions.map(({ label, act }) => html`<button class="link" @click=${act}>${label}</button>`)}
            </div>`
      }
      <button
        class="icon-button"
        aria-label="Dismiss"
        @click=${() => {
          this.take(slip.kind)
          slip.dismissed?.()
        }}
      >
        ${icon('close')}
      </button>
    </section>`
  }
}

/** The page's slips; laid at its end by whoever first has something to say. */
export function slips(): VellumSlips {
  const there = document.querySelector('vellum-slips')
  if (there !== null) return there
  const made = new VellumSlips()
  document.body.append(made)
  return made
}

customElements.define('vellum-slips', VellumSlips)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-slips': VellumSlips
  }
}

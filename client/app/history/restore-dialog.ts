/** `<vellum-restore>`: says what restoring does, and does it. Dispatches `vellum-restored` when it is done. */
import { html, type TemplateResult } from 'lit'
import { PageElement } from '../page-element.ts'
import { type Refusal, refusalFrom } from '../refusal.ts'
import { type Restoring, restore } from './restoring.ts'

export class VellumRestore extends PageElement {
  static override properties = {
    restoring: { state: true },
    trouble: { state: true },
    isBusy: { state: true },
  }

  declare restoring: Restoring | null
  declare trouble: string
  declare isBusy: boolean

  constructor() {
    super()
    this.restoring = null
    this.trouble = ''
    this.isBusy = false
  }

  async open(restoring: Restoring): Promise<void> {
    this.restoring = restoring
    this.trouble = ''
    await this.updateComplete
    this.querySelector('dialog')?.showModal()
  }

  protected override render(): TemplateResult {
    const title = this.restoring?.title ?? ''
    return html`<dialog class="ask" aria-labelledby="restore-heading" @cancel=${this.stay}>
      <h2 id="restore-heading">Restore this version?</h2>
      <p>The document will say again what it said in the version “<bdi>${title}</bdi>”.</p>
      <ul>
        <li>What it says today is kept first, as the version “Before restoring <bdi>${title}</bdi>”.</li>
        <li>Everybody here sees it at once. What somebody types meanwhile stays.</li>
        <li>The title stays as it is.</li>
        <li>You can undo it, now or at any time later.</li>
      </ul>
      <p class="trouble" role="alert">${this.trouble}</p>
      <div class="actions">
        <span class="grow"></span>
        <button class="button" ?disabled=${this.isBusy} @click=${this.close}>Cancel</button>
        <button class="button primary" autofocus ?disabled=${this.isBusy} @click=${this.go}>
          ${this.isBusy ? 'Restoring…' : 'Restore'}
        </button>
      </div>
    </dialog>`
  }

  private readonly close = (): void => {
    this.querySelector('dialog')?.close()
  }

  /** What has begun ends before the dialog does. */
  private readonly stay = (event: Event): void => {
    if (this.isBusy) event.preventDefault()
  }

  private readonly go = async (): Promise<void> => {
    if (this.restoring === null || this.isBusy) return
    this.isBusy = true
    this.trouble = ''
    try {
      await restore(this.restoring)
      this.close()
      this.dispatchEvent(new Event('vellum-restored', { bubbles: true }))
    } catch (error) {
      this.trouble = troubleOf(refusalFrom(error))
    } finally {
      this.isBusy = false
    }
  }
}

function troubleOf({ kind, message }: Refusal): string {
  // What was asked may have been done although its answer did not come.
  if (kind === 'unreachable') return `${message} Look at the text before you try again: it may be restored.`
  return `Nothing was restored. ${message}`
}

customElements.define('vellum-restore', VellumRestore)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-restore': VellumRestore
  }
}

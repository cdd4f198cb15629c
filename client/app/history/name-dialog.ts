/** `<vellum-name-version>`: gives a version a name, another one, or takes it away. Dispatches `vellum-named` when done. */
import { html, nothing, type TemplateResult } from 'lit'
import { PageElement } from '../page-element.ts'
import { refusalFrom } from '../refusal.ts'
import type { HistoryApi } from './history-api.ts'
import type { Version } from './life.ts'

/** As the server has it. */
const MAX_NAME = 200

export interface Naming {
  readonly position: number
  /** What the position is called without a name. */
  readonly when: string
  /** The name it has. */
  readonly version: Version | null
}

export class VellumNameVersion extends PageElement {
  static override properties = { naming: { state: true }, trouble: { state: true }, isBusy: { state: true } }

  declare naming: Naming | null
  declare trouble: string
  declare isBusy: boolean
  /** Set before it is opened. */
  api: HistoryApi | null = null

  constructor() {
    super()
    this.naming = null
    this.trouble = ''
    this.isBusy = false
  }

  async open(naming: Naming): Promise<void> {
    this.naming = naming
    this.trouble = ''
    await this.updateComplete
    const input = this.querySelector('input')
    if (input !== null) input.value = naming.version?.name ?? ''
    this.querySelector('dialog')?.showModal()
    input?.select()
  }

  protected override render(): TemplateResult {
    const { naming } = this
    const has = naming?.version != null
    return html`<dialog class="ask" aria-labelledby="name-heading">
      <form @submit=${this.save}>
        <h2 id="name-heading">${has ? 'Rename this version' : 'Name this version'}</h2>
        <p>A named version is easy to find, and stays until its name is taken away.</p>
        <label class="field">
          <span>Name of the version “<bdi>${naming?.when ?? ''}</bdi>”</span>
          <input name="name" dir="auto" maxlength=${MAX_NAME} autocomplete="off" required />
        </label>
        <p class="trouble" role="alert">${this.trouble}</p>
        <div class="actions">
          ${has ? html`<button type="button" class="button danger" ?disabled=${this.isBusy} @click=${this.forget}>Remove name</button>` : nothing}
          <span class="grow"></span>
          <button type="button" class="button" @click=${this.close}>Cancel</button>
          <button class="button primary" ?disabled=${this.isBusy}>Save name</button>
        </div>
      </form>
    </dialog>`
  }

  private readonly close = (): void => {
    this.querySelector('dialog')?.close()
  }

  private readonly save = (event: SubmitEvent): void => {
    event.preventDefault()
    const { api, naming } = this
    const name = this.querySelector('input')?.value.trim() ?? ''
    if (api === null || naming === null) return
    if (name === '') {
      this.trouble = 'A name needs at least one letter.'
      return
    }
    const { version, position } = naming
    void this.run(() => (version === null ? api.name(position, name) : api.rename(version.id, name)))
  }

  private readonly forget = (): void => {
    const { api, naming } = this
    const version = naming?.version
    if (api !== null && version != null) void this.run(() => api.remove(version.id))
  }

  private async run(act: () => Promise<unknown>): Promise<void> {
    this.isBusy = true
    try {
      await act()
      this.close()
      this.dispatchEvent(new Event('vellum-named', { bubbles: true }))
    } catch (error) {
      this.trouble = refusalFrom(error).message
    } finally {
      this.isBusy = false
    }
  }
}

customElements.define('vellum-name-version', VellumNameVersion)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-name-version': VellumNameVersion
  }
}

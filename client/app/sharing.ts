/**
 * `<vellum-sharing>`: who can open this document, in words, and for its owners the links that were given out: making
 * one, copying it, saying what it allows, turning it off. Fetched when it is opened.
 */
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Role } from '#shared/frame.ts'
import type { DocumentId } from '#shared/id.ts'
import { PageElement } from './page-element.ts'
import {
  changeShare,
  listShares,
  makeShare,
  NotDone,
  revokeShare,
  type Share,
  type ShareRole,
} from './shares.ts'
import { exactly } from './when.ts'
import { NOBODY, type Who } from './who.ts'

const ROLES = [
  ['reader', 'Can view'],
  ['writer', 'Can edit'],
  ['owner', 'Owner'],
] as const satisfies readonly (readonly [ShareRole, string])[]

const DAY_MS = 86_400_000
const LASTING = [
  ['0', 'Until turned off'],
  ['1', 'For a day'],
  ['7', 'For a week'],
  ['30', 'For 30 days'],
] as const
const MAX_NAME_LENGTH = 100

export class VellumSharing extends PageElement {
  static override properties = {
    documentId: { attribute: false },
    who: { attribute: false },
    rights: { attribute: false },
    shares: { state: true },
    asking: { state: true },
    said: { state: true },
    made: { state: true },
    isBusy: { state: true },
  }

  declare documentId: DocumentId
  declare who: Who
  declare rights: Role | null
  /** Null until they are listed. */
  declare shares: readonly Share[] | null
  /** The link whose end waits for a second word. */
  declare asking: string | null
  declare said: string
  /** The address of the link that was made last, for copying it by hand. */
  declare made: string | null
  declare isBusy: boolean
  /** The addresses of links made here; nobody can be told them later. */
  private readonly addresses = new Map<string, string>()

  constructor() {
    super()
    this.who = NOBODY
    this.rights = null
    this.shares = null
    this.asking = null
    this.said = ''
    this.made = null
    this.isBusy = false
  }

  /** The panel was opened. */
  begin(): void {
    this.said = ''
    this.made = null
    this.asking = null
    if (this.isOwner) void this.list()
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[data-first]')?.focus())
  }

  private get isOwner(): boolean {
    return this.who.mode === 'guarded' && this.rights === 'owner'
  }

  protected override render(): TemplateResult {
    return html`${this.renderWords()} ${this.isOwner ? this.renderLinks() : this.renderAddress(location.href, true)}
      <p class="quiet said" role="status">${this.said}</p>`
  }

  private renderWords(): TemplateResult {
    if (this.who.mode === 'open')
      return html`<p>Whoever can reach this server and has the link can read it and write in it.</p>`
    if (this.isOwner)
      return html`<p>Nobody opens it without a link of yours, or a sign-in that covers it. Whoever is handed a link can use it.</p>`
    return html`<p>Only its owners can let others in. This address works for those who are in already.</p>`
  }

  private renderAddress(address: string, isFirst: boolean): TemplateResult {
    return html`<div class="link-row">
      <input readonly aria-label="Link to this document" .value=${address} @focus=${selectAll} />
      <button class="button primary" ?data-first=${isFirst} @click=${() => this.copy(address)}>Copy link</button>
    </div>`
  }

  private renderLinks(): TemplateResult {
    return html`<form class="new-link" @submit=${this.make}>
        <label class="field"><span>Whoever has the link</span>
          <select name="role" data-first>${ROLES.map(([role, label]) => html`<option value=${role}>${label}</option>`)}</select>
        </label>
        <label class="field"><span>It works</span>
          <select name="days">${LASTING.map(([days, label]) => html`<option value=${days}>${label}</option>`)}</select>
        </label>
        <label class="field wide"><span>Who it is for <span class="quiet">(only you see this)</span></span>
          <input name="name" dir="auto" autocomplete="off" maxlength=${MAX_NAME_LENGTH} />
        </label>
        <button class="button primary" ?disabled=${this.isBusy}>Make a link</button>
      </form>
      ${this.made === null ? nothing : this.renderAddress(this.made, false)} ${this.renderList()}`
  }

  private renderList(): TemplateResult | typeof nothing {
    if (this.shares === null) return nothing
    if (this.shares.length === 0) return html`<p class="quiet">No link has been given out.</p>`
    return html`<h3>Links</h3>
      <ul class="links">
        ${repeat(
          this.shares,
          ({ id }) => id,
          (share) =>
            html`<li>${this.asking === share.id ? this.renderQuestion(share) : this.renderShare(share)}</li>`,
        )}
      </ul>`
  }

  private renderShare(share: Share): TemplateResult {
    const { id, role, expiresAt, createdAt } = share
    const name = nameOf(share)
    const address = this.addresses.get(id)
    const isOver = expiresAt !== null && expiresAt <= Date.now()
    return html`<div class="link-head">
        <span class="link-name"><bdi>${name}</bdi></span>
        <select aria-label=${`What “${name}” allows`} ?disabled=${isOver} @change=${(event: Event) => this.change(share, event)}>
          ${ROLES.map(([value, label]) => html`<option value=${value} ?selected=${value === allowed(role)}>${label}</option>`)}
        </select>
      </div>
      <div class="link-foot">
        <span class="quiet" title=${`Made ${exactly(createdAt)}${expiresAt === null ? '' : `, works until ${exactly(expiresAt)}`}`}
          >${lasts(expiresAt, isOver)}</span>
        ${address === undefined || isOver ? nothing : html`<button class="link" aria-label=${`Copy the link “${name}”`} @click=${() => this.copy(address)}>Copy</button>`}
        <button class="link" aria-label=${`Turn off “${name}”`} @click=${() => this.ask(id)}>${isOver ? 'Remove' : 'Turn off'}</button>
      </div>`
  }

  private renderQuestion(share: Share): TemplateResult {
    return html`<p class="question">Turn off “${nameOf(share)}”? Whoever came by it is put out within seconds, and nobody gets in by it again.${share.role === 'owner' ? ' Links that they gave out stay: turn these off, too.' : nothing}</p>
      <div class="actions">
        <button class="button danger" data-answer @click=${() => this.revoke(share)}>Turn it off</button>
        <button class="button" @click=${() => this.ask(null)}>Keep it</button>
      </div>`
  }

  private ask(id: string | null): void {
    this.asking = id
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[data-answer]')?.focus())
  }

  private async list(): Promise<void> {
    await this.do(async () => {
      this.shares = await listShares(this.documentId)
      return ''
    })
  }

  private readonly make = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = event.target
    if (!(form instanceof HTMLFormElement) || this.isBusy) return
    const given = new FormData(form)
    const days = Number(given.get('days'))
    const role = ROLES.find(([one]) => one === given.get('role'))?.[0] ?? 'reader'
    await this.do(async () => {
      const { share, url } = await makeShare(this.documentId, {
        role,
        name: String(given.get('name') ?? '').trim(),
        expiresAt: days === 0 ? null : Date.now() + days * DAY_MS,
      })
      this.addresses.set(share.id, url)
      this.made = url
      this.shares = [share, ...(this.shares ?? [])]
      form.reset()
      return (await copied(url))
        ? 'The link is made and copied. It can be copied here until you leave, and never again.'
        : 'The link is made. Copy it now: when you have left, nobody can be told it again.'
    })
  }

  private async change({ id }: Share, event: Event): Promise<void> {
    if (!(event.target instanceof HTMLSelectElement)) return
    const role = ROLES.find(([one]) => one === (event.target as HTMLSelectElement).value)?.[0]
    if (role === undefined) return
    await this.do(async () => {
      await changeShare(this.documentId, id, role)
      this.shares = (this.shares ?? []).map((share) => (share.id === id ? { ...share, role } : share))
      return 'Changed, also for those who are here by it.'
    })
  }

  private async revoke({ id }: Share): Promise<void> {
    await this.do(async () => {
      await revokeShare(this.documentId, id)
      this.asking = null
      if (this.addresses.get(id) === this.made) this.made = null
      this.addresses.delete(id)
      this.shares = (this.shares ?? []).filter((share) => share.id !== id)
      return 'The link is turned off.'
    })
    this.querySelector<HTMLElement>('[data-first]')?.focus()
  }

  private async copy(address: string): Promise<void> {
    if (await copied(address)) this.said = 'Copied. Paste it to whoever you want here.'
    else {
      this.said = 'The browser did not allow copying. Select the link and copy it yourself.'
      this.querySelector<HTMLInputElement>('.link-row input')?.select()
    }
  }

  /** One thing at a time; says what came of it. */
  private async do(work: () => Promise<string>): Promise<void> {
    this.isBusy = true
    try {
      this.said = await work()
    } catch (error) {
      if (!(error instanceof NotDone)) throw error
      this.said = error.message
    } finally {
      this.isBusy = false
    }
  }
}

/** False without https or without permission: the link is there to be copied by hand. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // The page says so.
    return false
  }
}

function nameOf({ name, role }: Share): string {
  return name === ''
    ? `Link for ${allowed(role) === 'reader' ? 'readers' : allowed(role) === 'owner' ? 'owners' : 'writers'}`
    : name
}

/** Until there are comments, who may comment may view. */
function allowed(role: ShareRole): ShareRole {
  return role === 'commenter' ? 'reader' : role
}

function lasts(expiresAt: number | null, isOver: boolean): string {
  if (expiresAt === null) return 'Until it is turned off'
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(
    expiresAt,
  )
  return isOver ? `Ended ${day}` : `Until ${day}`
}

function selectAll(event: FocusEvent): void {
  if (event.target instanceof HTMLInputElement) event.target.select()
}

customElements.define('vellum-sharing', VellumSharing)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-sharing': VellumSharing
  }
}

/** `<vellum-import>`: takes a file in, as a document of its own or at the end of the one that is open. */
import { html, nothing, type TemplateResult } from 'lit'
import type { DocumentId } from '#shared/id.ts'
import { maxTitleLength } from '#shared/schema/document.ts'
import './ask.css'
import type { OpenedDocument } from './opened.ts'
import { PageElement } from './page-element.ts'
import { ask, refusalFrom } from './refusal.ts'
import { documentPath, routeOf } from './route.ts'
import { isReading } from './saving.ts'
import { slips } from './slips.ts'
import { ACCEPTED, type ImportFormat, MAX_FILE_BYTES, type Reading, readTextFile } from './text-file.ts'

export interface Importing {
  /** The document that is open; null where none is. */
  readonly here: { readonly id: DocumentId; readonly opened: OpenedDocument } | null
  /** The address of a document that does not exist yet; null for whoever may begin none. */
  readonly newDocument: string | null
}

type Taken = Extract<Reading, { readonly kind: 'read' }>

const MEDIA: Readonly<Record<ImportFormat, string>> = {
  markdown: 'text/markdown',
  html: 'text/html',
  text: 'text/plain',
}

export class VellumImport extends PageElement {
  static override properties = {
    importing: { state: true },
    trouble: { state: true },
    isBusy: { state: true },
  }

  declare importing: Importing | null
  declare trouble: string
  declare isBusy: boolean

  constructor() {
    super()
    this.importing = null
    this.trouble = ''
    this.isBusy = false
  }

  async open(importing: Importing): Promise<void> {
    this.importing = importing
    this.trouble = ''
    await this.updateComplete
    this.querySelector('form')?.reset()
    this.querySelector('dialog')?.showModal()
  }

  private get mayAdd(): boolean {
    const opened = this.importing?.here?.opened
    if (opened === undefined) return false
    return opened.kind !== 'any' && opened.ended === null && !isReading(opened.role)
  }

  protected override render(): TemplateResult {
    const mayBegin = this.importing?.newDocument != null
    return html`<dialog class="ask" aria-labelledby="import-heading">
      <form @submit=${this.submit}>
        <h2 id="import-heading">Import a file</h2>
        <p>Markdown, HTML or plain text, up to 8 MB. Pictures stay where the file says they are.</p>
        <label class="field">
          <span>File</span>
          <input type="file" name="file" accept=${ACCEPTED} required @change=${this.forget} />
        </label>
        ${
          this.mayAdd && mayBegin
            ? html`<fieldset class="field choices">
                <legend>Where to</legend>
                <label><input type="radio" name="where" value="new" checked />A new document, called like the file</label>
                <label><input type="radio" name="where" value="end" />The end of this document</label>
              </fieldset>`
            : nothing
        }
        ${
          mayBegin || this.mayAdd
            ? nothing
            : html`<p class="trouble">You may read here, and cannot begin a document or add to this one.</p>`
        }
        <p class="trouble" role="alert">${this.trouble}</p>
        <div class="actions">
          <span class="grow"></span>
          <button type="button" class="button" @click=${this.close}>Cancel</button>
          <button class="button primary" ?disabled=${this.isBusy || !(mayBegin || this.mayAdd)}>
            ${this.isBusy ? 'Importing…' : 'Import'}
          </button>
        </div>
      </form>
    </dialog>`
  }

  private readonly close = (): void => {
    this.querySelector('dialog')?.close()
  }

  private readonly forget = (): void => {
    this.trouble = ''
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const file = this.querySelector<HTMLInputElement>('input[type="file"]')?.files?.[0]
    const { importing } = this
    if (file === undefined || importing === null || this.isBusy) return
    const end = this.querySelector<HTMLInputElement>('input[value="end"]')
    const isNew = importing.newDocument !== null && end?.checked !== true
    this.isBusy = true
    this.trouble = ''
    try {
      const reading = await read(file)
      if (reading.kind === 'refused') this.trouble = reading.words
      else {
        await (isNew ? begin(reading, importing) : add(reading, importing, file.name))
        this.close()
      }
    } catch (error) {
      this.trouble = `Nothing was imported. ${refusalFrom(error).message}`
    } finally {
      this.isBusy = false
    }
  }
}

/** The page's one importer. */
export function openImport(importing: Importing): void {
  const there = document.querySelector('vellum-import') ?? document.body.appendChild(new VellumImport())
  void there.open(importing)
}

async function read(file: File): Promise<Reading> {
  // One too large is not even read.
  const bytes =
    file.size > MAX_FILE_BYTES ? new Uint8Array(MAX_FILE_BYTES + 1) : new Uint8Array(await file.arrayBuffer())
  return readTextFile({ name: file.name, type: file.type, bytes })
}

async function begin({ title, format, text }: Taken, { newDocument }: Importing): Promise<void> {
  const route = routeOf(new URL(newDocument ?? '', location.href).pathname)
  if (route.kind !== 'document') throw new RangeError(`not an address of a document: ${newDocument}`)
  await ask(`/v1/documents/${encodeURIComponent(route.id)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: title.slice(0, maxTitleLength).toWellFormed(), format, content: text }),
  })
  history.pushState(null, '', documentPath(route.id))
  window.dispatchEvent(new PopStateEvent('popstate'))
}

async function add({ format, text }: Taken, { here }: Importing, name: string): Promise<void> {
  if (here === null) throw new RangeError('there is no document to add to')
  await ask(`/v1/documents/${encodeURIComponent(here.id)}/content?format=${format}`, {
    method: 'POST',
    headers: { 'content-type': MEDIA[format] },
    body: text,
  })
  slips().lay({
    kind: 'file',
    text: `“${name}” was added at the end of this document.`,
    actions: [{ label: 'Show', act: () => window.scrollTo({ top: document.body.scrollHeight }) }],
  })
}

customElements.define('vellum-import', VellumImport)

declare global {
  interface HTMLElementTagNameMap {
    'vellum-import': VellumImport
  }
}

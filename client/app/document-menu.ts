/** The one menu of a document's bar. */
import { html, nothing, type TemplateResult } from 'lit'
import { closeFlyout, flyout } from './flyout.ts'
import { type IconName, icon } from './icon.ts'

/** Forms a document is taken along in. */
export type ExportFormat = 'markdown' | 'html' | 'text'

export interface DocumentMenu {
  /** Null where there is none to show. */
  readonly history: (() => void) | null
  readonly download: (format: ExportFormat) => void
  readonly importFile: () => void
  /** Where a new document is; null for whoever may begin none. */
  readonly newDocument: string | null
  /** What the panel about oneself is called. */
  readonly youLabel: string
}

export function documentMenu(menu: DocumentMenu): TemplateResult {
  const { history, download, importFile, newDocument, youLabel } = menu
  return flyout({
    id: 'menu',
    kind: 'menu',
    label: 'More',
    look: 'icon-button',
    button: icon('menu'),
    panel: html`${newDocument === null ? nothing : html`<a role="menuitem" tabindex="-1" href=${newDocument} @click=${closeFlyout}>${icon('add')}New document</a>`}
      ${item('upload', 'Import…', importFile)}
      ${history === null ? nothing : item('history', 'Version history', history)}
      ${item('link', 'Share', () => show('share'), 'when-narrow')}
      ${item('person', youLabel, () => show('you'))}
      <hr />
      ${history === null ? nothing : item('download', 'Download as Markdown', () => download('markdown'))}
      ${history === null ? nothing : item('download', 'Download as HTML', () => download('html'))}
      ${item('download', 'Download as text', () => download('text'))}
      ${item('print', 'Print or save as PDF', () => print())}`,
    opened: () => document.querySelector<HTMLElement>('#menu [role="menuitem"]')?.focus(),
  })
}

function item(sign: IconName, label: string, act: () => void, look = ''): TemplateResult {
  return html`<button
    class=${look}
    role="menuitem"
    tabindex="-1"
    @click=${(event: Event) => {
      closeFlyout(event)
      act()
    }}
  >
    ${icon(sign)}${label}
  </button>`
}

function show(id: string): void {
  document.getElementById(id)?.showPopover()
}

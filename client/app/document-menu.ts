/** The one menu of a document's bar. */
import { html, nothing, type TemplateResult } from 'lit'
import { closeFlyout, flyout } from './flyout.ts'
import { type IconName, icon } from './icon.ts'

export interface DocumentMenu {
  readonly download: () => void
  /** Where a new document is; null for whoever may begin none. */
  readonly newDocument: string | null
  /** What the panel about oneself is called. */
  readonly youLabel: string
}

export function documentMenu({ download, newDocument, youLabel }: DocumentMenu): TemplateResult {
  return flyout({
    id: 'menu',
    kind: 'menu',
    label: 'More',
    look: 'icon-button',
    button: icon('menu'),
    panel: html`${newDocument === null ? nothing : html`<a role="menuitem" tabindex="-1" href=${newDocument} @click=${closeFlyout}>${icon('add')}New document</a>`}
      ${item('link', 'Share', () => show('share'), 'when-narrow')}
      ${item('person', youLabel, () => show('you'))}
      ${item('download', 'Download as text', download)}
      ${item('print', 'Print', () => print())}`,
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

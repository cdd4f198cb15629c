/** The ways a document begins: empty, or from a file. */
import { html, nothing, type TemplateResult } from 'lit'
import { icon } from './icon.ts'
import { withPart } from './parts.ts'
import { newDocumentPath } from './route.ts'
import { mayBegin, type Who } from './who.ts'

/** Nothing for whoever may begin none. Each drawing of it leads to documents of their own. */
export function beginning(label: string, who: Who): TemplateResult | typeof nothing {
  const prefix = mayBegin(who)
  if (prefix === null) return nothing
  const importFile = (): void =>
    void withPart(import('./import.ts'), ({ openImport }) =>
      openImport({ here: null, newDocument: newDocumentPath(prefix) }),
    )
  // A link, so that it can be opened in a new tab.
  return html`<div class="beginning">
    <a class="button primary" href=${newDocumentPath(prefix)}>${icon('add')}${label}</a>
    <button class="button" @click=${importFile}>${icon('upload')}<span class="label">Import</span></button>
  </div>`
}

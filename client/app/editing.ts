/** The part of the page that edits, fetched when the first document is opened. */
import type { Store } from '#client/document/device/store.ts'
import '#client/editor/editor.ts'
import './document.ts'
import { holder } from './holding.ts'
import { OpenDocuments } from './open-documents.ts'
import type { OpenDocument } from './opened.ts'

/** Called once: what it returns holds the documents this tab has open. `store` rejects where there is none. */
export function startEditing(store: Promise<Store>): { readonly open: OpenDocument } {
  const documents = new OpenDocuments(holder(store))
  // Before any session looks whether something is not saved: listeners of a window are called in their order.
  window.addEventListener('beforeunload', () => {
    for (const editor of window.document.querySelectorAll('vellum-editor')) editor.settle()
  })
  return { open: (id) => documents.open(id) }
}

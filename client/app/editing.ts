/** The part of the page that edits, fetched when the first document is opened. */
import '#client/editor/editor.ts'
import './document.ts'
import { type Holder, holder } from './holding.ts'
import { OpenDocuments } from './open-documents.ts'
import type { OpenDocument } from './opened.ts'

/** The documents this tab has open, of one person. */
export interface Editing {
  readonly open: OpenDocument
  /** Somebody else is here: what is not sent stays where it is kept. */
  end(): void
}

/** Called once for each person who is at this page. */
export function startEditing(whose: Holder): Editing {
  const documents = new OpenDocuments(holder(whose))
  // Before any session looks whether something is not saved: listeners of a window are called in their order.
  const settle = (): void => {
    for (const editor of window.document.querySelectorAll('vellum-editor')) editor.settle()
  }
  window.addEventListener('beforeunload', settle)
  return {
    open: (id) => documents.open(id),
    end() {
      settle()
      window.removeEventListener('beforeunload', settle)
      documents.closeAll()
    },
  }
}

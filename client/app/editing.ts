/** The part of the page that edits: fetched when the first document is opened. */
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import './document.ts'
import type { OpenDocument } from './opened.ts'

export const open: OpenDocument = () => {
  const doc = new Y.Doc()
  return {
    doc,
    awareness: new Awareness(doc),
    status: { kind: 'live', pending: 0, role: 'writer', document: 'page' },
    subscribe: () => () => undefined,
    close: () => doc.destroy(),
  }
}

/** What a person takes along of a document: its text, as a file on their device. */
import type * as Y from 'yjs'
import { CONTENT_ROOT } from '#shared/schema/document.ts'
import { downloadText } from './download.ts'
import { pageText, plainText } from './plain-text.ts'
import { titleOf } from './title.ts'

export function downloadCopy(doc: Y.Doc): void {
  downloadText(titleOf(doc), copyOf(doc))
}

/** Everything there is to read in it. */
export function copyOf(doc: Y.Doc): string {
  return doc.share.has(CONTENT_ROOT) ? pageText(doc) : plainText(doc)
}

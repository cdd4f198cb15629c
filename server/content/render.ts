/** What a document says, in a format. */
import type * as Y from 'yjs'
import { Replica } from '#server/history/replica.ts'
import { CONTENT_ROOT, META_ROOT, metaKeys } from '#shared/schema/document.ts'
import { anyToJson, anyToText } from './any-document.ts'
import { writeHtml, writeHtmlPage } from './html-writing.ts'
import { writeMarkdown } from './markdown-writing.ts'
import { writeText } from './plain-text.ts'
import { type Format, NotPossible, type RenderOptions, type Stored } from './port.ts'
import { readPage } from './reading.ts'
import type { PageNode } from './tree.ts'

/** Throws NotPossible. */
export function render(stored: Stored, { format, standalone }: RenderOptions): Uint8Array {
  const replica = new Replica(null)
  replica.apply(stored.updates.map((update) => ({ update })))
  const { doc } = replica
  if (format === 'yjs') return replica.encode()
  if (stored.kind === 'any') {
    if (format === 'json') return encoded(JSON.stringify(anyToJson(doc)))
    if (format === 'text') return encoded(anyToText(doc))
    throw new NotPossible('This document was made by another editor: it can be read as json, text and yjs.')
  }
  const page = pageIn(doc)
  if (format === 'html' && standalone) return encoded(writeHtmlPage(page, titleIn(doc)))
  return pageBytes(page, format)
}

export function pageIn(doc: Y.Doc): PageNode {
  return readPage(doc.getXmlFragment(CONTENT_ROOT)).page
}

export function pageBytes(page: PageNode, format: Exclude<Format, 'yjs'>): Uint8Array {
  switch (format) {
    case 'json':
      return encoded(JSON.stringify(page))
    case 'html':
      return encoded(writeHtml(page))
    case 'markdown':
      return encoded(writeMarkdown(page))
    case 'text':
      return encoded(writeText(page))
  }
}

function titleIn(doc: Y.Doc): string {
  const title: unknown = doc.getMap(META_ROOT).get(metaKeys.title)
  return typeof title === 'string' ? title : ''
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text.toWellFormed())
}

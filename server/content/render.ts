/** What a document says, in a format. */
import type * as Y from 'yjs'
import { Replica } from '#server/history/replica.ts'
import type { Kind } from '#shared/frame.ts'
import { CONTENT_ROOT, META_ROOT, metaKeys } from '#shared/schema/document.ts'
import { anyToJson, anyToText } from './any-document.ts'
import type { Held } from './held.ts'
import { writeHtml, writeHtmlPage } from './html-writing.ts'
import { writeMarkdown } from './markdown-writing.ts'
import { writeText } from './plain-text.ts'
import { type Format, type Going, NotHeld, NotPossible, type RenderOptions, type Stored } from './port.ts'
import { readPage } from './reading.ts'
import type { PageNode } from './tree.ts'

export type HeldPages = Held<Replica>

/** Throws NotPossible. */
export function render(stored: Stored, options: RenderOptions): Uint8Array<ArrayBuffer> {
  return renderOf(loaded(stored, new Replica(null)), stored.kind, options)
}

/** Goes on from a document that is held, or holds it from now on. Throws NotHeld, too. */
export function renderHeld(
  stored: Stored & { going: Going },
  options: RenderOptions,
  held: HeldPages,
): Uint8Array<ArrayBuffer> {
  const { key, from, to } = stored.going
  const before = from === 0 ? { document: new Replica(null), bytes: 0 } : held.take(key, from)
  if (before === null) throw new NotHeld(`no document is held at ${from}`)
  const replica = loaded(stored, before.document)
  const rendered = renderOf(replica, stored.kind, options)
  const bytes = stored.updates.reduce((sum, { length }) => sum + length, before.bytes)
  held.keep(key, { position: to, document: replica, bytes })
  return rendered
}

function loaded({ updates }: Stored, replica: Replica): Replica {
  replica.apply(updates.map((update) => ({ update })))
  return replica
}

function renderOf(
  replica: Replica,
  kind: Kind,
  { format, standalone }: RenderOptions,
): Uint8Array<ArrayBuffer> {
  const { doc } = replica
  // Of memory that is nobody else's: what is rendered is handed over to another thread.
  if (format === 'yjs') return new Uint8Array(replica.encode())
  if (kind === 'any') {
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

export function pageBytes(page: PageNode, format: Exclude<Format, 'yjs'>): Uint8Array<ArrayBuffer> {
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

function encoded(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text.toWellFormed())
}

/** From what is written to the update that makes a document say it. */
import * as Y from 'yjs'
import { foreignIn, listed } from '#server/gate/foreign.ts'
import { Replica } from '#server/history/replica.ts'
import { plainLine } from '#shared/plain-line.ts'
import { CONTENT_ROOT, META_ROOT, metaKeys, SCHEMA_VERSION } from '#shared/schema/document.ts'
import { readHtml } from './html-reading.ts'
import { MarkdownMeter } from './markdown-meter.ts'
import { readMarkdown } from './markdown-reading.ts'
import { readPageJson } from './page-json.ts'
import { writePage } from './page-writing.ts'
import { readText } from './plain-text.ts'
import {
  type Format,
  InvalidContent,
  NoSuchHeading,
  NotPossible,
  type Place,
  type Stored,
  type Writing,
  type Written,
} from './port.ts'
import { readPage } from './reading.ts'
import { pageBytes, pageIn } from './render.ts'
import { renumbered } from './renumber.ts'
import { fixesOf, rescued } from './rescue.ts'
import { type PageNode, doc as page, textOf } from './tree.ts'
import { withUnsaid } from './unsaid.ts'
import { vocabularyOf } from './vocabulary.ts'

/** Throws InvalidContent, NotPossible, NoSuchHeading. */
export function write(stored: Stored, writing: Writing): Written {
  const { content, title, client, clock, isRestoring = false, since = [] } = writing
  if (stored.kind === 'any')
    throw new NotPossible('Only pages can be written so: this document was made by another editor.')
  if (writing.follows !== undefined) return followed(stored, writing, writing.follows)
  const replica = new Replica(null)
  replica.apply(stored.updates.map((update) => ({ update })))
  const { doc } = replica
  const isNewer = saysNewer(doc)
  if (isNewer && !isRestoring)
    throw new NotPossible(
      'This document was written by a newer version, which this one would take things from.',
    )
  const from = freeClient(doc)
  doc.clientID = from
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => void updates.push(update))
  let takesBlocks = false
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    Y.iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => {
      takesBlocks ||= struct instanceof Y.Item && struct.content instanceof Y.ContentType
    })
  })
  const written = content === null ? null : parse(content.format, content.bytes, stored.updates)
  doc.transact(() => {
    const meta = doc.getMap(META_ROOT)
    const heading = title ?? written?.title ?? null
    if (heading !== null && meta.get(metaKeys.title) !== heading) meta.set(metaKeys.title, heading)
    if (content !== null && written !== null) place(doc, written.page, content)
    const isNew = stored.updates.length === 0
    if (isNew || isNewer) meta.set(metaKeys.schemaVersion, SCHEMA_VERSION)
  })
  const [ours] = updates
  if (ours === undefined) return { update: null, takesBlocks: false }
  const update = since.length === 0 ? ours : rescued(stored.updates, { ours, since, client: from })
  return { update: renumbered(update, { from, client, clock }), takesBlocks }
}

function followed(
  { updates }: Stored,
  { since = [], client, clock }: Writing,
  { update: ours, seenCount }: NonNullable<Writing['follows']>,
): Written {
  const { fixes, client: from } = fixesOf(updates, { ours, since, seenCount })
  return { update: fixes === null ? null : renumbered(fixes, { from, client, clock }), takesBlocks: false }
}

function saysNewer(doc: Y.Doc): boolean {
  const version: unknown = doc.getMap(META_ROOT).get(metaKeys.schemaVersion)
  return typeof version === 'number' && version > SCHEMA_VERSION
}

/** A client id that nothing in the document was written under. */
function freeClient(doc: Y.Doc): number {
  let client = doc.clientID
  while (doc.store.clients.has(client)) client += 1
  return client
}

function parse(
  format: Format,
  bytes: Uint8Array,
  there: readonly Uint8Array[] = [],
): { page: PageNode; title: string | null } {
  if (format === 'yjs') return parseYjs(bytes, there)
  const text = decoded(bytes)
  switch (format) {
    case 'json':
      return { page: readPageJson(parsedJson(text)), title: null }
    case 'html':
      return { page: readHtml(text), title: null }
    case 'markdown':
      return { page: readMarkdown(text), title: null }
    case 'text':
      return { page: readText(text), title: null }
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidContent(
      '',
      `not JSON (${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'})`,
    )
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // The decoder says no more than that.
    throw new InvalidContent('', 'not UTF-8')
  }
}

/** `there`: what the document is made of; what it has already may stand in what is given, too. */
function parseYjs(bytes: Uint8Array, there: readonly Uint8Array[]): { page: PageNode; title: string | null } {
  const given = new Y.Doc()
  try {
    Y.applyUpdate(given, bytes)
    if (given.store.pendingStructs !== null || given.store.pendingDs !== null)
      throw new InvalidContent('', 'the update depends on others that are not in it')
    const whats = foreignIn(bytes).map(({ what }) => what)
    const known =
      whats.length === 0 ? [] : there.flatMap((update) => foreignIn(update).map(({ what }) => what))
    const foreign = whats.filter((what) => !known.includes(what))
    if (foreign.length > 0) throw new InvalidContent('', `a page has nothing like ${listed(foreign)}`)
    const title: unknown = given.getMap(META_ROOT).get(metaKeys.title)
    return { page: pageIn(given), title: typeof title === 'string' ? plainLine(title) : null }
  } catch (error) {
    if (error instanceof InvalidContent) throw error
    throw new InvalidContent('', 'not a Yjs update')
  }
}

function place(
  doc: Y.Doc,
  given: PageNode,
  content: { readonly format: Format; readonly place: Place },
): void {
  const fragment = doc.getXmlFragment(CONTENT_ROOT)
  const { page: present, sources } = readPage(fragment)
  const isWhole = content.place.kind === 'whole'
  const words = vocabularyOf(isWhole ? content.format : 'json')
  const meter = new MarkdownMeter()
  const asWritten = (block: PageNode) => (isWhole ? readAgain(block, content.format, meter) : [block])
  const unsaid = (kept: PageNode, written: PageNode) =>
    isWhole ? withUnsaid(kept, written, content.format) : written
  writePage(fragment, composed(present, given, content.place), {
    page: present,
    sources,
    words,
    asWritten,
    withUnsaid: unsaid,
  })
}

/** What a block says once it went through the format; itself where that cannot be known. */
function readAgain(block: PageNode, format: Format, meter: MarkdownMeter): readonly PageNode[] {
  if (format === 'json' || format === 'yjs') return [block]
  const bytes = pageBytes(page([block]), format)
  let again: readonly PageNode[]
  try {
    const read = format === 'markdown' ? readMarkdown(decoded(bytes), meter) : parse(format, bytes).page
    again = read.content ?? []
  } catch (error) {
    // People may have typed what a program may not write: then it is changed as a whole.
    if (error instanceof InvalidContent) return [block]
    throw error
  }
  const [only] = again
  // Markdown and plain text have no empty paragraphs.
  const isNothing =
    format !== 'html' && again.length === 1 && only?.type === 'paragraph' && only.content === undefined
  return isNothing ? [] : again
}

function composed(present: PageNode, given: PageNode, { kind, ...where }: Place): PageNode {
  if (kind === 'whole') return given
  const blocks = present.content ?? []
  const added = given.content ?? []
  const isEmpty = blocks.every(({ type, content }) => type === 'paragraph' && content === undefined)
  if (kind === 'end') return page(isEmpty ? added : [...blocks, ...added])
  const words = 'words' in where ? where.words : ''
  const start = blocks.findIndex((block) => block.type === 'heading' && textOf(block).trim() === words.trim())
  if (start < 0)
    throw new NoSuchHeading(`There is no heading with the words ${JSON.stringify(words.slice(0, 200))}.`)
  const level = Number(blocks[start]?.attrs?.['level'])
  const next = blocks.findIndex(
    ({ type, attrs }, index) => index > start && type === 'heading' && Number(attrs?.['level']) <= level,
  )
  const end = next < 0 ? blocks.length : next
  return page([...blocks.slice(0, end), ...added, ...blocks.slice(end)])
}

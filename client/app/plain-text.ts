/** Any Yjs content as lines to read, for documents that other programs made. Writes nothing. */
import type * as Y from 'yjs'
import { CONTENT_ROOT, META_ROOT, metaKeys } from '#shared/schema/document.ts'

/** What Yjs calls these kinds of content in its format. By number, so that this part needs nothing of Yjs to be fetched. */
const STRING = 4
const FORMAT = 6
const TYPE = 7

/** Every root as text, parted by blank lines; '' for a document without content. */
export function plainText(doc: Y.Doc): string {
  const roots = [...doc.share.keys()].sort()
  return roots
    .map((name) => rootText(doc, name).trim())
    .filter(Boolean)
    .join('\n\n')
}

/** The title and the text of a page document, one line a block. */
export function pageText(doc: Y.Doc): string {
  const title = doc.getMap(META_ROOT).get(metaKeys.title)
  const text = xmlText(doc.getXmlFragment(CONTENT_ROOT)).replace(/\n{3,}/g, '\n\n')
  return typeof title === 'string' && title !== '' ? `${title}\n\n${text}` : text
}

/** A root that nobody asked for by type yet shows by what it holds what it is. */
function rootText(doc: Y.Doc, name: string): string {
  const root = doc.share.get(name)
  if (root === undefined) return ''
  if (root._map.size > 0 && root._start === null) return asJson(doc.getMap(name).toJSON())
  for (let item = root._start; item !== null; item = item.right) {
    if (item.deleted) continue
    const kind = item.content.getRef()
    if (kind === STRING || kind === FORMAT) return doc.getText(name).toString()
    if (kind === TYPE && item.content.getContent().some(isXml)) return xmlText(doc.getXmlFragment(name))
    return asJson(doc.getArray(name).toJSON())
  }
  return ''
}

function xmlText(node: Y.XmlFragment | Y.XmlElement): string {
  return node
    .toArray()
    .map((child) => {
      if ('toDelta' in child) return textOf(child)
      return 'nodeName' in child ? `${xmlText(child)}\n` : ''
    })
    .join('')
}

function textOf(text: Y.XmlText): string {
  const delta: readonly { insert?: unknown }[] = text.toDelta()
  return delta.map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')
}

function isXml(type: unknown): boolean {
  return typeof type === 'object' && type !== null && ('nextSibling' in type || 'firstChild' in type)
}

function asJson(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

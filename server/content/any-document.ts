/** Documents of other Yjs clients: nobody says what their roots are, so it is told from what lies in them. */
import * as Y from 'yjs'

/** Deeper content is cut: whoever walks it must not overflow. */
const MAX_DEPTH = 64

/** Every root by its name, as plain values. */
export function anyToJson(doc: Y.Doc): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const name of [...doc.share.keys()].sort()) out[name] = rootValue(doc, name)
  return out
}

/** All words of all roots, a root a paragraph. */
export function anyToText(doc: Y.Doc): string {
  const texts = [...doc.share.keys()].sort().map((name) => words(rootValue(doc, name), 0).trim())
  const found = texts.filter((text) => text !== '')
  return found.length === 0 ? '' : `${found.join('\n\n')}\n`
}

function rootValue(doc: Y.Doc, name: string): unknown {
  const root = doc.share.get(name)
  if (root === undefined) return null
  return value(typed(doc, name, root), 0)
}

function typed(doc: Y.Doc, name: string, root: NonNullable<ReturnType<Y.Doc['share']['get']>>): unknown {
  if (
    root instanceof Y.Text ||
    root instanceof Y.Map ||
    root instanceof Y.Array ||
    root instanceof Y.XmlFragment
  )
    return root
  let sees: 'text' | 'xml' | 'array' | 'none' = 'none'
  for (let item = root._start; item !== null && sees === 'none'; item = item.right) {
    if (item.deleted) continue
    const { content } = item
    if (
      content instanceof Y.ContentString ||
      content instanceof Y.ContentFormat ||
      content instanceof Y.ContentEmbed
    )
      sees = 'text'
    else if (content instanceof Y.ContentType)
      sees = content.type instanceof Y.XmlElement || content.type instanceof Y.XmlText ? 'xml' : 'array'
    else sees = 'array'
  }
  if (sees === 'text') return doc.getText(name)
  if (sees === 'xml') return doc.getXmlFragment(name)
  return root._map.size > 0 && sees === 'none' ? doc.getMap(name) : doc.getArray(name)
}

function value(found: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return '…'
  if (found instanceof Y.XmlText || found instanceof Y.Text)
    return found
      .toDelta()
      .every(
        (part: { insert?: unknown; attributes?: unknown }) =>
          part.attributes === undefined && typeof part.insert === 'string',
      )
      ? plain(found)
      : found.toDelta()
  if (found instanceof Y.XmlElement)
    return {
      type: found.nodeName,
      attrs: found.getAttributes(),
      content: found.toArray().map((child: unknown) => value(child, depth + 1)),
    }
  if (found instanceof Y.XmlFragment) return found.toArray().map((child: unknown) => value(child, depth + 1))
  if (found instanceof Y.Array) return found.toArray().map((child: unknown) => value(child, depth + 1))
  if (found instanceof Y.Map)
    return Object.fromEntries([...found.entries()].map(([key, child]) => [key, value(child, depth + 1)]))
  if (found instanceof Uint8Array) return { base64: Buffer.from(found).toString('base64') }
  if (found instanceof Y.AbstractType || found instanceof Y.Doc) return null
  return found ?? null
}

function plain(text: Y.Text): string {
  return text
    .toDelta()
    .map((part: { insert?: unknown }) => (typeof part.insert === 'string' ? part.insert : ''))
    .join('')
}

function words(found: unknown, depth: number): string {
  if (depth > 2 * MAX_DEPTH || found === null || found === undefined) return ''
  if (typeof found === 'string') return found
  if (Array.isArray(found)) {
    const isDelta = found.every((part) => typeof part === 'object' && part !== null && 'insert' in part)
    const parts = found.map((part) =>
      isDelta ? words((part as { insert: unknown }).insert, depth + 1) : words(part, depth + 1),
    )
    return parts.filter((part) => part !== '').join(isDelta ? '' : '\n')
  }
  if (typeof found !== 'object') return String(found)
  const inner = 'content' in found && 'type' in found ? [found.content] : Object.values(found)
  return inner
    .map((part) => words(part, depth + 1))
    .filter((part) => part !== '')
    .join('\n')
}

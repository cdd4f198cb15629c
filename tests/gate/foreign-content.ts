/** What a page has no place for, and a page to put it into. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { SCHEMA_VERSION } from '#shared/schema/document.ts'
import { made, structs } from './make.ts'

/** A page with one paragraph that says `hello`. */
export const pageOfHello = made(1, (doc) => {
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText('hello')])
  doc.getXmlFragment('prosemirror').insert(0, [paragraph])
})

export type Change = (doc: Y.Doc, paragraph: Y.XmlElement, text: Y.XmlText) => void

/** What `change` did to that page, by this client. */
export function edited(change: Change, client = 2): Uint8Array {
  return made(
    client,
    (doc) => {
      const paragraph = doc.getXmlFragment('prosemirror').get(0)
      if (!(paragraph instanceof Y.XmlElement)) throw new Error('no paragraph')
      const text = paragraph.get(0)
      if (!(text instanceof Y.XmlText)) throw new Error('no text')
      change(doc, paragraph, text)
    },
    pageOfHello,
  )
}

export const foreignContent: readonly (readonly [what: string, change: Change])[] = [
  ['a raw string among the nodes', (doc) => rawInto(doc.getXmlFragment('prosemirror'), ['raw'])],
  ['a map among the nodes', (doc) => rawInto(doc.getXmlFragment('prosemirror'), [new Y.Map([['k', 1]])])],
  ['an array inside an element', (_doc, paragraph) => rawInto(paragraph, [new Y.Array()])],
  ['a hook', (doc) => rawInto(doc.getXmlFragment('prosemirror'), [new Y.XmlHook('h')])],
  ['a subdocument', (doc) => rawInto(doc.getXmlFragment('prosemirror'), [new Y.Doc()])],
  ['bytes among the nodes', (doc) => rawInto(doc.getXmlFragment('prosemirror'), [new Uint8Array([1])])],
  ['bytes as an attribute', (_doc, paragraph) => paragraph.setAttribute('a', new Uint8Array([1]) as never)],
  ['a type as an attribute', (_doc, paragraph) => paragraph.setAttribute('a', new Y.Map() as never)],
  ['an embed in text', (_doc, _paragraph, text) => text.insertEmbed(0, { image: 'x' })],
  ['an element in text', (_doc, _paragraph, text) => text.insertEmbed(0, new Y.XmlElement('p'))],
  ['a text as the title', (doc) => doc.getMap('meta').set('title', new Y.Text('t'))],
  ['a schema nobody knows yet', (doc) => doc.getMap('meta').set('schemaVersion', SCHEMA_VERSION + 1)],
  ['a schema beyond all numbers', (doc) => doc.getMap('meta').set('schemaVersion', 9e15)],
  ['a schema that is none', (doc) => doc.getMap('meta').set('schemaVersion', 0.5)],
  ['a list under meta', (doc) => doc.getArray('meta').insert(0, ['x'])],
]

/** Values as Yjs wrote them before it had its own encoding for them; no client of today makes such. */
export function jsonAmongNodes(client: number): Uint8Array {
  return structs({ client, clock: 0, count: 1 }, (out) => {
    encoding.writeUint8(out, 2)
    encoding.writeVarUint(out, 1)
    encoding.writeVarString(out, 'prosemirror')
    encoding.writeVarUint(out, 1)
    encoding.writeVarString(out, '{"a":1}')
  })
}

/** What a fragment's own methods would not take. */
function rawInto(fragment: Y.XmlFragment, content: readonly unknown[]): void {
  fragment.insert(0, content as never)
}

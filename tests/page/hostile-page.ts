/** A page as somebody leaves it who wants to run something in other people's browsers: written past every editor. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as Y from 'yjs'

/** Each would set `window.pwned` if a browser took it for more than text. */
export const markup = [
  '"><script>window.pwned="script"</script>',
  '"><img src=x onerror="window.pwned=\'img\'">',
  '</title></style></textarea><svg onload="window.pwned=\'svg\'">',
  'x" onfocus="window.pwned=\'on\'" autofocus tabindex=0 style="animation:x" x="',
] as const

/** Addresses that must lead nowhere. */
export const addresses = [
  'javascript:window.pwned="js"',
  'JaVaScRiPt:window.pwned="case"',
  '\tjava\nscript:window.pwned="tab"',
  '\u0001javascript:window.pwned="control"',
  'data:text/html,<script>window.opener.pwned="data"</script>',
  'vbscript:msgbox(1)',
  '//evil.example/protocol-relative',
  '\\\\evil.example\\backslashes',
  'blob:http://127.0.0.1/x',
  'file:///etc/passwd',
] as const

const style = 'position:fixed;inset:0;background:url(https://evil.example/style)'

/** Every attribute the schema knows, each with every hostile value; the last words are `last`. */
export function knownNames(last: string): Uint8Array {
  return pageOf((blocks) => {
    const values = [...markup, ...addresses, style, 1e9, -1, 1e308, { toString: 'x' }, [1e9, style]]
    for (const value of values) {
      blocks.push(element('heading', { level: value }, 'heading'))
      blocks.push(element('code_block', { language: value }, 'code'))
      blocks.push(element('ordered_list', { start: value }, element('list_item', {}, paragraph('listed'))))
      blocks.push(element('task_list', {}, element('task_item', { checked: value }, paragraph('task'))))
      blocks.push(element('callout', { kind: value }, paragraph('callout')))
      const cell = { colspan: value, rowspan: value, colwidth: [value, 1e9], align: value }
      blocks.push(
        element('table', {}, element('table_row', {}, element('table_cell', cell, paragraph('cell')))),
      )
      const picture = { src: value, alt: value, title: value, width: value, href: value }
      blocks.push(element('paragraph', {}, element('image', picture)))
      blocks.push(element('paragraph', {}, element('mention', { id: value, label: value })))
      const marks = { link: { href: value, title: value }, 'comment--abcdefgh': { thread: value } }
      blocks.push(paragraph(`linked ${typeof value === 'string' ? value : ''}`, marks))
    }
    blocks.push(paragraph(last))
  })
}

/** Names that the schema does not know: of nodes, of marks and of attributes. */
export function unknownNames(last: string): Uint8Array {
  return pageOf((blocks) => {
    for (const name of ['script', 'iframe', 'object', 'svg', 'style', 'img', 'base', 'meta', 'link', 'form'])
      blocks.push(
        element(
          name,
          { src: addresses[0], srcdoc: markup[0], href: addresses[0], onload: 'pwned=1' },
          markup[0],
        ),
      )
    const on = { onclick: 'window.pwned=1', onfocus: 'window.pwned=1', style, class: 'toolbar', id: 'app' }
    blocks.push(element('paragraph', on, 'attributes'))
    blocks.push(
      paragraph('marked', { style: { style }, onclick: { onclick: 'pwned=1' }, span: { class: 'x' } }),
    )
    blocks.push(paragraph(last))
  })
}

/** Pictures that would tell hosts elsewhere who reads, written in every way that is an address of one. */
export function remotePictures(last: string): Uint8Array {
  return pageOf((blocks) => {
    for (const src of [
      'https://pictures.example/a.png',
      'http://pictures.example/b.png',
      ' https://pictures.example/c.png',
      'hTTps:\\\\pictures.example\\d.png',
      'https:pictures.example/e.png',
      '/\t/pictures.example/f.png',
    ])
      blocks.push(element('paragraph', {}, element('image', { src, alt: 'a picture', href: src })))
    blocks.push(paragraph(last))
  })
}

/** The title alone. */
export function titled(title: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getMap('meta').set('title', title)
  return Y.encodeStateAsUpdate(doc)
}

function pageOf(fill: (blocks: Y.XmlElement[]) => void): Uint8Array {
  const doc = new Y.Doc()
  const blocks: Y.XmlElement[] = []
  fill(blocks)
  doc.getXmlFragment('prosemirror').insert(0, blocks)
  return Y.encodeStateAsUpdate(doc)
}

function paragraph(words: string, marks: Readonly<Record<string, object>> = {}): Y.XmlElement {
  const text = new Y.XmlText()
  text.insert(0, words === '' ? ' ' : words, marks)
  const made = new Y.XmlElement('paragraph')
  made.insert(0, [text])
  return made
}

function element(
  name: string,
  attributes: Readonly<Record<string, unknown>>,
  inner?: string | Y.XmlElement,
): Y.XmlElement {
  const made = new Y.XmlElement(name)
  // Typed for text; other clients set anything.
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value as string)
  if (inner !== undefined) made.insert(0, [typeof inner === 'string' ? new Y.XmlText(inner) : inner])
  return made
}

/** Where this server is, once it listens to this machine. */
export async function listening(one: Server): Promise<string> {
  one.listen(0, '127.0.0.1')
  await once(one, 'listening')
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`
}

/** People who write: each holds a document of their own and hands on what they typed. */
import * as Y from 'yjs'
import type { Chance } from './chance.ts'

export class Writer {
  readonly doc: Y.Doc
  readonly author: string
  /** Own edits not handed on yet, in order. */
  unsent: Uint8Array[] = []

  constructor(clientID: number, author: string, options: { gc?: boolean } = {}) {
    this.doc = new Y.Doc(options)
    this.doc.clientID = clientID
    this.author = author
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.unsent.push(update)
    })
  }

  /** What came from elsewhere. */
  read(update: Uint8Array): void {
    Y.applyUpdate(this.doc, update, this)
  }
}

const words = ['a', 'be', 'see', '😀', 'é', 'word ', '\n']

/** One edit of plain text, a map, an array, or nested types. */
export function editAny(doc: Y.Doc, chance: Chance): void {
  const kind = chance.below(10)
  if (kind < 5) editText(doc.getText('t'), chance)
  else if (kind < 7) {
    const map = doc.getMap('m')
    const key = chance.of(['a', 'b', 'c'])
    if (chance.is(0.2)) map.delete(key)
    else if (chance.is(0.25)) map.set(key, new Y.Text('nested'))
    else map.set(key, chance.of<unknown>([1, 'x', { a: [1, null] }, new Uint8Array([1])]))
    const inner = map.get('a')
    if (inner instanceof Y.Text && chance.is(0.5)) editText(inner, chance)
  } else if (kind < 9) {
    const array = doc.getArray<unknown>('l')
    if (array.length > 0 && chance.is(0.3)) array.delete(chance.below(array.length), 1)
    else
      array.insert(chance.below(array.length + 1), [chance.of<unknown>([1, 'x', new Y.Map(), new Y.Array()])])
  } else editPage(doc, chance)
}

export function editText(text: Y.Text, chance: Chance): void {
  const length = text.length
  if (length > 0 && chance.is(0.3)) {
    const at = chance.below(length)
    text.delete(at, 1 + chance.below(Math.min(4, length - at)))
  } else if (length > 1 && chance.is(0.15)) {
    const at = chance.below(length - 1)
    text.format(at, 1 + chance.below(length - at - 1), { [chance.of(['bold', 'em'])]: chance.of([{}, null]) })
  } else text.insert(chance.below(length + 1), chance.of(words))
}

/** One edit as a ProseMirror binding makes it. */
export function editPage(doc: Y.Doc, chance: Chance): void {
  const root = doc.getXmlFragment('prosemirror')
  const elements = root.toArray().filter((node): node is Y.XmlElement => node instanceof Y.XmlElement)
  const kind = chance.below(10)
  if (elements.length === 0 || kind === 0) {
    root.insert(chance.below(root.length + 1), [block(chance)])
    return
  }
  if (kind === 1) {
    root.delete(chance.below(root.length), 1)
    return
  }
  if (kind === 2) {
    doc.getMap('meta').set('title', chance.of(['One', 'Two', 'Three']))
    return
  }
  const element = chance.of(elements)
  if (kind === 3) {
    element.setAttribute('level', chance.below(4) as never)
    return
  }
  if (kind === 4) {
    element.insert(element.length, [chance.is(0.5) ? block(chance) : new Y.XmlElement('hard_break')])
    return
  }
  const texts = element.toArray().filter((node): node is Y.XmlText => node instanceof Y.XmlText)
  if (texts.length === 0) element.insert(0, [new Y.XmlText('new')])
  else editText(chance.of(texts), chance)
}

function block(chance: Chance): Y.XmlElement {
  const element = new Y.XmlElement(chance.of(['paragraph', 'heading', 'blockquote']))
  element.insert(0, [new Y.XmlText(chance.of(words))])
  return element
}

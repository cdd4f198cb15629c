/** What people do to a page: all chosen by chance, all through Yjs' public types. */
import * as Y from 'yjs'
import type { SeededChance } from './chance.ts'

export const ROOT = 'prosemirror'

/** One change, in one transaction. `word` makes it recognisable. */
export function edit(doc: Y.Doc, chance: SeededChance, word: string): void {
  doc.transact(() => change(doc, chance, word))
}

function change(doc: Y.Doc, chance: SeededChance, word: string): void {
  const page = doc.getXmlFragment(ROOT)
  const roll = chance.fraction()
  if (page.length === 0 || roll < 0.1) {
    const paragraph = new Y.XmlElement(chance.is(0.7) ? 'paragraph' : 'heading')
    paragraph.insert(0, [new Y.XmlText(word)])
    page.insert(chance.below(page.length + 1), [paragraph])
    return
  }
  if (roll < 0.14 && page.length > 2) {
    page.delete(chance.below(page.length), 1)
    return
  }
  if (roll < 0.18) {
    doc.getMap('meta').set('title', word)
    return
  }
  const text = anyText(page, chance)
  if (text === null) return
  if (roll < 0.35 && text.length > 0) {
    const at = chance.below(text.length)
    text.delete(at, 1 + chance.below(Math.min(6, text.length - at)))
  } else if (roll < 0.45 && text.length > 2) {
    const at = chance.below(text.length - 1)
    text.format(at, 1 + chance.below(text.length - at), { bold: chance.is(0.5) ? {} : null })
  } else {
    text.insert(chance.is(0.5) ? text.length : chance.below(text.length + 1), word)
  }
}

function anyText(page: Y.XmlFragment, chance: SeededChance): Y.XmlText | null {
  const block = page.get(chance.below(page.length))
  if (!(block instanceof Y.XmlElement)) return null
  const text = block.length > 0 ? block.get(0) : null
  return text instanceof Y.XmlText ? text : null
}

/** Everything a person could see of it. */
export function contentOf(doc: Y.Doc): string {
  const blocks = doc
    .getXmlFragment(ROOT)
    .toArray()
    .map((block) =>
      block instanceof Y.XmlElement
        ? [block.nodeName, block.toArray().map((text) => (text instanceof Y.XmlText ? text.toDelta() : null))]
        : null,
    )
  return JSON.stringify([blocks, doc.getMap('meta').toJSON()])
}

/** Documents with a past: logs written before a server is started on them, by several people, over days. */
import * as Y from 'yjs'
import type { NewEntry } from '#server/log/port.ts'
import { openSqliteLog } from '#server/log/sqlite.ts'
import { batch } from '#tests/log/writing.ts'

export interface Stretch {
  readonly author: string
  /** Wall-clock milliseconds of its first edit. */
  readonly at: number
  /** Each transaction is an edit; they come a second apart. */
  readonly write: (page: Y.XmlFragment) => void
}

/** Writes the log of `document` into the data folder of a server that is not running. Gives its newest position. */
export async function live(folder: string, document: string, stretches: readonly Stretch[]): Promise<number> {
  let now = 0
  const log = await openSqliteLog({
    folder,
    wall: () => now,
    onFatal: (error) => {
      throw error
    },
  })
  const docs = new Map<string, Y.Doc>()
  const updates: Uint8Array[] = []
  let head = 0
  for (const { author, at, write } of stretches) {
    const doc = docs.get(author) ?? new Y.Doc()
    docs.set(author, doc)
    for (const update of updates) Y.applyUpdate(doc, update)
    const written: NewEntry[] = []
    const listen = (update: Uint8Array): void => {
      written.push({ update, author, push: null })
      updates.push(update)
    }
    doc.on('update', listen)
    write(doc.getXmlFragment('prosemirror'))
    doc.off('update', listen)
    now = at
    for (const one of written) {
      await log.commit([batch(document, [one], { head })])
      head += 1
      now += 1_000
    }
  }
  await log.close()
  return head
}

/** A block at the end, its words one by one. */
export function block(
  page: Y.XmlFragment,
  words: string,
  name = 'paragraph',
  attributes: object = {},
): Y.XmlText {
  const element = new Y.XmlElement(name)
  const text = new Y.XmlText()
  page.doc?.transact(() => {
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    element.insert(0, [text])
    page.push([element])
  })
  for (const word of words.split(/(?<= )/)) text.insert(text.length, word)
  return text
}

/** The text of a block that is there. */
export function textIn(page: Y.XmlFragment, index: number): Y.XmlText {
  const found = (page.get(index) as Y.XmlElement).get(0)
  if (!(found instanceof Y.XmlText)) throw new RangeError(`block ${index} holds no text`)
  return found
}

export function replace(page: Y.XmlFragment, index: number, old: string, words: string): void {
  const text = textIn(page, index)
  const at = text.toString().indexOf(old)
  if (at < 0) throw new RangeError(`block ${index} does not say ${old}`)
  text.delete(at, old.length)
  if (words !== '') text.insert(at, words)
}

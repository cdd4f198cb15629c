/**
 * Halves of characters (lone surrogates) come by paste and by broken input methods. Yjs sends U+FFFD in their place, so
 * that the text here would not be the text elsewhere: they become that before they are written.
 */
import { Plugin, type Transaction } from 'prosemirror-state'
import { FROM_DOCUMENT } from './showing.ts'

export function wellFormed(): Plugin {
  return new Plugin({
    appendTransaction(transactions, before, { doc, schema, tr }) {
      const isOurs = (one: Transaction) => one.docChanged && one.getMeta(FROM_DOCUMENT) !== true
      if (!transactions.some(isOurs)) return null
      const from = before.doc.content.findDiffStart(doc.content)
      const to = before.doc.content.findDiffEnd(doc.content)?.b
      if (from === null || to === undefined) return null
      // Where the same letter comes twice the ends may cross; a half may stand right before what was put in.
      doc.nodesBetween(
        Math.max(0, from - 1),
        Math.min(doc.content.size, Math.max(from, to) + 1),
        (node, at) => {
          if (node.text === undefined || node.text.isWellFormed()) return
          const whole = node.text.toWellFormed()
          for (let unit = 0; unit < whole.length; unit++)
            if (whole[unit] !== node.text[unit])
              tr.replaceWith(at + unit, at + unit + 1, schema.text(whole.charAt(unit), node.marks))
        },
      )
      return tr.docChanged ? tr : null
    },
  })
}

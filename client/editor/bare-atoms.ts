/**
 * Breaks, pictures and mentions carry no marks: the shared document has no place for them, and what one screen showed
 * and no other did would not be the same text. (A picture's link is an attribute of its own.)
 */
import type { Node } from 'prosemirror-model'
import { Plugin, type Transaction } from 'prosemirror-state'
import { FROM_DOCUMENT } from './showing.ts'

export function bareAtoms(): Plugin {
  return new Plugin({
    appendTransaction(transactions, _before, after) {
      if (transactions.some((tr) => tr.getMeta(FROM_DOCUMENT) === true)) return null
      const tr = after.tr
      for (const { from, to } of changedRanges(transactions))
        strip(tr, from, Math.min(to, after.doc.content.size))
      return tr.docChanged ? tr : null
    },
  })
}

/** What the transactions put in, as ranges of the last one's document. */
function changedRanges(transactions: readonly Transaction[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (const tr of transactions) {
    for (const range of ranges) {
      range.from = tr.mapping.map(range.from, -1)
      range.to = tr.mapping.map(range.to, 1)
    }
    if (!tr.docChanged) continue
    for (const [index, map] of tr.mapping.maps.entries())
      map.forEach((_, __, from, to) => {
        const rest = tr.mapping.slice(index + 1)
        ranges.push({ from: rest.map(from, -1), to: rest.map(to, 1) })
      })
    // Setting a mark moves nothing, so it leaves no range behind.
    for (const step of tr.steps)
      if ('mark' in step && 'from' in step && 'to' in step)
        ranges.push({ from: tr.mapping.map(Number(step.from), -1), to: tr.mapping.map(Number(step.to), 1) })
  }
  return ranges
}

function strip(tr: Transaction, from: number, to: number): void {
  tr.doc.nodesBetween(from, to, (node: Node, position) => {
    if (node.isInline && !node.isText) for (const mark of node.marks) tr.removeNodeMark(position, mark)
  })
}

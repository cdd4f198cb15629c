/** Keeping true what is remembered of how shared types were read. */
import type { Node } from 'prosemirror-model'
import * as Y from 'yjs'
import { isNode, isRun, isTexts, keptOf, lengthOf, shownOf } from './likeness.ts'
import type { Mapping } from './reading.ts'

/** Forgets what a transaction deleted. */
export function forgetDeleted(mapping: Mapping, transaction: Y.Transaction): void {
  Y.iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => {
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentType)
      mapping.delete(struct.content.type)
  })
}

/** Forgets what a transaction changed, and what that is in. */
export function forgetChanged(mapping: Mapping, transaction: Y.Transaction): void {
  for (const type of transaction.changed.keys()) mapping.delete(type)
  for (const type of transaction.changedParentTypes.keys()) mapping.delete(type)
}

/**
 * A view keeps its own nodes where they equal those that were read; the mapping must name the view's. Only for
 * faithful readings. Parts that already name the view's nodes are not looked into.
 */
export function adopt(mapping: Mapping, type: Y.XmlFragment, node: Node): void {
  if (mapping.get(type) === node) return
  mapping.set(type, node)
  const shown = shownOf(node)
  // An emptied text is in the document and not on the screen.
  const kept = keptOf(type).filter((item) => !isRun(item) || lengthOf(item) > 0)
  for (const [index, item] of kept.entries()) {
    const counterpart = shown[index]
    if (item instanceof Y.XmlElement) {
      if (isNode(counterpart)) adopt(mapping, item, counterpart)
      continue
    }
    const [only] = item
    if (only !== undefined && item.length === 1 && isTexts(counterpart)) mapping.set(only, [...counterpart])
    // Text nodes that several shared texts fill belong to none of them: they are read again when needed.
    else for (const text of item) mapping.delete(text)
  }
}

/** Undo of one's own edits only, in steps a person would call one. */
import type { Node } from 'prosemirror-model'
import type { Transaction } from 'prosemirror-state'
import { ReplaceAroundStep } from 'prosemirror-transform'
import { defaultDeleteFilter } from 'y-prosemirror'
import * as Y from 'yjs'
import type { Anchored } from './positions.ts'

/** Where the selection was before the step; kept with each step under this key. */
const SELECTION = 'selection'

/** Undoing the making of one of these leaves it when somebody else has written in it since. */
const kept = new Set([
  'paragraph',
  'heading',
  'list_item',
  'task_item',
  'code_block',
  'table_cell',
  'table_header',
])

export interface UndoSource {
  readonly fragment: Y.XmlFragment
  /** The origin of one's own edits. */
  readonly origin: object
  /** The selection before the edit that is being captured. */
  readonly selection: () => Anchored | null
  /** Called after a step was undone or redone, with where the selection was. */
  readonly restore: (selection: Anchored | null) => void
}

export class Undo {
  readonly manager: Y.UndoManager

  constructor({ fragment, origin, selection, restore }: UndoSource) {
    this.manager = new Y.UndoManager(fragment, {
      trackedOrigins: new Set([origin]),
      captureTransaction: (transaction) => transaction.meta.get('addToHistory') !== false,
      deleteFilter: (item) => defaultDeleteFilter(item, kept),
    })
    this.manager.on('stack-item-added', ({ stackItem }) => {
      stackItem.meta.set(SELECTION, selection())
    })
    this.manager.on('stack-item-popped', ({ stackItem }) => {
      restore((stackItem.meta.get(SELECTION) as Anchored | null | undefined) ?? null)
    })
  }

  /** The next edit begins a new step. */
  separate(): void {
    this.manager.stopCapturing()
  }

  destroy(): void {
    this.manager.destroy()
  }
}

/** Whether an edit stands for itself: pasted, dropped, cut, or a change of blocks rather than of text. */
export function standsAlone(transactions: readonly Transaction[]): boolean {
  return transactions.some((tr) => {
    const how: unknown = tr.getMeta('uiEvent')
    if (how === 'paste' || how === 'drop' || how === 'cut') return true
    return (
      tr.steps.some((step) => step instanceof ReplaceAroundStep) ||
      blockCount(tr.doc) !== blockCount(tr.before)
    )
  })
}

function blockCount(doc: Node): number {
  return doc.childCount
}

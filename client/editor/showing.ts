/** The transactions that make a view show what the document holds. */
import type { Node } from 'prosemirror-model'
import type { EditorState, Selection, Transaction } from 'prosemirror-state'
import { narrow } from './narrow.ts'
import { rebase, type Undoable } from './rebase.ts'

/** The meta key of a transaction that shows what came from the document; its value is true. */
export const FROM_DOCUMENT = 'vellum-from-document'

/** To `target`; `found` says where in it the selection's own place went. */
export function showing(
  state: EditorState,
  target: Node,
  found: (doc: Node) => Selection | null,
): Transaction {
  const tr = state.tr
  narrow(tr, target)
  const { anchor, head } = state.selection
  // Where the text around it was replaced, only the document knows where the place went.
  if ([anchor, head].some((position) => tr.mapping.mapResult(position).deletedAcross)) {
    const selection = found(tr.doc)
    if (selection !== null) tr.setSelection(selection)
  }
  return fromDocument(tr, state).setMeta('addToHistory', false)
}

/** To `target` with the steps in `held`, which led to what is shown now, made again in it. */
export function showingOnTop(state: EditorState, held: readonly Undoable[], target: Node): Transaction {
  const rebased = rebase(state.doc, held, target)
  const tr = state.tr
  narrow(tr, rebased.doc)
  return fromDocument(tr.setSelection(state.selection.map(tr.doc, rebased.mapping)), state)
}

/** Bold that was just switched on stays on while others write. */
function fromDocument(tr: Transaction, state: EditorState): Transaction {
  return tr.setMeta(FROM_DOCUMENT, true).setStoredMarks(state.storedMarks)
}

/** Whether a view shows no more than it does of a document with nothing in it. */
export function isBlank(doc: Node): boolean {
  return doc.eq(doc.type.createAndFill() ?? doc)
}

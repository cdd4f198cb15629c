/**
 * Chromium remembers where the caret of an empty block is drawn, and when blocks are put in before it, types into one
 * of those, though the selection still names the right block. Setting the same selection anew makes it look again.
 */
import type { EditorView } from 'prosemirror-view'

export function setCaretAnew(view: EditorView): void {
  const { empty, $head } = view.state.selection
  if (!empty || !$head.parent.isTextblock || $head.parent.content.size > 0) return
  if (view.composing || !view.hasFocus()) return
  const { node, offset } = view.domAtPos($head.pos)
  const { root } = view
  const owner =
    root instanceof ShadowRoot && 'getSelection' in root ? (root as unknown as Document) : document
  const selection = owner.getSelection()
  selection?.removeAllRanges()
  selection?.collapse(node, offset)
}

/** What is put into the text at the caret: lines across it, and tables. */
import type { Node, NodeType } from 'prosemirror-model'
import { type Command, NodeSelection, TextSelection } from 'prosemirror-state'
import { nodeType, within } from './commands.ts'

export const insertRule: Command = (state, dispatch) => {
  const rule = nodeType(state.schema, 'horizontal_rule')
  const { $from } = state.selection
  if (!$from.node(-1)?.canReplaceWith($from.indexAfter(-1), $from.indexAfter(-1), rule)) return false
  if (dispatch === undefined) return true
  const paragraph = nodeType(state.schema, 'paragraph')
  const tr = state.tr
  const empty = $from.parent.isTextblock && $from.parent.content.size === 0
  if (empty) tr.replaceWith($from.before(), $from.after(), [rule.create(), paragraph.create()])
  else tr.insert($from.after(), [rule.create(), paragraph.create()])
  const at = empty ? $from.before() + 2 : $from.after() + 2
  dispatch(tr.setSelection(TextSelection.create(tr.doc, at)).scrollIntoView())
  return true
}

/** Inserts a table after the block the caret is in; the first row is a header. Sizes are clamped to 1–20. */
export function insertTable(rows: number, columns: number): Command {
  return (state, dispatch) => {
    const { $from } = state.selection
    if ($from.depth === 0 && !(state.selection instanceof NodeSelection)) return false
    if (within(state, 'table') || $from.parent.type.spec.code) return false
    if (dispatch === undefined) return true
    const { schema } = state
    const cells = (name: 'table_cell' | 'table_header') =>
      Array.from({ length: clampSize(columns) }, () => filled(nodeType(schema, name)))
    const row = nodeType(schema, 'table_row')
    const body = Array.from({ length: clampSize(rows) }, (_, index) =>
      row.create(null, cells(index === 0 ? 'table_header' : 'table_cell')),
    )
    const table = nodeType(schema, 'table').create(null, body)
    const paragraph = nodeType(schema, 'paragraph')
    const empty = $from.parent.type === paragraph && $from.parent.content.size === 0
    const start = empty ? $from.before() : $from.after()
    const tr = state.tr
    const last = $from.after() === $from.end(-1)
    const nodes = last ? [table, paragraph.create()] : [table]
    if (empty) tr.replaceWith(start, $from.after(), nodes)
    else tr.insert(start, nodes)
    dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(start + 3))).scrollIntoView())
    return true
  }
}

function filled(type: NodeType): Node {
  return type.createAndFill() ?? type.create()
}

function clampSize(size: number): number {
  return Math.min(20, Math.max(1, Math.trunc(size) || 1))
}

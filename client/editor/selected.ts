/** What the selection is in, for buttons that show it. */
import type { Node } from 'prosemirror-model'
import type { EditorState } from 'prosemirror-state'
import { type BlockKind, markType } from './commands.ts'
import type { MarkName } from './schema.ts'

/** Whether the next letter typed, or all of the selection, has the mark. */
export function hasMark(state: EditorState, name: MarkName): boolean {
  const type = markType(state.schema, name)
  const { from, to, empty, $from } = state.selection
  if (empty) return type.isInSet(state.storedMarks ?? $from.marks()) !== undefined
  let all = true
  let some = false
  state.doc.nodesBetween(from, to, (node) => {
    if (node.isText) {
      some = true
      all &&= type.isInSet(node.marks) !== undefined
    }
  })
  return some && all
}

export function blockKind(state: EditorState): BlockKind {
  const kinds = new Set<BlockKind>()
  const { from, to } = state.selection
  state.doc.nodesBetween(from, to, (node) => {
    if (node.isTextblock) kinds.add(kindOf(node))
    return !node.isTextblock
  })
  const [kind] = kinds
  return kinds.size === 1 && kind !== undefined ? kind : 'other'
}

function kindOf(node: Node): BlockKind {
  if (node.type.name === 'heading') return `heading-${node.attrs['level'] as 1 | 2 | 3 | 4 | 5 | 6}`
  return node.type.name === 'paragraph' || node.type.name === 'code_block' ? node.type.name : 'other'
}

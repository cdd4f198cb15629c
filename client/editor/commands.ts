/** What a person can do to the text, as ProseMirror commands. */
import { lift, setBlockType, toggleMark, wrapIn } from 'prosemirror-commands'
import { Fragment, type MarkType, type Node, type NodeType, type Schema } from 'prosemirror-model'
import { liftListItem, sinkListItem, wrapInList } from 'prosemirror-schema-list'
import { type Command, type EditorState, TextSelection } from 'prosemirror-state'
import { maxDepth } from '#shared/schema/document.ts'
import type { MarkName, NodeName } from './schema.ts'

export function nodeType(schema: Schema, name: NodeName): NodeType {
  const type = schema.nodes[name]
  if (type === undefined) throw new RangeError(`no node ${name}`)
  return type
}

export function markType(schema: Schema, name: MarkName): MarkType {
  const type = schema.marks[name]
  if (type === undefined) throw new RangeError(`no mark ${name}`)
  return type
}

/** Puts the mark on the selection, or takes it away where all of it has it. */
export function mark(name: Exclude<MarkName, 'link' | 'comment'>): Command {
  return (state, dispatch, view) =>
    toggleMark(markType(state.schema, name), null, { removeWhenPresent: false })(state, dispatch, view)
}

/** Kinds of block the chooser offers; `other` for what it cannot name (a table, several kinds at once). */
export type BlockKind = 'paragraph' | `heading-${1 | 2 | 3 | 4 | 5 | 6}` | 'code_block' | 'other'

export function setBlock(kind: Exclude<BlockKind, 'other'>): Command {
  return (state, dispatch, view) => {
    const [name, level] = kind.split('-') as [NodeName, string | undefined]
    const attributes = level === undefined ? null : { level: Number(level) }
    return setBlockType(nodeType(state.schema, name), attributes)(state, dispatch, view)
  }
}

export type Wrapper = 'blockquote' | 'callout' | 'bullet_list' | 'ordered_list' | 'task_list'

const items: Partial<Record<Wrapper, NodeName>> = {
  bullet_list: 'list_item',
  ordered_list: 'list_item',
  task_list: 'task_item',
}

/** The nearest list or quote around the whole selection, or null. */
export function wrapperAround(state: EditorState): { name: Wrapper; depth: number } | null {
  const { $from, to } = state.selection
  for (let depth = $from.depth; depth > 0; depth--) {
    const name = $from.node(depth).type.name
    if ((name in items || name === 'blockquote') && to <= $from.end(depth))
      return { name: name as Wrapper, depth }
    if (name === 'table_cell' || name === 'table_header') return null
  }
  return null
}

/** Whether some ancestor is of this kind, out to the next table cell. */
export function isInside(state: EditorState, name: Wrapper): boolean {
  const { $from } = state.selection
  for (let depth = $from.depth; depth > 0; depth--) {
    const found = $from.node(depth).type.name
    if (found === name) return true
    if (found === 'table_cell' || found === 'table_header') return false
  }
  return false
}

/** Makes a list of the selected blocks, another kind of list of the list they are in, or takes the list away. */
export function toggleList(name: 'bullet_list' | 'ordered_list' | 'task_list'): Command {
  return (state, dispatch, view) => {
    const around = wrapperAround(state)
    if (around === null || around.name === 'blockquote')
      return wrapInList(nodeType(state.schema, name))(state, dispatch, view)
    const item = items[around.name]
    if (around.name === name && item !== undefined)
      return liftListItem(nodeType(state.schema, item))(state, dispatch, view)
    return changeList(name, around.depth)(state, dispatch, view)
  }
}

function changeList(name: 'bullet_list' | 'ordered_list' | 'task_list', depth: number): Command {
  return (state, dispatch) => {
    if (dispatch === undefined) return true
    const { $from } = state.selection
    const list = $from.node(depth)
    const item = nodeType(state.schema, items[name] ?? 'list_item')
    const children: Node[] = []
    list.forEach((child) => {
      children.push(item.create(null, child.content))
    })
    const tr = state.tr.replaceWith(
      $from.before(depth),
      $from.after(depth),
      nodeType(state.schema, name).create(null, Fragment.fromArray(children)),
    )
    const { anchor, head } = state.selection
    dispatch(tr.setSelection(TextSelection.create(tr.doc, anchor, head)).scrollIntoView())
    return true
  }
}

export const toggleQuote: Command = (state, dispatch, view) => {
  if (isInside(state, 'blockquote')) return lift(state, dispatch, view)
  if (state.selection.$from.depth + 1 > maxDepth) return false
  return wrapIn(nodeType(state.schema, 'blockquote'))(state, dispatch, view)
}

/** Moves the item one level in or out; false outside of lists. */
export function moveItem(direction: 'in' | 'out'): Command {
  return (state, dispatch, view) => {
    const around = wrapperAround(state)
    const name = around && items[around.name]
    if (!name) return false
    if (direction === 'in' && state.selection.$from.depth + 2 > maxDepth) return true
    const item = nodeType(state.schema, name)
    const done = (direction === 'in' ? sinkListItem(item) : liftListItem(item))(state, dispatch, view)
    // The first item cannot move in; Tab must still not leave the text in the middle of a list.
    return done || direction === 'in'
  }
}

export const insertBreak: Command = (state, dispatch) => {
  const type = nodeType(state.schema, 'hard_break')
  if (state.selection.$from.parent.type.spec.code) {
    dispatch?.(state.tr.insertText('\n').scrollIntoView())
    return true
  }
  if (!state.selection.$from.parent.inlineContent) return false
  // The break itself carries no marks; what is typed after it goes on with those from before it.
  const marks = state.storedMarks ?? state.selection.$from.marks()
  dispatch?.(state.tr.replaceSelectionWith(type.create(), false).setStoredMarks(marks).scrollIntoView())
  return true
}

export function within(state: EditorState, name: NodeName): boolean {
  const { $from } = state.selection
  for (let depth = $from.depth; depth > 0; depth--) if ($from.node(depth).type.name === name) return true
  return false
}

/** What a person can do to the text, as ProseMirror commands. */
import { lift, setBlockType, toggleMark, wrapIn } from 'prosemirror-commands'
import { Fragment, type Mark, type MarkType, type Node, type NodeType, type Schema } from 'prosemirror-model'
import { liftListItem, sinkListItem, wrapInList } from 'prosemirror-schema-list'
import { type Command, type EditorState, NodeSelection, TextSelection } from 'prosemirror-state'
import { linkUrl } from '#shared/schema/url.ts'
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

/** Kinds of block the chooser offers; `other` for what it cannot name (a table, several kinds at once). */
export type BlockKind = 'paragraph' | `heading-${1 | 2 | 3 | 4 | 5 | 6}` | 'code_block' | 'other'

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

export const toggleQuote: Command = (state, dispatch, view) =>
  isInside(state, 'blockquote')
    ? lift(state, dispatch, view)
    : wrapIn(nodeType(state.schema, 'blockquote'))(state, dispatch, view)

/** Moves the item one level in or out; false outside of lists. */
export function moveItem(direction: 'in' | 'out'): Command {
  return (state, dispatch, view) => {
    const around = wrapperAround(state)
    const name = around && items[around.name]
    if (!name) return false
    const item = nodeType(state.schema, name)
    const done = (direction === 'in' ? sinkListItem(item) : liftListItem(item))(state, dispatch, view)
    // The first item cannot move in; Tab must still not leave the text in the middle of a list.
    return done || direction === 'in'
  }
}

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

export function within(state: EditorState, name: NodeName): boolean {
  const { $from } = state.selection
  for (let depth = $from.depth; depth > 0; depth--) if ($from.node(depth).type.name === name) return true
  return false
}

/** The link the caret is in or the selection touches, with its range, or null. */
export function linkAt(state: EditorState): { href: string; from: number; to: number } | null {
  const type = markType(state.schema, 'link')
  const { $from, from, to, empty } = state.selection
  const parent = $from.parent
  if (!parent.inlineContent) return null
  let found: { mark: Mark; from: number; to: number } | null = null
  let position = $from.start()
  parent.forEach((child) => {
    const mark = type.isInSet(child.marks)
    const end = position + child.nodeSize
    if (mark === undefined) {
      if (found !== null && found.to < from) found = null
    } else if (found !== null && found.to === position && found.mark.eq(mark)) found.to = end
    else if (found === null || found.to < from) found = { mark, from: position, to: end }
    position = end
  })
  const link = found as { mark: Mark; from: number; to: number } | null
  if (link === null || link.from > (empty ? from : to) || link.to < from) return null
  if (!empty && (link.from >= to || link.to <= from)) return null
  return { href: String(link.mark.attrs['href'] ?? ''), from: link.from, to: link.to }
}

/** Links the selection, the link the caret is in, or new text that is the address itself; false for a bad address. */
export function setLink(address: string): Command {
  return (state, dispatch) => {
    const href = linkUrl(withScheme(address))
    if (href === null) return false
    const type = markType(state.schema, 'link')
    const { empty, from, to, $from } = state.selection
    if (!$from.parent.inlineContent || $from.parent.type.spec.code) return false
    if (dispatch === undefined) return true
    const tr = state.tr
    const existing = linkAt(state)
    const created = type.create({ href })
    if (existing !== null && empty)
      tr.removeMark(existing.from, existing.to, type).addMark(existing.from, existing.to, created)
    else if (empty) tr.insert(from, state.schema.text(address.trim(), [created]))
    else tr.removeMark(from, to, type).addMark(from, to, created)
    dispatch(tr.scrollIntoView())
    return true
  }
}

/** Whether there may be a link where the selection is. */
export function canLink(state: EditorState): boolean {
  return setLink('https://example.org')(state)
}

export const removeLink: Command = (state, dispatch) => {
  const link = linkAt(state)
  if (link === null) return false
  dispatch?.(state.tr.removeMark(link.from, link.to, markType(state.schema, 'link')))
  return true
}

/** People type `example.org`; a link needs a scheme. */
function withScheme(address: string): string {
  const trimmed = address.trim()
  if (/^[^\s/:@]+@[^\s/:@]+\.[^\s/:@]+$/.test(trimmed)) return `mailto:${trimmed}`
  return /^[\w-]+(\.[\w-]+)+(:\d+)?([/?#]|$)/.test(trimmed) ? `https://${trimmed}` : trimmed
}

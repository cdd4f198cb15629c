/** What the toolbar offers, as values: names, keys, commands, and how each shows its state. */
import type { Command, EditorState } from 'prosemirror-state'
import type { Action } from './action.ts'
import {
  type BlockKind,
  isInside,
  mark,
  setBlock,
  toggleList,
  toggleQuote,
  within,
  wrapperAround,
} from './commands.ts'
import type { IconName } from './icons.ts'
import { insertRule, insertTable } from './insertions.ts'
import type { Later } from './later.ts'
import { linkAt } from './links.ts'
import { blockKind, hasMark } from './selected.ts'

export interface MenuButton {
  readonly id: MenuName
  readonly name: string
  readonly icon?: IconName
  readonly menu: MenuName
}

export type MenuName = 'block' | 'table' | 'more'
export type Item = Action | MenuButton

/** Commands that belong to the open text, or to the toolbar itself. */
export interface Own {
  readonly undo: Command
  readonly redo: Command
  readonly editLink: Command
  /** Null as long as tables cannot be worked on. */
  readonly later: Later | null
}

export function isMenu(item: Item): item is MenuButton {
  return 'menu' in item
}

/** The groups of the toolbar in their order; what is last goes first into "More" when there is no room. */
export function groups(
  { undo, redo, editLink, later }: Own,
  state: EditorState,
): readonly (readonly Item[])[] {
  return [
    [
      { id: 'undo', name: 'Undo', icon: 'undo', keys: 'Mod-z', run: undo },
      { id: 'redo', name: 'Redo', icon: 'redo', keys: 'Mod-Shift-z', run: redo },
    ],
    [{ id: 'block', name: 'Kind of block', menu: 'block' }],
    [
      marking('bold', 'Bold', 'Mod-b'),
      marking('italic', 'Italic', 'Mod-i'),
      marking('underline', 'Underline', 'Mod-u'),
      marking('strike', 'Strikethrough', 'Mod-Shift-x'),
      marking('code', 'Code', 'Mod-e'),
      {
        id: 'link',
        name: 'Link',
        icon: 'link',
        keys: 'Mod-k',
        run: editLink,
        pressed: (now) => linkAt(now) !== null,
      },
    ],
    [
      listing('bullet_list', 'Bulleted list', 'bullets', 'Mod-Shift-8'),
      listing('ordered_list', 'Numbered list', 'numbers', 'Mod-Shift-7'),
      listing('task_list', 'Task list', 'tasks', 'Mod-Shift-9'),
      {
        id: 'quote',
        name: 'Quote',
        icon: 'quote',
        keys: 'Mod-Shift-.',
        run: toggleQuote,
        pressed: (now) => isInside(now, 'blockquote'),
      },
    ],
    [
      within(state, 'table')
        ? { id: 'table', name: 'Table', icon: 'table', menu: 'table' }
        : {
            id: 'insert-table',
            name: 'Insert table',
            icon: 'table',
            run: later === null ? never : insertTable(3, 3),
          },
      { id: 'rule', name: 'Horizontal line', icon: 'rule', run: insertRule },
    ],
  ]
}

const never: Command = () => false

export const blocks: readonly Action[] = [
  block('paragraph', 'Paragraph', 'Mod-Alt-0'),
  block('heading-1', 'Heading 1', 'Mod-Alt-1'),
  block('heading-2', 'Heading 2', 'Mod-Alt-2'),
  block('heading-3', 'Heading 3', 'Mod-Alt-3'),
  block('heading-4', 'Heading 4', 'Mod-Alt-4'),
  block('heading-5', 'Heading 5', 'Mod-Alt-5'),
  block('heading-6', 'Heading 6', 'Mod-Alt-6'),
  block('code_block', 'Code block', 'Mod-Alt-c'),
]

/** The words on the block chooser. */
export function blockName(state: EditorState): string {
  const kind: BlockKind = blockKind(state)
  return blocks.find(({ id }) => id === kind)?.name ?? 'Mixed'
}

function marking(
  name: 'bold' | 'italic' | 'underline' | 'strike' | 'code',
  words: string,
  keys: string,
): Action {
  return {
    id: name,
    name: words,
    icon: name,
    keys,
    run: mark(name),
    pressed: (state) => hasMark(state, name),
  }
}

function listing(
  name: 'bullet_list' | 'ordered_list' | 'task_list',
  words: string,
  icon: IconName,
  keys: string,
): Action {
  const pressed = (state: EditorState) => wrapperAround(state)?.name === name
  return { id: name, name: words, icon, keys, run: toggleList(name), pressed }
}

function block(kind: Exclude<BlockKind, 'other'>, name: string, keys: string): Action {
  return { id: kind, name, keys, run: setBlock(kind), pressed: (state) => blockKind(state) === kind }
}

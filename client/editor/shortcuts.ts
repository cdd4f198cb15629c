/** Every key that does something in the text. */
import {
  baseKeymap,
  chainCommands,
  createParagraphNear,
  exitCode,
  liftEmptyBlock,
  newlineInCode,
  selectParentNode,
  splitBlock,
} from 'prosemirror-commands'
import { undoInputRule } from 'prosemirror-inputrules'
import { keymap } from 'prosemirror-keymap'
import type { Schema } from 'prosemirror-model'
import { splitListItem } from 'prosemirror-schema-list'
import { type Command, Plugin } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import {
  insertBreak,
  mark,
  moveItem,
  nodeType,
  setBlock,
  toggleList,
  toggleQuote,
  within,
} from './commands.ts'
import type { Later } from './later.ts'
import { codeFence } from './markdown-rules.ts'

export interface ShortcutOptions {
  readonly schema: Schema
  readonly undo: Command
  readonly redo: Command
  /** Opens the place where a link is typed. */
  readonly editLink: Command
  readonly focusToolbar: Command
  /** Null as long as tables cannot be worked on. */
  readonly later: () => Later | null
}

/** Plugins in the order they are asked. */
export function shortcuts({ schema, undo, redo, editLink, focusToolbar, later }: ShortcutOptions): Plugin[] {
  const keys: Record<string, Command> = {
    'Mod-b': mark('bold'),
    'Mod-i': mark('italic'),
    'Mod-u': mark('underline'),
    'Mod-Shift-x': mark('strike'),
    'Mod-e': mark('code'),
    'Mod-k': editLink,
    'Alt-F10': focusToolbar,
    'Mod-Alt-0': setBlock('paragraph'),
    'Mod-Alt-c': setBlock('code_block'),
    'Mod-Shift-7': toggleList('ordered_list'),
    'Mod-Shift-8': toggleList('bullet_list'),
    'Mod-Shift-9': toggleList('task_list'),
    'Mod-Shift-.': toggleQuote,
    'Mod-z': undo,
    'Mod-Shift-z': redo,
    'Mod-y': redo,
    Backspace: undoInputRule,
    'Mod-Enter': exitCode,
    'Shift-Enter': insertBreak,
    'Ctrl-Shift-ArrowUp': selectParentNode,
    Enter: chainCommands(
      newlineInCode,
      codeFence,
      splitListItem(nodeType(schema, 'list_item')),
      splitListItem(nodeType(schema, 'task_item'), { checked: false }),
      createParagraphNear,
      liftEmptyBlock,
      splitBlock,
    ),
  }
  for (const level of [1, 2, 3, 4, 5, 6] as const) keys[`Mod-Alt-${level}`] = setBlock(`heading-${level}`)
  return [tabs(later), keymap(keys), keymap(baseKeymap)]
}

/**
 * Tab moves items and cells, so Escape gives it back to the browser: Escape, then Tab or Shift-Tab, leaves the text.
 * Any other key, or leaving, takes it again.
 */
function tabs(later: ShortcutOptions['later']): Plugin {
  let released = false
  const cell = (way: 'forward' | 'back'): Command => {
    // A Tab that comes too early for its table must not leave the text.
    return (state, dispatch, view) => later()?.[way](state, dispatch, view) ?? within(state, 'table')
  }
  const forward = chainCommands(cell('forward'), moveItem('in'), indentCode)
  const back = chainCommands(cell('back'), moveItem('out'))
  return new Plugin({
    props: {
      handleKeyDown(view: EditorView, event: KeyboardEvent) {
        if (event.key === 'Escape') {
          released = true
          return false
        }
        if (event.key !== 'Tab' || event.ctrlKey || event.altKey || event.metaKey) {
          if (event.key !== 'Shift') released = false
          return false
        }
        if (released || view.composing) return false
        return (event.shiftKey ? back : forward)(view.state, view.dispatch, view)
      },
      handleDOMEvents: {
        focus: () => {
          released = false
          return false
        },
      },
    },
  })
}

const indentCode: Command = (state, dispatch) => {
  if (!state.selection.$from.parent.type.spec.code) return false
  dispatch?.(state.tr.insertText('  ').scrollIntoView())
  return true
}

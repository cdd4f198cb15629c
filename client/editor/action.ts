/** Something the toolbar and its menus offer. */
import type { Command, EditorState } from 'prosemirror-state'
import type { IconName } from './icons.ts'

export interface Action {
  readonly id: string
  readonly name: string
  readonly icon?: IconName
  /** As ProseMirror writes keys, e.g. `Mod-Shift-x`. */
  readonly keys?: string
  readonly run: Command
  /** For what is on or off where the caret is. */
  readonly pressed?: (state: EditorState) => boolean
}

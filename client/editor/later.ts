/**
 * What a text is shown and typed in without, and what comes right after: working on tables, the carets for places
 * where no letter stands, the box for links, marks over changes. A chunk of its own.
 */
import { chainCommands } from 'prosemirror-commands'
import { dropCursor } from 'prosemirror-dropcursor'
import { gapCursor } from 'prosemirror-gapcursor'
import type { Command, Plugin } from 'prosemirror-state'
import {
  addColumnAfter,
  addColumnBefore,
  addRowAfter,
  addRowBefore,
  deleteColumn,
  deleteRow,
  deleteTable,
  goToNextCell,
  isInTable,
  mergeCells,
  splitCell,
  toggleHeaderRow,
} from 'prosemirror-tables'
import type { Action } from './action.ts'
import { changeMarks, goToNextChange, markChanges } from './change-marks.ts'
import { findChanges } from './changes.ts'
import './link-box.ts'
import { tables } from './tables.ts'

export interface Later {
  /** New ones for each text. */
  readonly plugins: () => readonly Plugin[]
  /** To the next cell; from the last into a new row. False outside of tables, as is `back`. */
  readonly forward: Command
  readonly back: Command
  readonly tableActions: readonly Action[]
  readonly findChanges: typeof findChanges
  readonly markChanges: typeof markChanges
  readonly goToNextChange: typeof goToNextChange
}

/** In the last cell of a table: a new row, and the caret in its first cell. */
const addRowBelow: Command = (state, dispatch, view) => {
  if (!isInTable(state) || goToNextCell(1)(state)) return false
  if (dispatch === undefined) return true
  addRowAfter(state, (tr) => {
    dispatch(tr)
  })
  return view === undefined || goToNextCell(1)(view.state, view.dispatch, view)
}

export const later: Later = {
  findChanges,
  markChanges,
  goToNextChange,
  plugins: () => [
    changeMarks(),
    tables(),
    dropCursor({ width: 2, class: 'drop-cursor', color: false }),
    gapCursor(),
  ],
  forward: chainCommands(goToNextCell(1), addRowBelow),
  back: goToNextCell(-1),
  tableActions: [
    { id: 'row-above', name: 'Insert row above', run: addRowBefore },
    { id: 'row-below', name: 'Insert row below', run: addRowAfter },
    { id: 'column-left', name: 'Insert column before', run: addColumnBefore },
    { id: 'column-right', name: 'Insert column after', run: addColumnAfter },
    { id: 'header-row', name: 'Header row on or off', run: toggleHeaderRow },
    { id: 'merge', name: 'Merge cells', run: mergeCells },
    { id: 'split', name: 'Split cell', run: splitCell },
    { id: 'delete-row', name: 'Delete row', run: deleteRow },
    { id: 'delete-column', name: 'Delete column', run: deleteColumn },
    { id: 'delete-table', name: 'Delete table', run: deleteTable },
  ],
}

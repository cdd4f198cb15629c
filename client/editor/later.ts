/**
 * What a text is shown and typed in without, and what comes right after: others' carets, working on tables, the carets
 * for places where no letter stands, the box for links, marks over changes. A chunk of its own.
 */

import type { CSSResult } from 'lit'
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
import type { Awareness } from 'y-protocols/awareness'
import type { Action } from './action.ts'
import { carets as caretStyles } from './carets.css.ts'
import { carets } from './carets.ts'
import { changeMarkStyles } from './change-marks.css.ts'
import { changeMarks, goToNextChange, markChanges } from './change-marks.ts'
import { findChanges } from './changes.ts'
import './link-box.ts'
import { openLinks } from './links.ts'
import type { Source } from './positions.ts'
import { tables } from './tables.ts'

/** A text, and who is in it; null where nobody else can be. */
export interface Attended {
  readonly awareness: Awareness | null
  readonly source: Source
}

export interface Later {
  /** New ones for each text. */
  readonly plugins: (text: Attended) => readonly Plugin[]
  /** For the root that holds the text. */
  readonly styles: readonly CSSResult[]
  /** To the next cell; from the last into a new row. False outside of tables, as is `back`. */
  readonly forward: Command
  readonly back: Command
  readonly tableActions: readonly Action[]
  readonly findChanges: typeof findChanges
  readonly markChanges: typeof markChanges
  readonly goToNextChange: typeof goToNextChange
}

/** How long a name stays beside a caret that moved. */
const NAME_MS = 2_500

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
  plugins: ({ awareness, source }) => [
    ...(awareness === null ? [] : [carets({ awareness, source, nameMs: NAME_MS })]),
    openLinks(),
    changeMarks(),
    tables(),
    dropCursor({ width: 2, class: 'drop-cursor', color: false }),
    gapCursor(),
  ],
  styles: [caretStyles, changeMarkStyles],
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

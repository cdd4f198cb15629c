/** What is asked of content, as plain data, and doing it: on a thread, or wherever the caller runs. */

import { type Foreign, foreignIn } from '#server/gate/foreign.ts'
import { diff } from './diff.ts'
import { write } from './edit.ts'
import {
  type DiffOptions,
  InvalidContent,
  type RenderOptions,
  type Stored,
  type Writing,
  type Written,
} from './port.ts'
import { type HeldPages, render, renderHeld } from './render.ts'

export type Task =
  | { readonly kind: 'render'; readonly options: RenderOptions }
  | { readonly kind: 'write'; readonly writing: Writing }
  /** What of one update no page has. */
  | { readonly kind: 'foreign' }
  /** The last updates of what is stored are the later ones: whose they are, in order. */
  | { readonly kind: 'diff'; readonly turns: readonly Turn[]; readonly options: DiffOptions }

/** So many updates of one author. */
export interface Turn {
  readonly author: string
  readonly count: number
}

export type Outcome =
  | { readonly kind: 'rendered'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'written'; readonly written: Written }
  | { readonly kind: 'foreign'; readonly found: readonly Foreign[] }

/** Throws what the port rejects with. */
export function run(task: Task, stored: Stored, held: HeldPages): Outcome {
  if (task.kind === 'foreign') return { kind: 'foreign', found: foreignInUpdate(stored.updates[0]) }
  if (task.kind === 'diff')
    return { kind: 'rendered', bytes: diff(stored, authorsOf(task.turns), task.options) }
  if (task.kind === 'render') {
    const { going } = stored
    const bytes =
      going === undefined
        ? render(stored, task.options)
        : renderHeld({ ...stored, going }, task.options, held)
    return { kind: 'rendered', bytes }
  }
  return { kind: 'written', written: write(stored, task.writing) }
}

function foreignInUpdate(update: Uint8Array = new Uint8Array(0)): readonly Foreign[] {
  try {
    return foreignIn(update)
  } catch {
    // The decoder's words tell nobody anything.
    throw new InvalidContent('', 'not a Yjs update')
  }
}

export function turnsOf(authors: Iterable<string>): readonly Turn[] {
  const turns: { author: string; count: number }[] = []
  for (const author of authors) {
    const last = turns.at(-1)
    if (last?.author === author) last.count += 1
    else turns.push({ author, count: 1 })
  }
  return turns
}

function authorsOf(turns: readonly Turn[]): readonly string[] {
  return turns.flatMap(({ author, count }) => Array<string>(count).fill(author))
}

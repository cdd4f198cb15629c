/** What is asked of content, as plain data, and doing it: on a thread, or wherever the caller runs. */

import { diff } from './diff.ts'
import { write } from './edit.ts'
import type { DiffFormat, RenderOptions, Stored, Writing, Written } from './port.ts'
import { render } from './render.ts'

export type Task =
  | { readonly kind: 'render'; readonly options: RenderOptions }
  | { readonly kind: 'write'; readonly writing: Writing }
  /** The last updates of what is stored are the later ones: the author of each. */
  | { readonly kind: 'diff'; readonly authors: readonly string[]; readonly format: DiffFormat }

export type Outcome =
  | { readonly kind: 'rendered'; readonly bytes: Uint8Array }
  | { readonly kind: 'written'; readonly written: Written }

/** Throws what the port rejects with. */
export function run(task: Task, stored: Stored): Outcome {
  if (task.kind === 'diff') return { kind: 'rendered', bytes: diff(stored, task.authors, task.format) }
  if (task.kind === 'render') return { kind: 'rendered', bytes: render(stored, task.options) }
  return { kind: 'written', written: write(stored, task.writing) }
}

/** The toolbar's icons, inlined from lucide-static. Each is decoration: the name is on the button that holds it. */
import { html, type TemplateResult } from 'lit'
import { unsafeHTML } from 'lit/directives/unsafe-html.js'
import rowAfter from 'lucide-static/icons/between-horizontal-start.svg?raw'
import columnAfter from 'lucide-static/icons/between-vertical-start.svg?raw'
import bold from 'lucide-static/icons/bold.svg?raw'
import check from 'lucide-static/icons/check.svg?raw'
import down from 'lucide-static/icons/chevron-down.svg?raw'
import code from 'lucide-static/icons/code.svg?raw'
import more from 'lucide-static/icons/ellipsis.svg?raw'
import italic from 'lucide-static/icons/italic.svg?raw'
import link from 'lucide-static/icons/link.svg?raw'
import bullets from 'lucide-static/icons/list.svg?raw'
import numbers from 'lucide-static/icons/list-ordered.svg?raw'
import tasks from 'lucide-static/icons/list-todo.svg?raw'
import rule from 'lucide-static/icons/minus.svg?raw'
import redo from 'lucide-static/icons/redo-2.svg?raw'
import strike from 'lucide-static/icons/strikethrough.svg?raw'
import table from 'lucide-static/icons/table.svg?raw'
import quote from 'lucide-static/icons/text-quote.svg?raw'
import remove from 'lucide-static/icons/trash-2.svg?raw'
import underline from 'lucide-static/icons/underline.svg?raw'
import undo from 'lucide-static/icons/undo-2.svg?raw'

const icons = {
  bold,
  bullets,
  check,
  code,
  columnAfter,
  down,
  italic,
  link,
  more,
  numbers,
  quote,
  redo,
  remove,
  rowAfter,
  rule,
  strike,
  table,
  tasks,
  underline,
  undo,
} as const

export type IconName = keyof typeof icons

export function icon(name: IconName): TemplateResult {
  return html`<span class="icon" aria-hidden="true">${unsafeHTML(icons[name])}</span>`
}

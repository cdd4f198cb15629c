/** The icons only the history uses; fetched with it. */
import { html, type TemplateResult } from 'lit'
import { unsafeHTML } from 'lit/directives/unsafe-html.js'
import named from 'lucide-static/icons/bookmark.svg?raw'
import next from 'lucide-static/icons/chevron-down.svg?raw'
import before from 'lucide-static/icons/chevron-left.svg?raw'
import after from 'lucide-static/icons/chevron-right.svg?raw'
import previous from 'lucide-static/icons/chevron-up.svg?raw'
import versions from 'lucide-static/icons/list.svg?raw'
import restore from 'lucide-static/icons/rotate-ccw.svg?raw'

const icons = { after, before, named, next, previous, restore, versions } as const

export type HistoryIcon = keyof typeof icons

export function historyIcon(name: HistoryIcon): TemplateResult {
  return html`<span class="icon" aria-hidden="true">${unsafeHTML(icons[name])}</span>`
}

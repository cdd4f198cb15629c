/** What stands above a document's history: the way back, what this is, and what can be done with a version. */
import { html, type TemplateResult } from 'lit'
import { icon } from '../icon.ts'
import { historyIcon } from './history-icon.ts'

export interface HistoryBar {
  /** What the document is called. */
  readonly title: string
  readonly actions: unknown
  /** Whether the versions cover the text on a narrow screen; null where there are none to show. */
  readonly showsList: boolean | null
  readonly leave: () => void
  readonly toggleList: () => void
}

export function historyBar({ title, actions, showsList, leave, toggleList }: HistoryBar): TemplateResult {
  return html`<header class="bar">
    <button class="icon-button" aria-label="Back to editing" data-tip="Back to editing" @click=${leave}>
      ${icon('back')}
    </button>
    <div class="history-heading">
      <h1 tabindex="-1">Version history</h1>
      <bdi class="quiet" title=${title}>${title}</bdi>
    </div>
    ${actions}
    <button
      class="icon-button when-narrow"
      aria-label="Versions"
      aria-expanded=${showsList === true ? 'true' : 'false'}
      ?hidden=${showsList === null}
      @click=${toggleList}
    >
      ${historyIcon('versions')}
    </button>
  </header>`
}

/** What can be done with the version that is shown; and what is said where there is no history to show. */
import { html, nothing, type TemplateResult } from 'lit'
import { icon } from '../icon.ts'
import { isFinal, type Refusal } from '../refusal.ts'
import { historyIcon } from './history-icon.ts'
import { headOf, type Life, namedAt } from './life.ts'

export interface VersionActions {
  readonly life: Life
  readonly position: number
  readonly mayWrite: boolean
  readonly name: () => void
  readonly restore: () => void
}

export function versionActions({ life, position, mayWrite, name, restore }: VersionActions): TemplateResult {
  if (!mayWrite) return html`<span class="view-only">${icon('viewOnly')}<span>View only</span></span>`
  // Before anything was written there is nothing to name, and nothing anybody would go back to.
  if (position === 0) return html`${nothing}`
  return html`<div class="history-actions">
    <button class="button" @click=${name}>
      ${historyIcon('named')}${namedAt(life, position) === null ? 'Name this version' : 'Rename'}
    </button>
    ${
      position === headOf(life)
        ? html`<span class="quiet is-now">This is the text as it is now</span>`
        : html`<button class="button primary" @click=${restore}>${historyIcon('restore')}Restore</button>`
    }
  </div>`
}

/** Where nothing was written yet. */
export function emptyNote(leave: () => void): TemplateResult {
  return html`<div class="history-note">
    <h2>No versions yet</h2>
    <p class="quiet">Nothing has been written here yet. From the first letter on, all that is written is kept here.</p>
    <button class="button" @click=${leave}>Back to editing</button>
  </div>`
}

/** `isAll`: nothing of the history has come yet. */
export function refusalNote(refusal: Refusal, isAll: boolean, again: () => void): TemplateResult {
  const isAway = refusal.kind === 'unreachable'
  const words = isAway
    ? 'Version history is kept by the server, and the server cannot be reached. It is shown as soon as it answers.'
    : refusal.message
  return html`<div class="history-note" role="alert">
    <p>${words}${isAway && !isAll ? ' Until then, this is how far it was read.' : ''}</p>
    ${isFinal(refusal) ? nothing : html`<button class="button" @click=${again}>Try again</button>`}
  </div>`
}

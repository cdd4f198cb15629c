/** What the list says where it is not a list of everything: nothing yet, no server, nobody who is let in. */
import { html, nothing, type TemplateResult } from 'lit'
import { beginning } from './beginning.ts'
import type { Who } from './who.ts'

/** Why it is not the server's list. `access`: that lists nothing to whoever is here. */
export type Without = 'answer' | 'server' | 'list' | 'access'

/** Why the list is what this device holds, and what can be done meanwhile. */
export function onlyHere(without: Exclude<Without, 'access'>, count: number): string {
  if (without === 'answer') return 'Waiting for the server. These documents are on this device.'
  const what =
    without === 'server' ? 'No connection to the server' : 'The server could not list its documents'
  if (count === 0)
    return `${what}, and no document is on this device yet. You can begin one here; it is sent when you are back.`
  return `${what}. These documents are on this device; what you write is sent when you are back.`
}

/** The server lists nothing to whoever is here. */
export function notForYou({ identity }: Who): TemplateResult {
  return html`<section class="empty">
    <h2>${identity === null ? 'Documents here open by a link' : 'No document is open to you any more'}</h2>
    <p>
      ${
        identity === null
          ? 'The server does not know who you are. Open the link you were given, or ask whoever shares a document for one.'
          : 'What you came by has ended or was turned off. Ask whoever shares a document for a new link.'
      }
    </p>
  </section>`
}

export function empty(who: Who): TemplateResult {
  const first = beginning('Write the first document', who)
  if (who.mode === 'guarded' && first === nothing)
    return html`<section class="empty">
      <p class="lead">No document is shared with you yet. A link that somebody gives you opens one, and it is listed here from then on.</p>
    </section>`
  return html`<section class="empty">
    <p class="lead">Write here together, each in your own browser; when it says Saved, it is on disk.</p>
    ${first}
  </section>`
}

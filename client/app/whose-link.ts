/** A link that is for somebody else than who is here: nobody becomes somebody else by following one, unless they say so. */
import { html, type TemplateResult } from 'lit'
import { notice } from './notice.ts'
import type { Meeting } from './sign-in.ts'

export interface Choice {
  stay(): void
  /** Goes on as who the link is for. */
  turn(): void
}

export function whoseLink({ here, link }: Meeting, { stay, turn }: Choice): TemplateResult {
  // Two people may be called the same.
  const isAlike = here.name === link.name
  const [me, them] = [here, link].map(({ name, id }) => (isAlike ? `${name} (${id})` : name))
  return notice({
    heading: `This link is for ${them}`,
    text: here.isGuest
      ? `You are here as a guest, ${me}. If you switch, what is written in this browser is ${them}’s from then on, and so is what you wrote as a guest.`
      : `You are signed in as ${me}. If you switch, what is written in this browser is ${them}’s from then on.`,
    actions: html`<button class="button primary" @click=${stay}>
        ${here.isGuest ? 'Stay a guest' : `Stay as ${me}`}
      </button>
      <button class="button" @click=${turn}>Switch to ${them}</button>`,
  })
}

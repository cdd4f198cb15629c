/** A place where there is no document: what happened in a heading, what to do in a sentence, and the buttons for it. */
import { html, nothing, type TemplateResult } from 'lit'

export interface Notice {
  readonly heading: string
  readonly text: string
  readonly actions: TemplateResult
  /** For whoever looks after the server; may hold a code. */
  readonly details?: string
}

/** The whole page is the notice. */
export function notice(content: Notice): TemplateResult {
  return html`<main class="notice">
    <h1 tabindex="-1" data-place>${content.heading}</h1>
    ${body(content)}
  </main>`
}

/** The notice stands above a text that stays readable. */
export function noticeAbove(content: Notice): TemplateResult {
  return html`<section class="notice above" aria-labelledby="notice-heading">
    <h2 id="notice-heading">${content.heading}</h2>
    ${body(content)}
  </section>`
}

function body(content: Notice): TemplateResult {
  return html`<p>${content.text}</p>
    <div class="actions">${content.actions}</div>
    ${content.details === undefined ? nothing : html`<details><summary>Details</summary><p>${content.details}</p></details>`}`
}

/** One quiet line under the bar, for what concerns the whole document and lasts. */
import { html, type TemplateResult } from 'lit'
import { type IconName, icon } from './icon.ts'

export function strip(sign: IconName, content: string | TemplateResult): TemplateResult {
  return html`<div class="strip" role="note">${icon(sign)}<p>${content}</p></div>`
}

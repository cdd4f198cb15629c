/** The line under the bar, where there is something to say that concerns the whole document and lasts. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Writable } from '#client/editor/binding.ts'
import type { Status } from '#client/sync/status.ts'
import type { OpenedDocument } from './opened.ts'
import { strip } from './strip.ts'
import type {} from './untaken.ts'

export interface StripFacts {
  /** What the editor says of the text. */
  readonly writable: Writable['kind']
  readonly status: Status
  readonly opened: OpenedDocument
  readonly isReader: boolean
}

export function documentStrip({
  writable,
  status,
  opened,
  isReader,
}: StripFacts): TemplateResult | typeof nothing {
  if (isReader && status.pending > 0) {
    void import('./untaken.ts')
    return html`<vellum-untaken
      .doc=${opened.doc}
      .unsent=${status.pending}
      .isKept=${opened.device.kind !== 'not-kept'}
    ></vellum-untaken>`
  }
  if (writable === 'unknown' || writable === 'too-new')
    return strip(
      'warning',
      html`A newer version of this page wrote something here that this one does not know.
        <button class="link" @click=${reload}>Reload to get the new version</button>`,
    )
  if (writable === 'broken')
    return strip(
      'warning',
      html`The text could not be shown as it is, so it cannot be changed here. Nothing of it is lost.
        <button class="link" @click=${reload}>Reload</button>`,
    )
  if (status.kind === 'not-saving')
    return strip(
      'warning',
      opened.device.kind === 'not-kept'
        ? 'The server cannot save at the moment. Keep this tab open: what you write is sent as soon as it can.'
        : 'The server cannot save at the moment. What you write is kept on this device and sent as soon as it can.',
    )
  return nothing
}

function reload(): void {
  location.reload()
}

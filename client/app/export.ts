/** Taking a document along as a file: as the server gives it to everybody, or without one what this page holds. */
import type { DocumentId } from '#shared/id.ts'
import { copyOf } from './copy.ts'
import type { ExportFormat } from './document-menu.ts'
import { downloadFile } from './download.ts'
import type { OpenedDocument } from './opened.ts'
import { ask, refusalFrom } from './refusal.ts'
import { slips } from './slips.ts'
import { titleOf } from './title.ts'

export interface Exported {
  readonly id: DocumentId
  readonly opened: OpenedDocument
}

const FORMS: Readonly<Record<ExportFormat, { readonly extension: string; readonly type: string }>> = {
  markdown: { extension: 'md', type: 'text/markdown' },
  html: { extension: 'html', type: 'text/html' },
  text: { extension: 'txt', type: 'text/plain' },
}

/** How long is waited for the last letters to reach the server. */
const PATIENCE_MS = 5_000

/** Never rejects: what goes wrong is said on a slip. */
export async function exportAs(format: ExportFormat, { id, opened }: Exported): Promise<void> {
  const { extension, type } = FORMS[format]
  const save = (text: string): void => downloadFile({ title: titleOf(opened.doc), extension, type, text })
  try {
    const isWhole = await reached(opened)
    if (!isWhole && format === 'text') save(copyOf(opened.doc))
    else {
      const query = format === 'html' ? 'format=html&standalone=true' : `format=${format}`
      const answer = await ask(`/v1/documents/${encodeURIComponent(id)}/content?${query}`)
      save(await answer.text())
      if (!isWhole) say('Some changes have not reached the server yet. They are not in the file.')
    }
  } catch (error) {
    const { kind, message } = refusalFrom(error)
    if (kind === 'unreachable' && format === 'text') save(copyOf(opened.doc))
    else if (kind === 'unreachable') say(`${message} Download as text works without it.`)
    else say(`The file could not be made. ${message}`)
  }
}

/** Resolves with whether everything written here is on the server; false when it takes too long. */
function reached(opened: OpenedDocument): Promise<boolean> {
  const isReached = (): boolean => opened.status.kind === 'live' && opened.status.pending === 0
  if (isReached() || opened.status.kind !== 'live') return Promise.resolve(isReached())
  return new Promise((resolve) => {
    const late = setTimeout(() => end(false), PATIENCE_MS)
    const undo = opened.subscribe(() => {
      if (isReached()) end(true)
    })
    const end = (isWhole: boolean): void => {
      clearTimeout(late)
      undo()
      resolve(isWhole)
    }
  })
}

function say(text: string): void {
  slips().lay({ kind: 'file', text, actions: [] })
}

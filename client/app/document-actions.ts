/** What the menu of a document does. The parts that do it are fetched when they are asked for. */
import type { DocumentMenu } from './document-menu.ts'
import type { Exported } from './export.ts'
import { withPart } from './parts.ts'

/** `newDocument`: the address of one that does not exist yet; null for whoever may begin none. */
export function documentActions(
  here: Exported,
  newDocument: string | null,
): Pick<DocumentMenu, 'history' | 'download' | 'importFile'> {
  const { kind } = here.opened
  return {
    // What another program made has no versions this page could show.
    history:
      kind === 'any'
        ? null
        : () => void withPart(import('./history/open.ts'), ({ openHistory }) => openHistory(here)),
    download: (format) => void withPart(import('./export.ts'), ({ exportAs }) => exportAs(format, here)),
    importFile: () =>
      void withPart(import('./import.ts'), ({ openImport }) => openImport({ here, newDocument })),
  }
}

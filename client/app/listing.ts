/** The list of documents, out of what the server tells and what this device holds. Pure. */
import { codes } from '#shared/codes.ts'
import type { KnownDocument } from './device.ts'
import type { RecentDocument } from './recent.ts'
import { changes } from './saving.ts'

export interface Row extends RecentDocument {
  /** Changes on this device that the server has not taken. */
  readonly waiting: number
  /** What is to be known before it is opened; '' for nothing. */
  readonly mark: string
  /** Whether the mark is about something that does not pass by itself. */
  readonly isEnded: boolean
}

/** Newest change first. `listed` null: the server could not be asked, so there is what the device holds. */
export function rowsOf(
  listed: readonly RecentDocument[] | null,
  known: readonly KnownDocument[],
): readonly Row[] {
  const here = new Map(known.map((document) => [document.id, document]))
  const rows = (listed ?? []).map((document) => rowOf(document, here.get(document.id)))
  const listedIds = new Set((listed ?? []).map(({ id }) => id))
  for (const document of known) {
    if (listedIds.has(document.id)) continue
    // The server's list ends somewhere: what is on both sides and needs nothing is not added to it.
    if (listed !== null && document.waiting === 0 && document.ended === null) continue
    const { id, title, kind, changedAt } = document
    rows.push(rowOf({ id, title, kind, author: '', time: changedAt }, document))
  }
  return rows.sort((a, b) => b.time - a.time)
}

function rowOf(document: RecentDocument, here: KnownDocument | undefined): Row {
  const waiting = here?.waiting ?? 0
  const ended = here?.ended ?? null
  const unsent = waiting === 0 ? '' : `${changes(waiting)} not sent yet`
  const mark = ended === null ? unsent : endedMark(ended.code, waiting)
  return { ...document, waiting, mark, isEnded: ended !== null }
}

function endedMark(code: number, waiting: number): string {
  const kept = waiting === 0 ? 'copy kept here' : `${changes(waiting)} kept here`
  switch (code) {
    case codes.deleted.code:
      return `Deleted, ${kept}`
    case codes.conflict.code:
      return `Parted from the server’s, ${kept}`
    default:
      return `No access, ${kept}`
  }
}

/** What a log says of its document up to a position, without anybody holding the document. */
import { Knowledge } from '#server/gate/knowledge.ts'
import type { Log } from '#server/log/port.ts'
import { type DocumentId, type Seq, ZERO } from '#shared/id.ts'
import { Page, pages } from './opening.ts'

const PAGE_BYTES = 1 << 20

/** What is read on the way, for who wants to know what it took: the checkpoint, then the pages after it. */
export interface Read {
  readonly checkpoint: boolean
  readonly page: Page
}

/** Rejects with what the log rejects with. */
export async function learn(options: {
  log: Log
  document: DocumentId
  upTo: Seq
  onRead?: (read: Read) => void
}): Promise<Knowledge> {
  const { log, document, upTo, onRead } = options
  const checkpoint = upTo === 0 ? null : await log.checkpoint(document)
  const usable = checkpoint !== null && checkpoint.seq <= upTo ? checkpoint : null
  const knowledge = usable === null ? Knowledge.empty() : Knowledge.decode(usable.knowledge)
  if (usable !== null) onRead?.({ checkpoint: true, page: Page.ofCheckpoint(usable) })
  for await (const page of pages({
    log,
    document,
    after: usable?.seq ?? ZERO,
    upTo,
    pageBytes: PAGE_BYTES,
  })) {
    for (const { update, author } of page.pieces) knowledge.track(update, author)
    onRead?.({ checkpoint: false, page })
  }
  return knowledge
}

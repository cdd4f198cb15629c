/** A document's log, read once when its room opens: what the gate needs to know, and what opening it costs. */
import type { Knowledge } from '#server/gate/knowledge.ts'
import type { Log } from '#server/log/port.ts'
import { type DocumentId, type Seq, ZERO } from '#shared/id.ts'
import { learn, type Read } from './learning.ts'
import { entryAt } from './opening.ts'
import { Reading, type Tail } from './tail.ts'

export interface ReadIn {
  readonly knowledge: Knowledge
  /** The newest entry; undefined where there is none, or where it cannot be read while a checkpoint can. */
  readonly newest: Uint8Array | undefined
}

/** Tells `tail` what it found, which keeps it for those who join now. Rejects with what the log rejects with. */
export async function readIn(from: {
  readonly log: Log
  readonly document: DocumentId
  readonly head: Seq
  readonly tail: Tail
}): Promise<ReadIn> {
  const { log, document, head, tail } = from
  const reading = new Reading()
  let newest: Uint8Array | undefined
  const onRead = ({ checkpoint, page }: Read) => {
    reading.add(page)
    for (const { to, update } of page.pieces) {
      if (checkpoint) tail.checkpointed(to, update.length)
      else {
        tail.grew(update.length)
        newest = update
      }
    }
  }
  const knowledge = await learn({ log, document, upTo: head, onRead })
  tail.remember(reading, head)
  newest ??= await entryAt(log, document, head === tail.checkpointSeq ? head : ZERO).then(
    (entry) => entry?.update,
    // The checkpoint stands for a damaged entry: only whoever names its position is synced from the start.
    () => undefined,
  )
  return { knowledge, newest }
}

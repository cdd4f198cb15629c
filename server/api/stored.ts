/** A document up to a position, out of the log. */
import type { Stored } from '#server/content/port.ts'
import type { Log } from '#server/log/port.ts'
import type { Kind } from '#shared/frame.ts'
import { type DocumentId, type Seq, ZERO } from '#shared/id.ts'

const PAGE_BYTES = 1 << 20

/** Rejects with what the log rejects with. */
export async function storedAt(
  log: Pick<Log, 'checkpoint' | 'read'>,
  at: { readonly document: DocumentId; readonly kind: Kind; readonly upTo: Seq },
): Promise<Stored> {
  const { document, kind, upTo } = at
  const updates: Uint8Array[] = []
  if (upTo === 0) return { kind, updates }
  const checkpoint = await log.checkpoint(document)
  let position: Seq = ZERO
  if (checkpoint !== null && checkpoint.seq <= upTo) {
    updates.push(checkpoint.state)
    position = checkpoint.seq
  }
  while (position < upTo) {
    const entries = (await log.read(document, position, PAGE_BYTES)).filter(({ seq }) => seq <= upTo)
    const last = entries.at(-1)
    if (last === undefined) throw new RangeError(`the log ends at ${position}, before ${upTo}`)
    for (const { update } of entries) updates.push(update)
    position = last.seq
  }
  return { kind, updates }
}

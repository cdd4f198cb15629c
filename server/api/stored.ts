/** A document up to a position, out of the log: from the newest state on the way there. */
import type { Stored } from '#server/content/port.ts'
import type { Log } from '#server/log/port.ts'
import { ENTRY_COST, MIN_COST, type Milestones } from '#server/room/milestones.ts'
import { unpacked } from '#server/room/packing.ts'
import type { Kind } from '#shared/frame.ts'
import { type DocumentId, type Seq, seq, ZERO } from '#shared/id.ts'

const PAGE_BYTES = 256 << 10
/** Who reads further than so many milestones could be apart has them built, for those who come later. */
const FAR = 4
/** Further back it is as well to begin at a milestone. */
const NEAR_POSITIONS = MIN_COST / ENTRY_COST

export interface StoredParts {
  readonly log: Pick<Log, 'past' | 'read' | 'outline'>
  readonly milestones: Milestones
}

export interface StoredAt extends Stored {
  /** Where its updates go on from: 0, but where something is held. */
  readonly from: Seq
  /** The position it is at: the one asked for, or the end of the merged entry that it lies in. */
  readonly seq: Seq
}

/** Rejects with what the log rejects with. */
export async function storedAt(
  { log, milestones }: StoredParts,
  at: {
    readonly document: DocumentId
    readonly kind: Kind
    readonly upTo: Seq
    /** A position that need not be led up to, since somebody holds it. */
    readonly held?: number
  },
): Promise<StoredAt> {
  const { document, kind, upTo, held = 0 } = at
  const updates: Uint8Array[] = []
  const from = held > 0 && upTo - held <= NEAR_POSITIONS ? seq(held) : ZERO
  let position = from
  if (upTo > 0 && from === 0) {
    const found = await log.past.milestone(document, upTo)
    if (found !== null) {
      updates.push(found.isPacked ? await unpacked(found.state) : found.state)
      position = found.seq
    }
  }
  let cost = 0
  for await (const { to, update } of entriesBetween(log, { document, from: position, to: upTo })) {
    updates.push(update)
    cost += update.length + ENTRY_COST
    position = to
  }
  if (cost > FAR * Math.max(MIN_COST, updates[0]?.length ?? 0))
    milestones.begin(document, (await log.outline(document)).head)
  return { kind, updates, from, seq: position }
}

/** Entries after a position up to another, or to the end of the merged entry that one lies in. */
export async function* entriesBetween(
  log: Pick<Log, 'read'>,
  range: { readonly document: DocumentId; readonly from: Seq; readonly to: Seq },
): AsyncGenerator<{ readonly to: Seq; readonly update: Uint8Array; readonly author: string }> {
  const { document, to } = range
  for (let position = range.from; position < to; ) {
    const entries = await log.read(document, position, PAGE_BYTES)
    if (entries.length === 0) throw new RangeError(`the log ends at ${position}, before ${to}`)
    for (const { seq: end, update, author } of entries) {
      if (position >= to) return
      position = seq(end)
      yield { to: position, update, author }
    }
  }
}

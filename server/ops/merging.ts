/**
 * Retention: single entries are kept for so many days; then those that one author wrote in one go become one entry
 * that carries `from–to`. What the log knows stays: who wrote, when they began and ended, and every position that a
 * snapshot, a checkpoint or another author's entry stands at. A little at a time, beside everything else.
 */
import type { Asker, History, MergeRange, ReplayedEntry } from '#server/history/port.ts'
import type { Entry, Log, Merge } from '#server/log/port.ts'
import { unpacked } from '#server/room/packing.ts'
import { type DocumentId, type Seq, seq, ZERO } from '#shared/id.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import type { Upkeep } from './upkeep-metrics.ts'

export interface MergingParts {
  readonly log: Pick<Log, 'list' | 'outline' | 'read' | 'stretches' | 'past'>
  readonly history: Pick<History, 'merge'>
  readonly clock: Clock
  readonly upkeep: Upkeep
  /** Days that single entries are kept; Infinity for ever. */
  readonly afterDays: number
  /** Entries became fewer, by so many; its milestones went. */
  onMerged(document: DocumentId, fewer: number): void
  /** A document, where it is about one: it stays as it is. */
  onFailed(error: unknown, document: DocumentId | null): void
}

const DAY_MS = 86_400_000
const FIRST_MS = 60_000
const EVERY_MS = 60 * 60_000
/** Between two windows, so that commits go in between. */
const PAUSE_MS = 50
const LISTED = 100
/** Entries whose authors and times are looked at at once. */
const LOOK_ENTRIES = 20_000
/** Of one window: what is replaced in one transaction. A merged entry is at most as large. */
export const WINDOW_BYTES = 256 << 10
const WINDOW_ENTRIES = 8_192
const PAGE_BYTES = 64 << 10
/** A stretch ends where a sitting may end: then the ends of sittings stay positions. */
export const STRETCH_PAUSE_MS = 60_000
/** Documents of which is remembered how far they were looked through. */
const REMEMBERED = 16_384

/** Looks now and then; the returned function ends it. */
export function startMerging(parts: MergingParts): Cancel {
  const { log, clock, upkeep, afterDays, onFailed } = parts
  const seen = new Map<DocumentId, Seq>()
  let isOver = false
  let cancel: Cancel = () => {}
  const pause = () => new Promise<void>((resolve) => clock.after(PAUSE_MS, resolve))
  const look = async (): Promise<void> => {
    const before = clock.wall() - afterDays * DAY_MS
    for (
      let page = await log.list(LISTED);
      page.length > 0;
      page = await log.list(LISTED, page.at(-1) ?? null)
    )
      for (const { document } of page) {
        if (isOver) return
        const from = seen.get(document) ?? ZERO
        const work = mergeDocument({ ...parts, pause, isOver: () => isOver }, { document, from, before })
        const upTo = await work.catch((error: unknown) => {
          upkeep.failures.merging += 1
          onFailed(error, document)
          return from
        })
        seen.delete(document)
        seen.set(document, upTo)
        for (const oldest of seen.keys()) {
          if (seen.size <= REMEMBERED) break
          seen.delete(oldest)
        }
      }
  }
  const again = (afterMs: number): void => {
    cancel = clock.after(afterMs, () => {
      look()
        .then(() => {
          upkeep.runs.merging += 1
        })
        // What cannot be merged now is merged another time.
        .catch((error: unknown) => {
          upkeep.failures.merging += 1
          onFailed(error, null)
        })
        .finally(() => {
          if (!isOver) again(EVERY_MS)
        })
    })
  }
  if (afterDays !== Number.POSITIVE_INFINITY) again(FIRST_MS)
  return () => {
    isOver = true
    cancel()
  }
}

interface Worker extends Omit<MergingParts, 'clock' | 'afterDays' | 'onFailed'> {
  pause(): Promise<void>
  isOver(): boolean
}

interface Looked {
  readonly document: DocumentId
  /** Up to here it was looked through before. */
  readonly from: Seq
  /** Wall-clock milliseconds: what was written later stays as it is. */
  readonly before: number
}

/** Merges what is old enough; gives the position up to which nothing is left to merge. Rejects with what the log does. */
export async function mergeDocument(worker: Worker, { document, from, before }: Looked): Promise<Seq> {
  const { log } = worker
  const { checkpointSeq, head, deleted } = await log.outline(document)
  if (deleted) return from
  // The newest entry stays: whoever was away a while comes back to it.
  const last = seq(Math.max(0, Math.min(checkpointSeq, head - 1)))
  const boundaries = await log.past.boundaries(document)
  const sizes = await log.past.sizes(document)
  let at = from
  while (at < last) {
    const asked = { after: at, most: LOOK_ENTRIES, pauseMs: STRETCH_PAUSE_MS }
    const stretches = await log.stretches(document, asked)
    const old = stretches.filter(({ end }) => end < before)
    const ranges = old.flatMap((stretch) => cut(stretch, boundaries, last))
    for (const range of ranges) {
      if (range.to <= at) continue
      while (at < range.to) {
        if (worker.isOver()) return at
        at = await mergeWindow(worker, document, after(ranges, at))
        await worker.pause()
      }
    }
    at = old.at(-1)?.to ?? at
    if (old.length < stretches.length || stretches.length === 0) break
  }
  const reached = at < last ? at : last
  // For so many entries there are too many now; the next who asks far back has others built.
  const hasMerged = ((await log.past.sizes(document))?.entries ?? 0) < (sizes?.entries ?? 0)
  if (hasMerged)
    while (!worker.isOver() && (await log.past.dropMilestones(document, reached))) await worker.pause()
  return reached
}

interface Range {
  readonly from: Seq
  readonly to: Seq
}

/** What of a stretch may become one entry each: nothing stands inside, and it ends at `last` at the latest. */
export function cut({ from, to }: Range, boundaries: readonly Seq[], last: Seq): readonly Range[] {
  const end = seq(Math.min(to, last))
  const ranges: Range[] = []
  let begin = from
  for (let index = firstFrom(boundaries, from); begin <= end; index += 1) {
    const boundary = seq(Math.min(boundaries[index] ?? end, end))
    if (boundary > begin) ranges.push({ from: begin, to: boundary })
    begin = seq(boundary + 1)
  }
  return ranges
}

/** The index of the first that is not before a position. */
function firstFrom(ascending: readonly Seq[], position: Seq): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? position) < position) low = middle + 1
    else high = middle
  }
  return low
}

/** What of the ranges lies after a position. */
function after(ranges: readonly Range[], at: Seq): readonly Range[] {
  return ranges
    .filter(({ to }) => to > at)
    .map(({ from, to }) => ({ from: from > at ? from : seq(at + 1), to }))
}

/** Merges what of the ranges is one window; gives the position it came to. */
async function mergeWindow(worker: Worker, document: DocumentId, ranges: readonly Range[]): Promise<Seq> {
  const { log, history, upkeep, onMerged } = worker
  const entries = await windowOf(log, document, ranges)
  const found = indexesOf(entries, ranges)
  if (found.length > 0) {
    const merges = await mergesOf({ log, history }, document, { entries, ranges: found })
    if (merges !== null && (await log.past.merge(document, merges))) {
      const fewer = found.reduce((sum, { first, last }) => sum + last - first, 0)
      upkeep.done.mergedEntries += fewer + found.length
      onMerged(document, fewer)
    }
  }
  const reached = entries.at(-1)?.seq
  if (reached === undefined) throw new RangeError('the log ends early')
  return reached
}

/** Where the ranges lie, those of them that are more than one entry. */
function indexesOf(entries: readonly Entry[], ranges: readonly Range[]): readonly MergeRange[] {
  const found: MergeRange[] = []
  let at = 0
  for (const { from, to } of ranges) {
    while ((entries[at]?.from ?? from) < from) at += 1
    const first = at
    while ((entries[at]?.seq ?? Number.POSITIVE_INFINITY) <= to) at += 1
    if (at - first > 1) found.push({ first, last: at - 1 })
  }
  return found
}

/** The entries from the first range on, up to the end of the last one, or as many as one window takes. */
async function windowOf(
  log: Pick<Log, 'read'>,
  document: DocumentId,
  ranges: readonly Range[],
): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  const end = ranges.at(-1)?.to ?? 0
  let bytes = 0
  for (let at = seq((ranges[0]?.from ?? 1) - 1); at < end; ) {
    const page = await log.read(document, at, PAGE_BYTES)
    if (page.length === 0) return entries
    for (const entry of page) {
      if (entry.seq > end || bytes >= WINDOW_BYTES || entries.length >= WINDOW_ENTRIES) return entries
      entries.push(entry)
      bytes += entry.update.length
    }
    at = page.at(-1)?.seq ?? at
  }
  return entries
}

/** Null where a document with the merged entries would not be the same. */
async function mergesOf(
  { log, history }: Pick<Worker, 'log' | 'history'>,
  document: DocumentId,
  { entries, ranges }: { readonly entries: readonly Entry[]; readonly ranges: readonly MergeRange[] },
): Promise<readonly Merge[] | null> {
  const start = seq((entries[0]?.from ?? 1) - 1)
  const found = start === 0 ? null : await log.past.milestone(document, start)
  const lead: ReplayedEntry[] = []
  for (let at: Seq = found?.seq ?? ZERO; at < start; ) {
    const page = await log.read(document, at, WINDOW_BYTES)
    if (page.length === 0) throw new RangeError(`the log ends at ${at}, before ${start}`)
    for (const entry of page) if (entry.seq <= start) lead.push(entry)
    at = page.at(-1)?.seq ?? start
  }
  const state = found?.isPacked === true ? await unpacked(found.state) : found?.state
  const replay = {
    checkpoint: state === undefined ? null : { state, knowledge: new Uint8Array(0) },
    entries: inTurn([lead, entries]),
  }
  const asker: Asker = { document, channel: log, spent: () => {} }
  const merged = await history.merge(replay, { lead: lead.length, ranges }, asker)
  if (merged === null) return null
  return ranges.flatMap(({ first, last }, index) => {
    const [begin, end, update] = [entries[first], entries[last], merged[index]]
    return begin && end && update ? [{ from: begin.from, seq: end.seq, update }] : []
  })
}

async function* inTurn(pieces: readonly (readonly ReplayedEntry[])[]) {
  for (const piece of pieces) yield piece
}

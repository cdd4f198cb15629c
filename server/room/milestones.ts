/**
 * Building milestones: states of a document on the way, so that any position of its history is a state and a short tail.
 *
 * One stands wherever reading on from the one before it would take longer than loading it: the distance is counted in
 * bytes and entries, and grows with the state. So all milestones of a document together take no more room than that
 * count of its log. They are built on the thread that builds checkpoints, one after the other, in the background; what
 * was asked for meanwhile is read the long way.
 */

import type { Asker, History, Replay } from '#server/history/port.ts'
import type { Log } from '#server/log/port.ts'
import type { Metrics } from '#server/ops/metrics.ts'
import { type DocumentId, type Seq, ZERO } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import { entriesOf, pages } from './opening.ts'
import { packed, unpacked } from './packing.ts'

export interface MilestoneParts {
  readonly log: Log
  readonly history: Pick<History, 'state'>
  readonly clock: Clock
  readonly metrics: Pick<Metrics, 'upkeep'>
  report(event: string, details: Readonly<Record<string, string>>, error?: unknown): void
}

/** What applying an entry costs beyond its bytes, in bytes. */
export const ENTRY_COST = 24
export const MIN_COST = 128 << 10
/** Between two milestones that are not further apart nothing is looked at again. */
const NEAR_POSITIONS = MIN_COST / ENTRY_COST
const PAGE_BYTES = 128 << 10
/** Documents of which is remembered how far they were looked through. */
const REMEMBERED = 4_096
const FAILED_PAUSE_MS = 60_000

/** How far a document was looked through: from its last milestone on. */
interface Place {
  readonly start: Seq
  at: Seq
  cost: number
  /** What `cost` has to reach for the next one. */
  due: number
}

export class Milestones {
  readonly #parts: MilestoneParts
  readonly #places = new Map<DocumentId, Place>()
  readonly #underWay = new Map<DocumentId, Promise<void>>()
  readonly #failed = new Map<DocumentId, number>()

  constructor(parts: MilestoneParts) {
    this.#parts = parts
  }

  /** Builds what is missing up to a position, in the background. */
  begin(document: DocumentId, upTo: Seq): void {
    const { clock, metrics, report } = this.#parts
    if (this.#underWay.has(document)) return
    const failed = this.#failed.get(document)
    if (failed !== undefined && clock.now() < failed) return
    this.#failed.delete(document)
    const built = this.#build(document, upTo)
      .then(() => {
        metrics.upkeep.runs.milestones += 1
      })
      .catch((error: unknown) => {
        // Without them history is read the long way, which is slow and right.
        this.#failed.set(document, clock.now() + FAILED_PAUSE_MS)
        metrics.upkeep.failures.milestones += 1
        report('a milestone failed', { document }, error)
      })
      .finally(() => this.#underWay.delete(document))
    this.#underWay.set(document, built)
  }

  /** Resolves when nothing is being built of a document. */
  async settled(document: DocumentId): Promise<void> {
    await this.#underWay.get(document)
  }

  /** Its log was rewritten, and milestones went. */
  forget(document: DocumentId): void {
    this.#places.delete(document)
  }

  async #build(document: DocumentId, upTo: Seq): Promise<void> {
    const { log } = this.#parts
    const standing = await log.past.milestones(document)
    let place = this.#places.get(document) ?? placeAt(lastNear(standing))
    const stands = new Set(standing)
    while (place.at < upTo) {
      const entries = await log.read(document, place.at, PAGE_BYTES)
      if (entries.length === 0) return
      for (const { seq, update } of entries) {
        if (seq > upTo) return this.#remember(document, place)
        place.at = seq
        place.cost += update.length + ENTRY_COST
        if (stands.has(seq)) place = placeAt(seq)
        else if (place.cost >= place.due) place = await this.#put(document, place, seq)
      }
    }
    this.#remember(document, place)
  }

  async #put(document: DocumentId, { start }: Place, at: Seq): Promise<Place> {
    const { log, history, metrics } = this.#parts
    const before = start === 0 ? null : await log.past.milestone(document, start)
    const after = before?.seq ?? ZERO
    const state = before?.isPacked === true ? await unpacked(before.state) : before?.state
    const replay: Replay = {
      checkpoint: state === undefined ? null : { state, knowledge: new Uint8Array(0) },
      entries: entriesOf(pages({ log, document, after, upTo: at, pageBytes: PAGE_BYTES })),
    }
    const asker: Asker = { document, channel: this, spent: () => {} }
    const made = await packed(await history.state(replay, asker))
    await log.past.putMilestone(document, at, made)
    metrics.upkeep.done.milestones += 1
    return placeAt(at, made.length)
  }

  #remember(document: DocumentId, place: Place): void {
    this.#places.delete(document)
    this.#places.set(document, place)
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= REMEMBERED) return
      this.#places.delete(oldest)
    }
  }
}

function placeAt(seq: Seq, stateBytes = 0): Place {
  return { start: seq, at: seq, cost: 0, due: Math.max(MIN_COST, stateBytes) }
}

/** The last of those that stand close enough to each other from the start on. */
function lastNear(standing: readonly Seq[]): Seq {
  let last: Seq = ZERO
  for (const seq of standing) {
    if (seq - last > NEAR_POSITIONS) return last
    last = seq
  }
  return last
}

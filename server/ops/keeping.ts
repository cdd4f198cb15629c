/**
 * Snapshots the server keeps by itself, of documents that change: at most one an hour. They thin with age: all of the
 * last day, one a day of the last thirty, one a week before. Those somebody asked for, or named, stay.
 */
import type { Log, Snapshot } from '#server/log/port.ts'
import { MAX_SNAPSHOTS } from '#server/log/port.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Cancel, Chance, Clock } from '#shared/time.ts'
import type { Upkeep } from './upkeep-metrics.ts'

export interface KeepingParts {
  readonly log: Pick<Log, 'list' | 'describe' | 'snapshots'>
  readonly clock: Clock
  readonly chance: Chance
  readonly upkeep: Upkeep
  readonly isOn: boolean
  onFailed(error: unknown): void
}

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** Between two looks; also before the first. */
export const LOOK_MS = 10 * 60_000
/** How far back the first look goes: what changed shortly before the server was started. */
const FIRST_BACK_MS = 2 * HOUR_MS
const PAGE = 100

/** Looks now and then; the returned function ends it. */
export function startKeeping(parts: KeepingParts): Cancel {
  const { log, clock, upkeep, isOn, onFailed } = parts
  /** Documents that changed and may not be kept yet, or could not be. */
  const due = new Set<DocumentId>()
  let seen: number | null = null
  let isOver = false
  let cancel: Cancel = () => {}

  const gather = async (): Promise<void> => {
    const since = clock.wall() - FIRST_BACK_MS
    let newest = seen ?? 0
    for (let page = await log.list(PAGE); page.length > 0; page = await log.list(PAGE, page.at(-1) ?? null)) {
      for (const { document, changed, time } of page) {
        if (seen === null ? time < since : changed <= seen) {
          seen = newest
          return
        }
        newest = Math.max(newest, changed)
        due.add(document)
      }
    }
    seen = newest
  }
  const look = async (): Promise<void> => {
    await gather()
    for (const document of [...due]) {
      if (isOver) return
      if (await kept(document, parts)) due.delete(document)
    }
  }
  const again = (): void => {
    cancel = clock.after(LOOK_MS, () => {
      look()
        .then(() => {
          upkeep.runs.keeping += 1
        })
        // What cannot be kept now is kept another time.
        .catch((error: unknown) => {
          upkeep.failures.keeping += 1
          onFailed(error)
        })
        .finally(() => {
          if (!isOver) again()
        })
    })
  }
  if (isOn) again()
  return () => {
    isOver = true
    cancel()
  }
}

/** False where the last one is less than an hour old. */
async function kept(document: DocumentId, { log, clock, chance, upkeep }: KeepingParts): Promise<boolean> {
  const found = await log.describe(document)
  if (found === null) return true
  const { snapshots } = log
  const now = clock.wall()
  const all = await snapshots.list(document, MAX_SNAPSHOTS)
  if (all.some(({ seq }) => seq === found.head)) return true
  const ours = all.filter(({ kind }) => kind === 'kept')
  const last = ours.reduce((latest, { time }) => Math.max(latest, time), 0)
  if (now - last < HOUR_MS) return false
  const id = Buffer.from(chance.bytes(8)).toString('hex')
  const made: Snapshot = { id, document, kind: 'kept', name: null, seq: found.head, author: '', time: now }
  if ((await snapshots.add(made)) === 'added') upkeep.done.keptSnapshots += 1
  for (const one of tooMany([made, ...ours], now))
    if (await snapshots.remove(document, one.id)) upkeep.done.thinnedSnapshots += 1
  return true
}

/** Those that are let go of: of each day, then of each week, all but the newest. */
export function tooMany<Kept extends Pick<Snapshot, 'time'>>(
  kept: readonly Kept[],
  now: number,
): readonly Kept[] {
  const taken = new Set<string>()
  return [...kept]
    .sort((a, b) => b.time - a.time)
    .filter(({ time }) => {
      const age = now - time
      if (age <= DAY_MS) return false
      const bucket =
        age <= 30 * DAY_MS ? `day ${Math.floor(time / DAY_MS)}` : `week ${Math.floor(time / WEEK_MS)}`
      if (taken.has(bucket)) return true
      taken.add(bucket)
      return false
    })
}

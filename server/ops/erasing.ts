/** Erases what deleted documents held once it has been kept long enough: a little at a time, beside everything else. */
import type { Log } from '#server/log/port.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import type { Upkeep } from './upkeep-metrics.ts'

export interface ErasingParts {
  readonly log: Pick<Log, 'erasable' | 'erase'>
  readonly clock: Clock
  readonly upkeep: Upkeep
  /** Wall-clock milliseconds. */
  wall(): number
  /** Days that what a deleted document held is kept; Infinity for ever. */
  readonly afterDays: number
  onErased(document: DocumentId): void
  onFailed(error: unknown): void
}

const DAY_MS = 86_400_000
const FIRST_MS = 1_000
const EVERY_MS = 60 * 60_000
/** Between two pieces, so that commits go in between. */
const PAUSE_MS = 50
const AT_ONCE = 100

/** Looks now and then; the returned function ends it. */
export function startErasing(parts: ErasingParts): Cancel {
  const { log, clock, wall, upkeep, afterDays, onErased, onFailed } = parts
  let isOver = false
  let cancel: Cancel = () => {}
  const pause = () => new Promise<void>((resolve) => clock.after(PAUSE_MS, resolve))
  const look = async (): Promise<void> => {
    for (;;) {
      const found = await log.erasable(wall() - afterDays * DAY_MS, AT_ONCE)
      for (const document of found) {
        while (!isOver && (await log.erase(document))) await pause()
        if (isOver) return
        upkeep.done.erasedDocuments += 1
        onErased(document)
      }
      if (found.length < AT_ONCE) return
    }
  }
  const again = (afterMs: number): void => {
    cancel = clock.after(afterMs, () => {
      look()
        .then(() => {
          upkeep.runs.erasing += 1
        })
        // What cannot be erased now is erased another time.
        .catch((error: unknown) => {
          upkeep.failures.erasing += 1
          onFailed(error)
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

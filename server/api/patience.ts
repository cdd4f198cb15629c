/** How long an answer waits for the disk. */
import type { Rooms } from '#server/room/rooms.ts'
import type { Clock } from '#shared/time.ts'
import { ApiProblem } from './problem.ts'

const PATIENCE_MS = 25_000

export interface Disk {
  readonly rooms: Pick<Rooms, 'saving'>
  readonly clock: Clock
}

/** Throws ApiProblem while nothing can be stored: then nothing of an edit was. */
export function assertSaving({ rooms }: Disk): void {
  if (!rooms.saving) throw new ApiProblem('not-saving', 'Nothing can be written to disk at the moment.')
}

/** What is on its way to the disk, or ApiProblem after a while: it may be stored all the same. */
export async function inTime<T>({ clock }: Disk, stored: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const cancel = clock.after(PATIENCE_MS, () =>
    late.reject(
      new ApiProblem('not-saving', 'The disk takes too long: the edit may be stored later, or not.'),
    ),
  )
  try {
    return await Promise.race([stored, late.promise])
  } finally {
    cancel()
  }
}

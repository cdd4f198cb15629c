/** What all rooms of a process are given. */
import type { History } from '#server/history/port.ts'
import type { Log } from '#server/log/port.ts'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Chance, Clock } from '#shared/time.ts'
import type { RoomLimits } from './limits.ts'

export interface RoomsOptions {
  readonly log: Log
  readonly history: History
  readonly clock: Clock
  readonly chance: Chance
  readonly metrics: Metrics
  readonly limits: RoomLimits
  readonly maxRooms: number
  readonly schemaVersion: number
  /** A fault that people who run the server should know; never content. `document` is an id: the logger hides it. */
  report(event: string, details: Readonly<Record<string, string | number | boolean>>, error?: unknown): void
  /** Something that cannot be gone on from: the process must end without another acknowledgement. */
  onFatal(error: unknown): void
}

/** What a room is given: its ports, its limits, and whom it tells. */
import type { History } from '#server/history/port.ts'
import type { Log } from '#server/log/port.ts'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Code } from '#shared/codes.ts'
import type { DocumentId, Epoch } from '#shared/id.ts'
import type { Clock } from '#shared/time.ts'
import type { Committer } from './committer.ts'
import type { Crowd } from './crowd.ts'
import type { RoomLimits } from './limits.ts'

/** A room, as those see it who keep it. */
export interface Kept {
  readonly document: DocumentId
  catchUpWithLog(): Promise<void>
  abandon(code: Code, reason: string): void
}

export interface Surroundings {
  readonly log: Log
  readonly history: History
  readonly clock: Clock
  readonly metrics: Metrics
  readonly limits: RoomLimits
  readonly committer: Committer
  readonly crowd: Crowd
  readonly schemaVersion: number
  freshEpoch(): Epoch
  /** The log has another head than the room thought: `catchUpWithLog` must follow. */
  onMoved(room: Kept): void
  /** Takes note of a refusal, by its code: one line without content, and a count. */
  onRefused(document: DocumentId, code: number): void
  /** The room cannot go on: it is closed, and the next who comes opens it anew. */
  onLost(room: Kept): void
  /** Something went wrong that people who run the server should know; never content. */
  report(event: string, details: Readonly<Record<string, string | number | boolean>>, error?: unknown): void
}

/** From the configuration to what a room allows. */
import { maxDepth } from '#shared/schema/document.ts'
import type { Config } from './config.ts'
import type { RoomLimits } from './room/limits.ts'

/** Limits that protect the service rather than fit a deployment: no setting. */
const UPDATE_LIMITS = {
  clients: 10_000,
  documentClients: 100_000,
  depth: maxDepth,
  roots: 1_000,
  nameLength: 1_024,
} as const

export function roomLimits(config: Config): RoomLimits {
  return {
    frameBytes: config.maxFrameBytes,
    documentBytes: config.maxDocumentBytes,
    updatesPerSecond: config.maxUpdatesPerSecond,
    newClientsPerMinute: config.maxNewClientsPerMinute,
    bytesPerSecond: config.maxBytesPerSecond,
    signalsPerSecond: config.maxSignalsPerSecond,
    answerBytesPerSecond: config.maxAnswerBytesPerSecond,
    workerMsPerSecond: config.maxWorkerMsPerSecond,
    presenceBytes: config.presenceBytes,
    lookMs: config.lookAtLogMs,
    waitingBytes: config.maxWaitingBytes,
    queueBytes: config.channelQueueBytes,
    update: UPDATE_LIMITS,
  }
}

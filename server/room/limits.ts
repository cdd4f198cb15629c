/** What a room lets grow, and how far. Set once by the composition root. */
import type { UpdateLimits } from '#server/gate/verdict.ts'

export interface RoomLimits {
  readonly frameBytes: number
  /** State and tail of one document; beyond it the document is full and takes no more. */
  readonly documentBytes: number
  /** Updates a second a channel may send; then its socket is not read for a while. */
  readonly updatesPerSecond: number
  /** Bytes of frames a second, after four seconds' worth at once; then its socket is not read for a while. */
  readonly bytesPerSecond: number
  /** Other frames a second (presence, pings, questions); then it is not read for a while. */
  readonly signalsPerSecond: number
  /** Bytes of answers to questions of one address a second, over all its channels; then they wait for their answers. */
  readonly answerBytesPerSecond: number
  /** Client ids new to the document that a channel may bring in live pushes within a minute. */
  readonly newClientsPerMinute: number
  /** Milliseconds of a worker thread that what a channel sends may take in a second; 20 seconds' worth can be saved up. */
  readonly workerMsPerSecond: number
  /** JSON text of one presence state. */
  readonly presenceBytes: number
  /** Bytes of edits on their way to the disk, of all channels together; beyond it those with most are not read. */
  readonly waitingBytes: number
  /** Bytes queued on a channel beyond which it is lagging. */
  readonly queueBytes: number
  /** How often a room in which nobody writes looks whether somebody else wrote into its log. */
  readonly lookMs: number
  readonly update: UpdateLimits
}

/** Bytes of frames that wait for a worker's or the log's answer before the socket is not read any more. */
export const INBOX_BYTES = 256 << 10
/** Bytes a channel may have on their way to the disk. */
export const UNSETTLED_BYTES = 4 << 20
/** Bytes of acknowledgements and the like beside a full queue, before a channel is ended that does not read them. */
export const UNREAD_BYTES = 256 << 10
/** The server lets no more than this pass without a frame: half-open channels are found by silence. */
export const HEARTBEAT_MS = 5_000
/** y-websocket clients close after 30 s without a frame. */
export const IDLE_YJS_MS = 12_000
/** How often presence goes out when no edit takes it along. */
export const PRESENCE_MS = 50
/** A room that nobody is in any more is kept this long: people reload pages. */
export const LINGER_MS = 3_000
/** How often SyncStep1 is sent to one channel at most. */
export const ASK_MS = 1_000
/** After a change of the title, how long nothing else may change before lists learn of it. */
export const TITLE_MS = 1_000

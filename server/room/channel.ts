/**
 * The server's end of one channel, as a room sees it: an ordered, two-way flow of frames, whatever carries it.
 * Carriers (server/gate: websocket-channel, event-stream, post) implement it; a room never learns which.
 */
import type { Offset } from '#shared/offset.ts'
import type { Packet } from './packet.ts'

/** `vellum` channels offered the subprotocol and get frames from 100 up; `yjs` channels get y-websocket's only. */
export type Dialect = 'vellum' | 'yjs'

export interface Channel {
  readonly dialect: Dialect
  /** Bytes handed over that the network has not taken yet. */
  readonly queuedBytes: number
  /** Never throws; after the channel ended it does nothing. */
  send(packet: Packet): void
  /** Stops and starts reading: back-pressure towards the client. */
  pause(): void
  resume(): void
  /** Nothing was said for a while: lets the other end hear that somebody is there, where a frame is not the way to. */
  beat?(): void
  /** Ends the channel with a code from shared/codes.ts. May be called twice. */
  close(code: number, reason: string): void
}

/** What a channel tells its peer. Frames come one at a time, in order; nothing comes after `closed`. */
export interface ChannelEvents {
  /** One frame, as bytes that nobody else writes to. */
  frame(bytes: Uint8Array): void
  /** What was queued has been taken: `queuedBytes` is 0 again. */
  drained(): void
  closed(): void
  /** Nothing came back for a while: it may be gone, or only slow. Frames may still come. */
  silent(): void
}

/** What a channel tells its peer that is there for one delivery. */
export interface DeliveryEvents extends ChannelEvents {
  /**
   * Everything was said. Resolves once all of it is stored or answered, with the position of the last of it that was
   * stored, or of the log's head where nothing was; null where the channel ended before.
   */
  said(): Promise<Offset | null>
}

/**
 * A carrier makes channels: ordered, two-way flows of frames. It does not know what a document is.
 * Nothing is called back after `closed`, nor after `close()`.
 */
export interface Carrier {
  readonly name: 'websocket' | 'event-stream' | 'long-poll'
  open(events: ChannelEvents): Channel
}

export interface Channel {
  /** Hands over one frame. After the end it does nothing: the outbox keeps what was not acknowledged. */
  send(frame: Uint8Array): void
  /** Ends it; `closed` is not called. May be called twice. */
  close(): void
}

export interface ChannelEvents {
  opened(): void
  frame(bytes: Uint8Array): void
  /** `code` as in shared/codes.ts, or 1006 where the carrier learned none. */
  closed(code: number, reason: string): void
}

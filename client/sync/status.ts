/** What a person may know about saving, as facts; the words are the page's (client/app). */
import type { CarrierName } from '#client/carriers/port.ts'
import type { Kind, Role } from '#shared/frame.ts'

/** What is known while connected. */
interface Connection {
  readonly pending: number
  readonly role: Role
  readonly document: Kind
  /** What carries it at the moment. */
  readonly carrier: CarrierName
}

export type Status =
  /** The first connection is being made; nothing has been synced yet. */
  | { readonly kind: 'opening'; readonly pending: number }
  /** Synced with the server. `pending` 0 is "Saved", more is "Saving…". */
  | ({ readonly kind: 'live' } & Connection)
  /** Connected, but the server cannot commit: "Not being saved". */
  | ({ readonly kind: 'not-saving' } & Connection)
  /** The channel was lost a moment ago, or its heartbeat is late: "Reconnecting…". */
  | { readonly kind: 'reconnecting'; readonly pending: number }
  /** No server for longer than that, or the browser says there is no network: "Offline". */
  | { readonly kind: 'offline'; readonly pending: number }
  /** The server said a final code (shared/codes.ts), or the document on the server is not one of ours. */
  | { readonly kind: 'stopped'; readonly pending: number; readonly code: number; readonly reason: string }

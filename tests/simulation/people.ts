/** Who takes part: Vellum's own sessions, and tabs of a y-websocket client that share edits among themselves. */
import type * as Y from 'yjs'
import type { ChannelEvents, Channel as ClientChannel } from '#client/carriers/port.ts'
import type { Dialect } from '#server/room/channel.ts'
import type { Clock } from '#shared/time.ts'
import type { SeededChance } from './chance.ts'

/** How somebody reaches the server: a channel that the world may break. */
export interface Network {
  connect(who: Person, dialect: Dialect, events: ChannelEvents): ClientChannel
  /** One HTTP request, as the platform's `fetch` makes it. */
  fetch(who: Person, url: string, init: RequestInit): Promise<Response>
  /** The same events, seen by whoever watches that nobody is shown what is not stored. */
  watched(who: Person, events: ChannelEvents): ChannelEvents
}

/** What the world gives to each person. */
export interface Surroundings {
  readonly name: string
  readonly clock: Clock
  readonly chance: SeededChance
  readonly network: Network
  /** Whether there is more than a WebSocket to reach the server by. */
  readonly hasLadder: boolean
  /** Called with what this person was told is saved. */
  readonly onAcknowledged: (update: Uint8Array) => void
  readonly note: (line: string) => void
}

export interface Person {
  readonly name: string
  readonly doc: Y.Doc
  start(): void
  edit(): void
  /** Closes the page and opens it again: what was not saved is gone, honestly. */
  reload(): void
  /** The device slept and wakes up, the network came back. */
  wake(): void
  offline(): void
  /** The page is looked at, or hidden. */
  look(isShown: boolean): void
  /** Whether it holds edits that depend on others it never got, though somebody has them. */
  readonly isParked: boolean
  /** What keeps this person from being at rest; null when everything is saved and shown. */
  unrest(): string | null
  close(): void
}

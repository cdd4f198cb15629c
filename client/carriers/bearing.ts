/**
 * A carrier whose channels show a token. One is waited for where there is none; a new one is passed on over the channel
 * that is there, by a frame, or by taking up what is held once more.
 */
import { encodeFrame } from '#shared/wire.ts'
import {
  type Bearer,
  type Carrier,
  type Channel,
  type ChannelEvents,
  type Join,
  WITHOUT_A_WORD,
} from './port.ts'

export class BearingCarrier implements Carrier {
  readonly name: Carrier['name']
  readonly joinsBy: Carrier['joinsBy']
  readonly quietMs: number | null
  readonly #carrier: Carrier
  readonly #bearer: Bearer

  /** `carrier` takes what it shows from the same `bearer`. */
  constructor(carrier: Carrier, bearer: Bearer) {
    this.name = carrier.name
    this.joinsBy = carrier.joinsBy
    this.quietMs = carrier.quietMs
    this.#carrier = carrier
    this.#bearer = bearer
  }

  open(events: ChannelEvents, join: Join): Channel {
    const bearing = new Bearing(this.#bearer, events)
    if (this.#bearer.current !== null) bearing.take(this.#carrier.open(bearing, join))
    else
      void this.#bearer.get().then(
        () => {
          if (!bearing.isEnded) bearing.take(this.#carrier.open(bearing, join))
        },
        () => bearing.closed(WITHOUT_A_WORD, 'no token can be had now'),
      )
    return bearing
  }
}

class Bearing implements Channel, ChannelEvents {
  readonly #events: ChannelEvents
  readonly #unwatch: () => void
  #channel: Channel | null = null
  /** The server has spoken: a frame reaches it. */
  #isHeard = false
  /** Came before that. */
  #renewal: string | null = null
  isEnded = false

  constructor(bearer: Bearer, events: ChannelEvents) {
    this.#events = events
    this.#unwatch = bearer.watch((token) => this.#renew(token))
  }

  take(channel: Channel): void {
    this.#channel = channel
  }

  opened(): void {
    this.#events.opened()
  }

  frame(bytes: Uint8Array): void {
    this.#events.frame(bytes)
    this.#isHeard = true
    if (this.#renewal !== null) this.#renew(this.#renewal)
    this.#renewal = null
  }

  answer(bytes: Uint8Array): void {
    this.#events.answer(bytes)
  }

  heard(): void {
    this.#events.heard()
  }

  closed(code: number, reason: string, afterMs?: number): void {
    if (this.isEnded) return
    this.#end()
    this.#events.closed(code, reason, afterMs)
  }

  send(frame: Uint8Array): void {
    // Before there is a channel there was no hello either, and nothing is sent.
    this.#channel?.send(frame)
  }

  probe(): boolean {
    return this.#channel?.probe() ?? true
  }

  leave(): void {
    this.#channel?.leave()
  }

  close(): void {
    this.#end()
    this.#channel?.close()
  }

  #end(): void {
    this.isEnded = true
    this.#unwatch()
  }

  #renew(token: string): void {
    if (this.#channel?.renew !== undefined) this.#channel.renew()
    else if (this.#isHeard) this.send(encodeFrame({ type: 'renew', token }))
    else this.#renewal = token
  }
}

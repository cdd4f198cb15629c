/** A carrier whose code is fetched when its first channel is opened. */
import {
  type Carrier,
  type Channel,
  type ChannelEvents,
  type Join,
  QUIET_MS,
  WITHOUT_A_WORD,
} from './port.ts'

export class LateCarrier implements Carrier {
  readonly name: keyof typeof QUIET_MS
  readonly joinsBy = 'offset'
  readonly #load: () => Promise<Carrier>

  /** `load` may reject: that channel then ends with 1006, and the next one asks again. */
  constructor(name: keyof typeof QUIET_MS, load: () => Promise<Carrier>) {
    this.name = name
    this.#load = load
  }

  get quietMs(): number {
    return QUIET_MS[this.name]
  }

  open(events: ChannelEvents, join: Join): Channel {
    let channel: Channel | null = null
    let isEnded = false
    const early: Uint8Array[] = []
    void this.#load().then(
      (carrier) => {
        if (isEnded) return
        channel = carrier.open(events, join)
        for (const frame of early.splice(0)) channel.send(frame)
      },
      () => {
        if (isEnded) return
        isEnded = true
        events.closed(WITHOUT_A_WORD, 'the part of the page that does this did not arrive')
      },
    )
    return {
      send(frame) {
        if (channel !== null) channel.send(frame)
        else if (!isEnded) early.push(frame)
      },
      // A channel that begins is asked for its first sign of life as it is.
      probe: () => channel?.probe() ?? true,
      // What opens later shows the newest.
      renew: () => channel?.renew?.(),
      leave: () => channel?.leave(),
      close() {
        isEnded = true
        channel?.close()
      },
    }
  }
}

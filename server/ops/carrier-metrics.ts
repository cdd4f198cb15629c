/** What is counted for each carrier by itself: how people get through their networks. */
import { Counter, Gauge, type Registry } from 'prom-client'

/** From the best down. */
const CARRIERS = ['websocket', 'event-stream', 'long-poll'] as const
export type CarrierName = (typeof CARRIERS)[number]

export class CarrierCounts {
  /** Open channels; of long-polls, requests that are being answered. */
  channels = 0
  bytesIn = 0
  bytesOut = 0
  /** Channels that got as far as the server's first word. */
  hellos = 0
  /** Channels of clients that tried a better carrier before. */
  fallbacks = 0
  /** Channels of clients that come from a lesser carrier. */
  upgrades = 0

  /** A channel began; returns what has to be called when it ended. `after`: see `#came`. */
  opened(self: CarrierName, after: string | null): () => void {
    this.channels += 1
    this.#came(self, after)
    return () => {
      this.channels -= 1
    }
  }

  sent(bytes: number, isFirst: boolean): void {
    this.bytesOut += bytes
    if (isFirst) this.hellos += 1
  }

  /** What its client says it tried before; anything else than another carrier is no news. */
  #came(self: CarrierName, after: string | null): void {
    const names: readonly string[] = CARRIERS
    const before = names.indexOf(after ?? '')
    const now = names.indexOf(self)
    if (before === -1 || before === now) return
    if (before < now) this.fallbacks += 1
    else this.upgrades += 1
  }
}

export type Carriers = Readonly<Record<CarrierName, CarrierCounts>>

const help: Record<
  'bytesIn' | 'bytesOut' | 'hellos' | 'fallbacks' | 'upgrades',
  readonly [name: string, help: string]
> = {
  bytesIn: ['carrier_bytes_in_total', 'Bytes of frames received, by carrier'],
  bytesOut: ['carrier_bytes_out_total', 'Bytes handed to channels, by carrier'],
  hellos: ['carrier_hellos_total', 'Channels that were greeted, by carrier'],
  fallbacks: [
    'carrier_fallbacks_total',
    'Channels of clients that tried a better carrier before, by carrier',
  ],
  upgrades: ['carrier_upgrades_total', 'Channels of clients that came up from a lesser carrier, by carrier'],
}

export function carrierMetrics(registry: Registry): Carriers {
  const carriers = {
    websocket: new CarrierCounts(),
    'event-stream': new CarrierCounts(),
    'long-poll': new CarrierCounts(),
  }
  const shared = { registers: [registry], labelNames: ['carrier'] }
  new Gauge({
    name: 'vellum_carrier_channels',
    help: 'Channels that are open, by carrier',
    ...shared,
    collect() {
      for (const carrier of CARRIERS) this.set({ carrier }, carriers[carrier].channels)
    },
  })
  for (const key of Object.keys(help) as (keyof typeof help)[]) {
    const [name, text] = help[key]
    new Counter({
      name: `vellum_${name}`,
      help: text,
      ...shared,
      collect() {
        this.reset()
        for (const carrier of CARRIERS) this.inc({ carrier }, carriers[carrier][key])
      },
    })
  }
  return carriers
}

/** The carriers of a page, best first, made of what its browser has. */
import type { Chance, Clock } from '#shared/time.ts'
import type { HttpCarrierOptions } from './http-channel.ts'
import { LateCarrier } from './late.ts'
import type { Carrier } from './port.ts'
import { webSocketCarrier } from './websocket.ts'

export interface LadderOptions {
  /** The document's channel as an `http:` or `https:` address, asked anew for each request. */
  readonly url: () => string
  readonly clock: Clock
  readonly chance: Chance
}

export function ladderFor(window: Window, { url, clock, chance }: LadderOptions): readonly Carrier[] {
  const overHttp = async () => {
    const { pageAttention, EventStreamCarrier, LongPollCarrier } = await import('./over-http.ts')
    const options: HttpCarrierOptions = {
      url,
      fetch: (address, init) => window.fetch(address, init),
      clock,
      chance,
      attention: pageAttention(window.document, window.navigator.locks),
    }
    return { stream: new EventStreamCarrier(options), poll: new LongPollCarrier(options) }
  }
  return [
    webSocketCarrier(() => webSocketUrl(url())),
    new LateCarrier('event-stream', async () => (await overHttp()).stream),
    new LateCarrier('long-poll', async () => (await overHttp()).poll),
  ]
}

/** The same address for a WebSocket. */
export function webSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws')
}

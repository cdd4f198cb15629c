/** The carriers of a page, best first, made of what its browser has. */
import type { Chance, Clock } from '#shared/time.ts'
import { BearingCarrier } from './bearing.ts'
import type { HttpCarrierOptions } from './http-channel.ts'
import { LateCarrier } from './late.ts'
import type { Bearer, Carrier } from './port.ts'
import { webSocketCarrier } from './websocket.ts'

export interface LadderOptions {
  /** The document's channel as an `http:` or `https:` address, asked anew for each request. */
  readonly url: () => string
  readonly clock: Clock
  readonly chance: Chance
  /** The tokens that are shown. Default: none, the browser's cookie says who is here. */
  readonly tokens?: Bearer
}

export function ladderFor(window: Window, { url, clock, chance, tokens }: LadderOptions): readonly Carrier[] {
  const headers = () => authorization(tokens)
  const overHttp = async () => {
    const { pageAttention, EventStreamCarrier, LongPollCarrier } = await import('./over-http.ts')
    const options: HttpCarrierOptions = {
      url,
      fetch: (address, init) => window.fetch(address, init),
      clock,
      chance,
      headers,
      attention: pageAttention(window.document, window.navigator.locks),
    }
    return { stream: new EventStreamCarrier(options), poll: new LongPollCarrier(options) }
  }
  const carriers = [
    webSocketCarrier(() => webSocketUrl(url()), tokens),
    new LateCarrier('event-stream', async () => (await overHttp()).stream),
    new LateCarrier('long-poll', async () => (await overHttp()).poll),
  ]
  return tokens === undefined ? carriers : carriers.map((carrier) => new BearingCarrier(carrier, tokens))
}

/** As a request shows a token. */
export function authorization(tokens?: Bearer): Readonly<Record<string, string>> {
  const token = tokens?.current ?? null
  return token === null ? {} : { Authorization: `Bearer ${token}` }
}

/** The same address for a WebSocket. */
export function webSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws')
}

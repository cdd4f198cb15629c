/** One channel, one WebSocket, one binary message a frame. Offers the subprotocol `vellum` and insists on it. */
import {
  type Bearer,
  type Carrier,
  type Channel,
  type ChannelEvents,
  type Join,
  WITHOUT_A_WORD,
} from './port.ts'

export interface WebSocketCarrierOptions {
  /** `ws:` or `wss:`, asked anew for each channel. */
  readonly url: () => string
  /** Offered beside `vellum`, asked anew for each channel: `bearer.TOKEN`. Default: none. */
  readonly protocols?: () => readonly string[]
  /** `new WebSocket(url, protocols)`. May throw: the channel then ends with 1006. */
  readonly connect: (url: string, protocols: string[]) => WebSocket
}

const PROTOCOL = 'vellum'
const OPEN = 1

export class WebSocketCarrier implements Carrier {
  readonly name = 'websocket'
  readonly joinsBy = 'resume'
  readonly quietMs = null
  readonly #options: WebSocketCarrierOptions

  constructor(options: WebSocketCarrierOptions) {
    this.#options = options
  }

  open(events: ChannelEvents, { after }: Join): Channel {
    const { url, protocols, connect } = this.#options
    let socket: WebSocket
    try {
      const address = new URL(url())
      if (after !== null) address.searchParams.set('after', after)
      socket = connect(address.href, [PROTOCOL, ...(protocols?.() ?? [])])
    } catch {
      // A page's security policy may forbid the address: for the session that is a channel that never opened.
      let ended = false
      queueMicrotask(() => {
        if (!ended) events.closed(WITHOUT_A_WORD, 'cannot connect')
      })
      return {
        send: () => undefined,
        probe: () => false,
        leave: () => undefined,
        close: () => {
          ended = true
        },
      }
    }
    return join(socket, events)
  }
}

function join(socket: WebSocket, events: ChannelEvents): Channel {
  socket.binaryType = 'arraybuffer'

  const detach = (): void => {
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
  }
  /** Ends the channel from here and says so. */
  const fail = (reason: string): void => {
    detach()
    socket.close()
    events.closed(WITHOUT_A_WORD, reason)
  }

  socket.onopen = () => {
    if (socket.protocol === PROTOCOL) events.opened()
    else fail('the server does not speak vellum')
  }
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) events.frame(new Uint8Array(data))
    else fail('a text message')
  }
  socket.onclose = ({ code, reason }) => {
    detach()
    events.closed(code, reason)
  }

  return {
    send(frame) {
      if (socket.readyState === OPEN) socket.send(new Uint8Array(frame))
    },
    probe: () => false,
    // What was sent is the platform's: it goes out before the connection ends.
    leave: () => undefined,
    close() {
      detach()
      socket.close()
    },
  }
}

/** The carrier for a page: the platform's WebSocket to this address. */
export function webSocketCarrier(url: () => string, tokens?: Bearer): WebSocketCarrier {
  return new WebSocketCarrier({
    url,
    protocols: () => (typeof tokens?.current === 'string' ? [`bearer.${tokens.current}`] : []),
    connect: (address, protocols) => new WebSocket(address, protocols),
  })
}

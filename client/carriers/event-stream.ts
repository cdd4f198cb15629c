/**
 * Server-sent events down, POSTs up: for networks that pass on no WebSocket. Read with `fetch`, so that comments count
 * as signs of life and the headers are seen. Where this page may not hold a stream it glances, as a long-poll does.
 */
import type { Attention } from './attention.ts'
import { EventLines } from './event-lines.ts'
import { Limit, readBody } from './exchange.ts'
import { type HttpCarrierOptions, HttpChannel, type Reading, type TurnEnd } from './http-channel.ts'
import { glance } from './long-poll.ts'
import { type Carrier, type Channel, type ChannelEvents, type Join, QUIET_MS } from './port.ts'

/** A proxy that keeps back what it has not got whole is not waited for. */
const HELLO_MS = 10_000
/** Between any two signs of life; the session asks sooner. */
const SILENCE_MS = 45_000
const BODY = 'text/event-stream'

export class EventStreamCarrier implements Carrier {
  readonly name = 'event-stream'
  readonly joinsBy = 'offset'
  readonly quietMs = QUIET_MS['event-stream']
  readonly #options: HttpCarrierOptions

  constructor(options: HttpCarrierOptions) {
    this.#options = options
  }

  open(events: ChannelEvents, join: Join): Channel {
    return new HttpChannel(
      this.#options,
      {
        live: 'sse',
        first: (reading) => first(reading, this.#options.attention),
        held: (reading) => stream(reading),
        glance,
        isHeldAProbe: true,
      },
      { events, join },
    )
  }
}

/** What a proxy keeps back holds a connection, and all tabs share a few: they find out one after the other. */
async function first(reading: Reading, attention: Attention): Promise<TurnEnd> {
  const { after } = reading.join
  const waiting = new AbortController()
  reading.abort = () => waiting.abort()
  const release = await attention.attempt(waiting.signal)
  if (release === null || reading.isEnded) {
    release?.()
    return { kind: 'lost', reason: 'another tab is finding out' }
  }
  const holds = (): void => {
    void reading.holds().then(release)
  }
  try {
    return await stream(reading, { holds, asked: after === null ? {} : { after } })
  } finally {
    release()
  }
}

interface Streaming {
  /** The hello has come. */
  readonly holds: () => void
  readonly asked: Readonly<Record<string, string>>
}

async function stream(
  reading: Reading,
  { holds, asked }: Streaming = { holds: () => void reading.holds(), asked: {} },
): Promise<TurnEnd> {
  const { exchange, events, offset } = reading
  const limit = new Limit(exchange.clock, HELLO_MS)
  reading.abort = () => limit.abort()
  const query = { live: 'sse', ...asked, ...(offset === null ? {} : { offset }) }
  const outcome = await exchange.get({ query, limit, accept: BODY })
  if (outcome.kind !== 'ours' || outcome.response.body === null) {
    limit.done()
    return outcome.kind === 'ours' ? { kind: 'lost', reason: 'a stream of nothing' } : outcome
  }
  const lines = new EventLines()
  let hasCome = false
  await readBody(outcome.response.body, (bytes) => {
    if (reading.isEnded) return
    if (hasCome) limit.progress()
    events.heard()
    for (const { event, data, id } of lines.take(bytes)) {
      const frame = event === 'hello' || event === 'frame' ? fromBase64(data) : null
      if (frame === null || reading.isEnded) continue
      if (!hasCome) limit.progress(SILENCE_MS)
      if (!hasCome) holds()
      hasCome = true
      events.frame(frame)
      if (id !== '') reading.offset = id
    }
  })
  limit.done()
  // Cut or ended, what had come is there: the next turn goes on from it.
  return hasCome ? 'idle' : { kind: 'lost', reason: 'a stream without a hello' }
}

/** Null for what is no base64: the stream is then somebody else's, and ends without a hello. */
function fromBase64(text: string): Uint8Array | null {
  try {
    const binary = atob(text)
    const bytes = new Uint8Array(binary.length)
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
    return bytes
  } catch {
    return null
  }
}

/**
 * Held GETs down, POSTs up: for networks that pass on neither a WebSocket nor a stream. One poll at a time, ever. What a
 * poll brings counts once it has come whole; a poll that was cut on the way is asked for again.
 */
import { splitFrames } from './bufs.ts'
import { Limit, readBody } from './exchange.ts'
import { type HttpCarrierOptions, HttpChannel, type Reading, type TurnEnd } from './http-channel.ts'
import { type Carrier, type Channel, type ChannelEvents, type Join, QUIET_MS } from './port.ts'

/** The server holds a poll for 25 s at most. */
const HELD_MS = 35_000
const AT_ONCE_MS = 15_000
const BODY = 'application/octet-stream'
const TOLD = 'Stream-Told'

export class LongPollCarrier implements Carrier {
  readonly name = 'long-poll'
  readonly joinsBy = 'offset'
  readonly quietMs = QUIET_MS['long-poll']
  readonly #options: HttpCarrierOptions

  constructor(options: HttpCarrierOptions) {
    this.#options = options
  }

  open(events: ChannelEvents, join: Join): Channel {
    return new HttpChannel(
      this.#options,
      { live: 'long-poll', first, held, glance, isHeldAProbe: false },
      { events, join },
    )
  }
}

const first = (reading: Reading): Promise<TurnEnd> => {
  const { after } = reading.join
  return poll(reading, { join: '1', ...(after === null ? {} : { after }) }, AT_ONCE_MS)
}

const held = (reading: Reading): Promise<TurnEnd> => poll(reading, { live: 'long-poll' }, HELD_MS)

/** What has come since, without waiting for more. */
export const glance = (reading: Reading): Promise<TurnEnd> => poll(reading, {}, AT_ONCE_MS)

async function poll(
  reading: Reading,
  asked: Readonly<Record<string, string>>,
  limitMs: number,
): Promise<TurnEnd> {
  const { exchange, events } = reading
  const limit = new Limit(exchange.clock, limitMs)
  reading.abort = () => limit.abort()
  const { offset, told } = reading
  const query = { ...asked, ...(offset === null ? {} : { offset }), ...(told === null ? {} : { told }) }
  const outcome = await exchange.get({ query, limit, accept: BODY })
  if (outcome.kind !== 'ours') {
    limit.done()
    return outcome
  }
  const frames = await read(reading, outcome.response, limit)
  limit.done()
  if (frames === null) return { kind: 'lost', reason: 'a poll that was cut' }
  // A first answer without a hello is nobody's that we know.
  if (asked['join'] !== undefined && frames.length === 0) return { kind: 'lost', reason: 'no hello' }
  reading.offset = outcome.offset
  reading.told = outcome.response.headers.get(TOLD) ?? reading.told
  for (const frame of frames) if (!reading.isEnded) events.frame(frame)
  if (!reading.isEnded && frames.length === 0) events.heard()
  return frames.length === 0 ? 'idle' : 'ended'
}

/** The frames of a whole answer; null when it was cut, or is none of ours. */
async function read(reading: Reading, { body }: Response, limit: Limit): Promise<Uint8Array[] | null> {
  if (body === null) return []
  const pieces: Uint8Array[] = []
  const isWhole = await readBody(body, (piece) => {
    pieces.push(piece)
    // A long answer over a slow line is alive while it comes.
    limit.progress()
    if (!reading.isEnded) reading.events.heard()
  })
  return isWhole ? splitFrames(joined(pieces)) : null
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces
  if (only !== undefined && pieces.length === 1) return only
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

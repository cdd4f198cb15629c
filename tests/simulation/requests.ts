/**
 * The server's door for requests, over the real rooms: what a carrier on HTTP does there, without sockets. It keeps to
 * the wire of the carriers and adds nothing of its own.
 */
import { joinFrames, splitFrames } from '#client/carriers/bufs.ts'
import { standingOf } from '#server/access/access.ts'
import { ANONYMOUS } from '#server/access/principal.ts'
import type { Channel, DeliveryEvents } from '#server/room/channel.ts'
import type { Packet } from '#server/room/packet.ts'
import type { Rooms } from '#server/room/rooms.ts'
import type { SeatKey } from '#server/room/seats.ts'
import { decodeTold } from '#server/room/told.ts'
import { type DocumentId, NONE, sessionId } from '#shared/id.ts'
import { decodeOffset, encodeOffset, type Offset } from '#shared/offset.ts'
import type { Clock } from '#shared/time.ts'
import { encodeFrame } from '#shared/wire.ts'

export interface Request {
  readonly method: string
  readonly query: URLSearchParams
  readonly body: Uint8Array
}

/** The way back; the network decides what arrives. */
export interface Reply {
  /** Bytes that the network has not taken yet. */
  readonly queuedBytes: number
  head(status: number, headers: Readonly<Record<string, string>>): void
  write(bytes: Uint8Array): void
  end(): void
  /** Called when what was queued has been taken. */
  onDrained: () => void
}

export interface Front {
  readonly rooms: Rooms
  readonly clock: Clock
  readonly document: DocumentId
  /** What a mutant puts in the place of a channel. */
  readonly wrap: (channel: Channel) => Channel
}

const BODY = 'application/octet-stream'
const COMMIT_MS = 25_000

/** Answers one request. Returns what is to be done when the client is gone. */
export function answer(front: Front, request: Request, reply: Reply): () => void {
  if (request.method === 'POST') return deliver(front, request, reply)
  return request.query.get('live') === 'sse' ? stream(front, request, reply) : poll(front, request, reply)
}

function startOf({ query }: Request) {
  const offset = query.get('offset')
  return {
    offset: offset === null ? null : decodeOffset(offset),
    kind: query.get('kind') === 'page' ? ('page' as const) : ('any' as const),
    schemaVersion: Number(query.get('schema')),
  }
}

function seatOf({ query }: Request): SeatKey {
  const beat = query.get('beat')
  return {
    session: query.get('session') ?? '',
    principal: ANONYMOUS,
    beatMs: beat === null ? null : Number(beat),
    leaves: query.get('leave') === '1',
  }
}

function stream({ rooms, document, wrap }: Front, request: Request, reply: Reply): () => void {
  let hasBegun = false
  let isOver = false
  const write = (frames: readonly Uint8Array[], position: Offset | null): void => {
    if (isOver) return
    if (!hasBegun) {
      const offset = position === null ? '' : encodeOffset(position)
      reply.head(200, { 'Content-Type': 'text/event-stream', 'Stream-Next-Offset': offset })
    }
    hasBegun = true
    reply.write(new TextEncoder().encode(eventsOf(frames, position)))
  }
  const channel: Channel = {
    dialect: 'vellum',
    get queuedBytes() {
      return reply.queuedBytes
    },
    send: ({ frames, position }) => write(frames, position),
    beat: () => {
      if (hasBegun && !isOver) reply.write(new TextEncoder().encode(':\n\n'))
    },
    pause: () => undefined,
    resume: () => undefined,
    close: (code, reason) => {
      if (isOver) return
      if (!hasBegun) problem(reply, code, reason)
      else {
        if (code < 4500) write([refusal(code, reason)], null)
        reply.end()
      }
      isOver = true
    },
  }
  const events = rooms.enter({
    document,
    channel: wrap(channel),
    standing: standingOf(ANONYMOUS),
    errand: { kind: 'listen', start: startOf(request), seat: seatOf(request) },
  })
  reply.onDrained = () => events.drained()
  return () => {
    isOver = true
    events.closed()
  }
}

/** Only the last `entries` frame of a packet reaches its position. */
function eventsOf(frames: readonly Uint8Array[], position: Offset | null): string {
  const isKnown = position !== null && (position.seq === 0 || position.hash !== NONE)
  return frames
    .map((frame, at) => {
      const name = frame[0] === 100 ? 'hello' : 'frame'
      const id = isKnown && at === frames.length - 1 ? `id: ${encodeOffset(position)}\n` : ''
      return `event: ${name}\n${id}data: ${Buffer.from(frame).toString('base64')}\n\n`
    })
    .join('')
}

function poll({ rooms, clock, document }: Front, request: Request, reply: Reply): () => void {
  const { query } = request
  const told = query.get('told')
  const reading = rooms.poll(document, {
    standing: standingOf(ANONYMOUS),
    clock,
    start: startOf(request),
    seat: seatOf(request),
    joins: query.get('join') === '1',
    waits: query.get('live') === 'long-poll',
    told: told === null ? null : decodeTold(told),
    reserve: () => true,
    onAnswer: (answer) => {
      if (answer.kind === 'refused') return problem(reply, answer.code, answer.reason)
      const frames = answer.packets.flatMap((packet: Packet) => packet.frames)
      const headers = { 'Stream-Next-Offset': encodeOffset(answer.position), 'Stream-Told': answer.told }
      reply.head(frames.length > 0 ? 200 : 204, { 'Content-Type': BODY, ...headers })
      if (frames.length > 0) reply.write(joinFrames(frames))
      reply.end()
    },
  })
  return () => reading.cancel()
}

function deliver({ rooms, clock, document, wrap }: Front, request: Request, reply: Reply): () => void {
  const seat = seatOf(request)
  const answers: Uint8Array[] = []
  let isOver = false
  const over = (say: () => void): void => {
    if (isOver) return
    isOver = true
    cancel()
    say()
  }
  const channel: Channel = {
    dialect: 'vellum',
    queuedBytes: 0,
    send: ({ frames }) => void answers.push(...frames),
    pause: () => undefined,
    resume: () => undefined,
    close: (code, reason) => over(() => problem(reply, code, reason)),
  }
  const cancel = clock.after(COMMIT_MS, () => {
    over(() => problem(reply, 4503, 'not saved yet'))
    events.closed()
  })
  const kind = request.query.get('kind') === 'page' ? ('page' as const) : ('any' as const)
  const events: DeliveryEvents = rooms.enter({
    document,
    channel: wrap(channel),
    standing: standingOf(ANONYMOUS),
    errand: { kind: 'deliver', intends: kind, seat },
  })
  for (const frame of splitFrames(request.body) ?? []) events.frame(frame)
  void events.said().then((position) => {
    if (position === null) return
    over(() => {
      reply.head(200, { 'Content-Type': BODY, 'Stream-Next-Offset': encodeOffset(position) })
      reply.write(joinFrames(answers))
      reply.end()
    })
    events.closed()
  })
  // What has arrived is stored, whoever waits for the answer.
  return () => over(() => undefined)
}

function refusal(code: number, reason: string): Uint8Array {
  return encodeFrame({ type: 'refused', code, session: sessionId(NONE), number: 0, reason })
}

function problem(reply: Reply, code: number, detail: string): void {
  const status = STATUS.get(code) ?? (code >= 4500 ? 503 : 400)
  const headers = {
    'Content-Type': 'application/problem+json',
    ...(code >= 4500 ? { 'Retry-After': '1' } : {}),
  }
  reply.head(status, headers)
  reply.write(new TextEncoder().encode(JSON.stringify({ status, code, detail })))
  reply.end()
}

const STATUS: ReadonlyMap<number, number> = new Map([
  [4403, 403],
  [4404, 410],
  [4409, 409],
  [4413, 413],
  [4426, 426],
  [4529, 429],
])

/**
 * The WebSocket carrier. It owns the server's `upgrade` event, lets `ws` shake hands and read, and writes ready frames
 * straight to the socket: what a group committed is framed once and written once to each channel.
 */
import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import type { Access, Decision, Standing } from '#server/access/access.ts'
import type { Metrics } from '#server/ops/metrics.ts'
import type { Channel, ChannelEvents } from '#server/room/channel.ts'
import { type CodeName, codes } from '#shared/codes.ts'
import type { DocumentId } from '#shared/id.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import { type Admission, type Door, TOO_MANY_CHANNELS } from './admission.ts'
import { PLAIN } from './answer.ts'
import { queryOf } from './asked.ts'
import { namesOneHost } from './host.ts'
import type { Newcomers } from './newcomers.ts'
import { Partials } from './partials.ts'
import { questionOf } from './question.ts'
import { SUBPROTOCOL, WebSocketChannel } from './websocket-channel.ts'

/** Pings are answered by the browser itself, even in a hidden tab: they tell live channels from half-open ones. */
const PING_MS = 4_500
/** A frame in more pieces than this is not sent by anybody honest. */
const MAX_FRAGMENTS = 256
/** How long a closed channel's client may take to say goodbye. */
const CLOSE_MS = 5_000
/** Before a token that comes as a subprotocol: `bearer.TOKEN`. */
const TOKEN_SUBPROTOCOL = 'bearer.'
/** What `ws` ends a channel with that sends more than it may. Of no use to a client that comes back after any such code. */
const WS_TOO_BIG = 1009

export interface WebSocketCarrierOptions {
  readonly server: Server
  readonly door: Door
  readonly access: Access
  readonly clock: Clock
  readonly metrics: Metrics
  readonly maxFrameBytes: number
  /** Bytes of unfinished messages, of all channels together. */
  readonly maxPartialBytes: number
  /** By when a channel must have said something. */
  readonly firstFrameMs: number
  join(coming: Coming): ChannelEvents
  /** Counts who asks to come in until they are in or gone: who is refused may take a while to go. */
  readonly newcomers?: Pick<Newcomers, 'asks' | 'enters'>
}

/** Somebody who may come in. */
export interface Coming {
  readonly document: DocumentId
  readonly channel: Channel
  readonly standing: Standing
  /** Where from, as limits count it. */
  readonly address: string
  /** Whether a document may be made by it; one more is counted. */
  readonly mayMake: () => boolean
}

/** Somebody on the way in. */
interface Shaking {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly admitted: Extract<Admission, { kind: 'admitted' }>
  readonly decision: Decision
}

export class WebSocketCarrier {
  readonly #options: WebSocketCarrierOptions
  readonly #shaker: WebSocketServer
  readonly #partials: Partials
  readonly #channels = new Set<WebSocketChannel>()
  #cancelPing: Cancel

  constructor(options: WebSocketCarrierOptions) {
    this.#options = options
    // Two options of `ws` that its published types do not know yet.
    const newer = { maxFragments: MAX_FRAGMENTS, closeTimeout: CLOSE_MS }
    const settings: ServerOptions = {
      ...newer,
      WebSocket: CodedSocket,
      noServer: true,
      autoPong: false,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxFrameBytes,
      // Old clients offer nothing; a browser fails when it offered something and gets nothing back.
      // A token that comes as one is not said back.
      handleProtocols: (offered) =>
        offered.has(SUBPROTOCOL)
          ? SUBPROTOCOL
          : ([...offered].find((name) => !name.startsWith(TOKEN_SUBPROTOCOL)) ?? false),
    }
    this.#shaker = new WebSocketServer(settings)
    this.#partials = new Partials({
      clock: options.clock,
      metrics: options.metrics,
      maxBytes: options.maxPartialBytes,
    })
    options.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#cancelPing = options.clock.after(PING_MS, () => this.#ping())
  }

  /** No more pings, and what is still open is cut. */
  close(): void {
    this.#cancelPing()
    this.#partials.close()
    for (const channel of this.#channels) channel.cut()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      deny(socket, 400, 'Only WebSocket is spoken here.')
      return
    }
    if (!namesOneHost(request.rawHeaders)) {
      deny(socket, 400, 'A request names one host.')
      return
    }
    const { door } = this.#options
    const remoteAddress = request.socket.remoteAddress ?? ''
    // Of a proxy's connections nobody knew before whose they are.
    const turn = door.turnOf({ headers: request.headers, remoteAddress }, () => {
      if (!socket.destroyed) this.#ask(request, socket, head)
    })
    if (turn === 'now') this.#ask(request, socket, head)
    else if (turn === 'full') deny(socket, 429, 'Too many connections of this address wait.')
    else socket.once('close', turn)
  }

  #ask(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { door } = this.#options
    const remoteAddress = request.socket.remoteAddress ?? ''
    this.#options.newcomers?.asks(request.socket)
    const verdict = door.ask({ url: request.url ?? '', headers: request.headers, remoteAddress })
    if (verdict.kind === 'refused') {
      deny(socket, verdict.status, verdict.reason)
      return
    }
    const decision = this.#options.access.decide(questionOf(verdict.document, request))
    if (!(decision instanceof Promise)) this.#shake({ request, socket, head, admitted: verdict, decision })
    // What it sends meanwhile is not read: no more of it comes than fits into the socket's own buffer.
    else
      void decision.then((decided) => {
        if (!socket.destroyed) this.#shake({ request, socket, head, admitted: verdict, decision: decided })
      })
  }

  /** A browser sees no status of an upgrade that is refused: who may not come in is told by a code, once inside. */
  #shake({ request, socket, head, admitted, decision }: Shaking): void {
    this.#shaker.handleUpgrade(request, socket, head, (client) => {
      const { door, metrics, clock, firstFrameMs } = this.#options
      const turnAway = (code: CodeName, reason: string): void => {
        metrics.closedWith(codes[code].code)
        client.on('error', () => client.terminate())
        client.close(codes[code].code, reason)
      }
      if (decision.kind === 'refused') return turnAway(decision.code, decision.reason)
      const { standing } = decision
      const { author } = standing.principal
      // Many may have been let in while it was asked who this is.
      const crowded = door.crowded(admitted.address)
      if (crowded !== null) return turnAway('tooFast', crowded.reason)
      if (door.isFull(author)) return turnAway('tooFast', TOO_MANY_CHANNELS)
      const leave = door.enter(admitted.address, author)
      this.#options.newcomers?.enters(request.socket)
      const onMalformed = () => door.turns.offended(admitted.address)
      const around = { metrics, clock, partials: this.#partials, firstFrameMs, onMalformed }
      const channel = new WebSocketChannel(client, socket, around)
      this.#channels.add(channel)
      const left = metrics.carriers.websocket.opened('websocket', queryOf(request.url).get('after'))
      client.once('close', () => {
        this.#channels.delete(channel)
        left()
        leave()
      })
      const { document, address } = admitted
      const mayMake = () => door.mayMake(address, author)
      channel.attach(this.#options.join({ document, channel, standing, address, mayMake }))
    })
  }

  #ping(): void {
    this.#cancelPing = this.#options.clock.after(PING_MS, () => this.#ping())
    for (const channel of this.#channels) channel.ping()
  }
}

/** `ws` ends by itself what breaks the protocol: with codes of its own, after which most clients come back at once. */
class CodedSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code === WS_TOO_BIG ? codes.tooBig.code : code, reason)
  }
}

function deny(socket: Duplex, status: number, reason: string): void {
  const body = JSON.stringify({ title: 'Refused', status, detail: reason })
  const headers = {
    ...PLAIN,
    Connection: 'close',
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n`
  if (socket instanceof Socket) socket.setTimeout(CLOSE_MS, () => socket.destroy())
  socket.end(head + body, () => socket.destroy())
}

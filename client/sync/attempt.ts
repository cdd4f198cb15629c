/**
 * One channel's life: what comes over it becomes changes of the document and events of the machine; what the machine
 * decides becomes frames. Once dropped it is silent, so that nothing of an old channel reaches a new one's state.
 *
 * A better carrier is tried beside the channel that leads. It delivers what it brings, but only who leads moves the
 * document's position, has the outbox and speaks for this client.
 * It decides nothing about connecting. It knows no carrier by name, no editor, no timer.
 */
import type { Carrier, CarrierName, Channel } from '#client/carriers/port.ts'
import type { LocalDocument } from '#client/document/local-document.ts'
import type { Presence } from '#client/document/presence.ts'
import { codes, isComeBack, isFinal } from '#shared/codes.ts'
import { type Frame, FrameError, type Hello, type Refused, type Unknown, VERSION } from '#shared/frame.ts'
import { NONE, ZERO } from '#shared/id.ts'
import { encodeOffset } from '#shared/offset.ts'
import { decodeFrame, encodeFrame } from '#shared/wire.ts'
import { Delivery } from './delivery.ts'
import { objectionTo } from './objection.ts'
import type { Above } from './state.ts'

export interface AttemptOptions {
  readonly carrier: Carrier
  readonly document: LocalDocument
  readonly presence: Presence
  readonly schemaVersion: number
  readonly kind: 'page' | 'any'
  /** Whether it is the session's channel from the start; otherwise `lead` makes it that. */
  readonly leads: boolean
  /** The carrier this session tried or used just before. */
  readonly after: CarrierName | null
  /** Called with what happened on this channel; never after `drop`. */
  readonly dispatch: (event: Above, attempt: Attempt) => void
}

/** What a push adds to its update: type, session, number, length. */
const PUSH_OVERHEAD_BYTES = 32

export class Attempt {
  readonly #document: LocalDocument
  readonly #presence: Presence
  readonly #schemaVersion: number
  readonly #kind: 'page' | 'any'
  readonly #dispatch: (event: Above, attempt: Attempt) => void
  readonly #carrier: Carrier
  readonly #delivery: Delivery
  readonly #channel: Channel
  #leads: boolean
  #dropped = false
  #hello: Hello | null = null
  #pushing = false
  #nonce = 0

  constructor(options: AttemptOptions) {
    const { carrier, document, schemaVersion, kind } = options
    this.#document = document
    this.#presence = options.presence
    this.#schemaVersion = schemaVersion
    this.#kind = kind
    this.#leads = options.leads
    this.#dispatch = options.dispatch
    this.#carrier = carrier
    this.#delivery = new Delivery({
      document,
      leads: options.leads,
      tell: (event) => this.#tell(event),
      pump: () => this.pump(),
    })
    const position = this.#delivery.begin()
    this.#channel = carrier.open(
      {
        opened: () => undefined,
        frame: (bytes) => this.#frame(bytes, true),
        answer: (bytes) => this.#frame(bytes, false),
        heard: () => this.#tell({ kind: 'heard' }),
        closed: (code, reason, afterMs) => {
          // The server's own word, whether or not it named a time.
          if (isComeBack(code)) this.#tell({ kind: 'later', afterMs: afterMs ?? 0 })
          this.#ended(code, reason)
        },
      },
      {
        session: document.outbox.session,
        kind,
        schemaVersion,
        // A position without a hash could not be checked: it is no use to the server.
        offset: position.hash === NONE ? null : encodeOffset(position),
        after: options.after,
      },
    )
  }

  /** Names the position, so that the server sends what came after it. */
  resume(): void {
    if (this.#carrier.joinsBy === 'offset') return
    const { outbox } = this.#document
    const position = this.#delivery.begin()
    this.#send({
      type: 'resume',
      version: VERSION,
      epoch: position.epoch,
      seq: position.seq,
      hash: position.hash,
      kind: this.#kind,
      schemaVersion: this.#schemaVersion,
      sessions: [{ session: outbox.session, oldest: outbox.oldest }],
      stateVector: this.#document.stateVector(),
    })
  }

  /** From now on it is the session's channel: the other one, that brought it up to here, has been dropped. */
  lead(): void {
    this.#leads = true
    this.#document.readOnly = this.#isReader()
    this.push()
    this.#delivery.lead()
  }

  /** Sends the outbox from its oldest push on, and from now on whatever comes into it. */
  push(): void {
    this.#document.outbox.begin()
    this.#pushing = true
    this.pump()
    this.#presence.join((presence) => this.#send({ type: 'presence', presence }))
  }

  /** Sends what there is room for; of a reader nothing would be taken. */
  pump(): void {
    if (!this.#pushing || this.#dropped || this.#isReader()) return
    const { outbox } = this.#document
    // 0 says that there is no limit.
    const most = (this.#hello?.maxFrameBytes || Number.POSITIVE_INFINITY) - PUSH_OVERHEAD_BYTES
    for (let push = outbox.take(); push !== null; push = outbox.take()) {
      if (push.update.length > most) {
        // A change cannot be split, and the server would refuse it each time: it stays here, and is spoken of.
        const mebibytes = Math.ceil(push.update.length / (1 << 20))
        const reason = `One change of ${mebibytes} MiB is more than the server takes.`
        this.#refused(codes.tooBig.code, reason)
        return
      }
      this.#send({ type: 'push', session: outbox.session, number: push.number, update: push.update })
    }
  }

  ping(): void {
    if (this.#dropped || this.#channel.probe()) return
    this.#send({ type: 'ping', nonce: ++this.#nonce })
  }

  /** The page may be gone in a moment. */
  leave(): void {
    if (!this.#dropped) this.#channel.leave()
  }

  /** Ends the channel. May be called twice. */
  drop(): void {
    if (this.#dropped) return
    this.#dropped = true
    if (this.#leads) this.#presence.part()
    this.#channel.close()
  }

  #send(frame: Frame): void {
    if (!this.#dropped) this.#channel.send(encodeFrame(frame))
  }

  #tell(event: Above): void {
    if (!this.#dropped) this.#dispatch(event, this)
  }

  get leads(): boolean {
    return this.#leads
  }

  #ended(code: number, reason: string): void {
    if (isFinal(code)) this.#refused(code, reason)
    else this.#tell({ kind: 'lost' })
  }

  #refused(code: number, reason: string): void {
    this.#tell({ kind: 'refused', code, reason })
  }

  /** `isSign`: that it came says that the way down is alive. */
  #frame(bytes: Uint8Array, isSign: boolean): void {
    if (this.#dropped) return
    let frame: Frame | Unknown
    try {
      frame = decodeFrame(bytes)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.#tell({ kind: 'lost' })
      return
    }
    this.#take(frame)
    if (isSign) this.#tell({ kind: 'heard' })
  }

  #take(frame: Frame | Unknown): void {
    switch (frame.type) {
      case 'hello':
        this.#greet(frame)
        break
      case 'resumed':
        this.#delivery.resumed(frame.seq, this.#hello?.head ?? ZERO)
        break
      case 'entries':
        this.#delivery.entries(frame)
        break
      case 'update':
        this.#delivery.apply([frame.update])
        break
      case 'step2':
        this.#delivery.synced(frame.update)
        break
      case 'step1':
        this.#delivery.compare(frame.stateVector)
        break
      case 'ack':
      case 'gap':
        this.#settle(frame)
        break
      case 'refused':
        if (this.#isForReaders(frame)) break
        if (frame.number === 0 || frame.session === this.#document.outbox.session)
          this.#ended(frame.code, frame.reason)
        break
      case 'saving':
        this.#tell({ kind: 'saving', saving: frame.saving })
        break
      case 'later':
        this.#tell({ kind: 'later', afterMs: frame.afterMs })
        break
      case 'ping':
        this.#send({ type: 'pong', nonce: frame.nonce })
        break
      case 'presence':
        this.#presence.receive(frame.presence)
        break
      case 'presenceQuery':
        this.#presence.repeat()
        break
      // A pong has been heard, like every frame; the rest is not for clients, or of a later version.
    }
  }

  /** An acknowledgement is exact and moves no position. */
  #settle(frame: Extract<Frame, { type: 'ack' | 'gap' }>): void {
    const { outbox } = this.#document
    if (frame.session !== outbox.session) return
    if (frame.type === 'ack') outbox.acknowledge(frame.from, frame.to)
    else outbox.gap(frame.number)
    this.pump()
  }

  /** A first hello, or one that says that something changed. */
  #greet(hello: Hello): void {
    const document = this.#document
    const objection = objectionTo({
      hello,
      position: document.position,
      isBound: document.isBound,
      schemaVersion: this.#schemaVersion,
      kind: this.#kind,
    })
    if (objection !== null) {
      this.#refused(objection.code, objection.reason)
      return
    }
    const wasReader = this.#isReader()
    this.#hello = hello
    this.#delivery.bind(hello.epoch)
    if (this.#leads) document.readOnly = this.#isReader()
    const { role, kind, saving } = hello
    const heartbeatMs = this.#carrier.quietMs ?? hello.heartbeatMs
    this.#tell({ kind: 'hello', role, document: kind, saving, heartbeatMs })
    // What was written before this client became a reader, and could not be taken since.
    if (wasReader && this.#pushing && !this.#isReader()) {
      document.outbox.begin()
      this.pump()
    }
  }

  /** What was on its way when this client became a reader is not taken: it stays in the outbox, and so does the channel. */
  #isForReaders({ code, number }: Refused): boolean {
    return code === codes.forbidden.code && number > 0 && this.#isReader()
  }

  #isReader(): boolean {
    const role = this.#hello?.role
    return this.#kind === 'any' || role === 'reader' || role === 'commenter'
  }
}

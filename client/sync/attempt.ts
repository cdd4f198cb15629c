/**
 * One channel's life: what comes over it becomes changes of the document and events of the machine; what the machine
 * decides becomes frames. Once dropped it is silent, so that nothing of an old channel reaches a new one's state.
 *
 * It decides nothing about connecting. It knows no carrier by name, no editor, no timer.
 */
import type { Carrier, Channel } from '#client/carriers/port.ts'
import type { LocalDocument } from '#client/document/local-document.ts'
import type { Presence } from '#client/document/presence.ts'
import { codes, isFinal } from '#shared/codes.ts'
import {
  decodeFrame,
  type Entries,
  encodeFrame,
  type Frame,
  FrameError,
  type Hello,
  NONE,
  type Unknown,
  VERSION,
} from '#shared/frame.ts'
import { type Seq, ZERO } from '#shared/id.ts'
import { objectionTo } from './objection.ts'
import type { Event } from './state.ts'

export interface AttemptOptions {
  readonly carrier: Carrier
  readonly document: LocalDocument
  readonly presence: Presence
  readonly schemaVersion: number
  readonly kind: 'page' | 'any'
  /** Called with what happened; never after `drop`. */
  readonly dispatch: (event: Event) => void
}

/** What a push adds to its update: type, session, number, length. */
const PUSH_OVERHEAD_BYTES = 32

export class Attempt {
  readonly #document: LocalDocument
  readonly #presence: Presence
  readonly #schemaVersion: number
  readonly #kind: 'page' | 'any'
  readonly #dispatch: (event: Event) => void
  readonly #channel: Channel
  #dropped = false
  #hello: Hello | null = null
  /** The server could not use the position this client had: what it holds may be more than the server does. */
  #startedOver = false
  #pushing = false
  #nonce = 0

  constructor({ carrier, document, presence, schemaVersion, kind, dispatch }: AttemptOptions) {
    this.#document = document
    this.#presence = presence
    this.#schemaVersion = schemaVersion
    this.#kind = kind
    this.#dispatch = dispatch
    this.#channel = carrier.open({
      opened: () => undefined,
      frame: (bytes) => this.#frame(bytes),
      closed: (code, reason) => this.#ended(code, reason),
    })
  }

  /** Names the position, so that the server sends what came after it. */
  resume(): void {
    const { position, outbox } = this.#document
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

  /** Sends the outbox from its oldest push on, and from now on whatever comes into it. */
  push(): void {
    this.#document.outbox.begin()
    this.#pushing = true
    this.pump()
    this.#presence.join((presence) => this.#send({ type: 'presence', presence }))
  }

  /** Sends what there is room for. */
  pump(): void {
    if (!this.#pushing || this.#dropped) return
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
    this.#send({ type: 'ping', nonce: ++this.#nonce })
  }

  /** Ends the channel. May be called twice. */
  drop(): void {
    if (this.#dropped) return
    this.#dropped = true
    this.#presence.part()
    this.#channel.close()
  }

  #send(frame: Frame): void {
    if (!this.#dropped) this.#channel.send(encodeFrame(frame))
  }

  #tell(event: Event): void {
    if (!this.#dropped) this.#dispatch(event)
  }

  #ended(code: number, reason: string): void {
    if (isFinal(code)) this.#refused(code, reason)
    else this.#tell({ kind: 'lost' })
  }

  #refused(code: number, reason: string): void {
    this.#tell({ kind: 'refused', code, reason })
  }

  #frame(bytes: Uint8Array): void {
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
    this.#tell({ kind: 'heard' })
  }

  #take(frame: Frame | Unknown): void {
    switch (frame.type) {
      case 'hello':
        this.#greet(frame)
        break
      case 'resumed':
        this.#resumed(frame.seq)
        break
      case 'entries':
        this.#entries(frame)
        break
      case 'update':
        this.#apply([frame.update])
        break
      case 'step2':
        this.#synced(frame.update)
        break
      case 'step1':
        this.#compare(frame.stateVector)
        break
      case 'ack':
      case 'gap':
        this.#settle(frame)
        break
      case 'refused':
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
    this.#hello = hello
    // Nothing is held yet, or the first commit of a new document gave it its epoch.
    if (!document.isBound) document.position = { ...document.position, epoch: hello.epoch }
    document.readOnly = this.#kind === 'any' || hello.role === 'reader' || hello.role === 'commenter'
    const { role, kind, saving, heartbeatMs } = hello
    this.#tell({ kind: 'hello', role, document: kind, saving, heartbeatMs })
  }

  #resumed(seq: Seq): void {
    const { position } = this.#document
    // A position without a hash could not have been used: then it says nothing of the server.
    this.#startedOver =
      seq < position.seq && (position.hash !== NONE || (this.#hello?.head ?? ZERO) < position.seq)
    const hash = seq === position.seq ? position.hash : NONE
    this.#document.position = { ...position, seq, hash }
    this.#tell({ kind: 'resumed' })
  }

  #synced(update: Uint8Array): void {
    if (!this.#apply([update])) return
    this.#document.isDoubtful = false
    this.#tell({ kind: 'synced' })
  }

  #entries({ from, to, hash, updates }: Entries): void {
    const { position } = this.#document
    if (to <= position.seq) return
    // Something is missing in between: the position must not jump over it, so it is asked for again.
    if (from > position.seq + 1) {
      this.#tell({ kind: 'lost' })
      return
    }
    if (!this.#apply(updates)) return
    this.#document.position = { ...position, seq: to, hash }
  }

  /** False when it could not be applied: then the position no longer says what the document holds. */
  #apply(updates: readonly Uint8Array[]): boolean {
    try {
      this.#document.apply(updates)
      return true
    } catch (error) {
      // An observer of the document threw, or the bytes are no update. A full sync tells the two apart: after it
      // everything is there, or it fails again, and then going on would not help.
      const document = this.#document
      document.position = { ...document.position, seq: ZERO, hash: NONE }
      if (document.isDoubtful)
        this.#refused(codes.malformed.code, `An edit cannot be shown: ${String(error)}`)
      else this.#tell({ kind: 'lost' })
      document.isDoubtful = true
      return false
    }
  }

  /** The server's state vector: whatever is here beyond it and beyond the outbox becomes a push of its own. */
  #compare(stateVector: Uint8Array): void {
    const document = this.#document
    if (document.readOnly) return
    let more: boolean
    try {
      more = document.outbox.gapped || this.#startedOver || document.holdsMoreThan(stateVector)
    } catch {
      // Not a state vector: the peer's mistake, and the end of this channel.
      this.#tell({ kind: 'lost' })
      return
    }
    this.#startedOver = false
    if (!more) return
    document.outbox.replace(document.since(stateVector))
    this.pump()
  }
}

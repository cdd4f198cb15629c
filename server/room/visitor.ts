/**
 * Somebody in a room without a channel: a program that writes one edit, or waits for one. What it writes passes the
 * same intake as everybody's, whole or not at all.
 *
 * An edit that is stored is told by its position; everything else rejects with Turned, whose code is the wire's.
 */
import type { Principal } from '#server/access/principal.ts'
import type { Push } from '#server/log/port.ts'
import { codes } from '#shared/codes.ts'
import type { Frame, Kind, PushRange } from '#shared/frame.ts'
import { type Seq, type SessionId, sessionId } from '#shared/id.ts'
import { decodeFrame } from '#shared/wire.ts'
import { digest } from './digest.ts'
import { Intake } from './intake.ts'
import type { Waiting } from './member.ts'
import type { Packet } from './packet.ts'
import type { Piece } from './piece.ts'
import type { Room } from './room.ts'
import type { Sender } from './sender.ts'

/** The visit ended, or the edit was not taken; nothing of it is stored, unless the code says "come back later". */
export class Turned extends Error {
  /** Of shared/codes.ts. */
  readonly code: number
  /** The edit depends on edits that the log does not hold. */
  readonly isGap: boolean
  constructor(code: number, reason: string, isGap = false) {
    super(reason)
    this.name = 'Turned'
    this.code = code
    this.isGap = isGap
  }
}

interface Writing {
  readonly resolve: (at: Seq) => void
  readonly reject: (reason: Turned) => void
}

export interface VisitorOptions {
  readonly principal: Principal
  /** The kind of document it makes where there is none. */
  readonly kind: Kind
  /** Sixteen hex digits, of this visit alone. */
  readonly session: string
  readonly onEnded: (visitor: Visitor) => void
}

export class Visitor implements Sender {
  readonly dialect = 'vellum'
  readonly isStrict = true
  readonly isBrief = false
  readonly principal: Principal
  /** It is not seen. */
  readonly seat = this
  intends: Kind
  readonly #session: SessionId
  readonly #onEnded: (visitor: Visitor) => void
  readonly #waiting = new Set<{ readonly after: Seq; readonly go: () => void }>()
  #room: Room | null = null
  #intake: Intake | null = null
  #number = 0
  #writing: Writing | null = null
  /** Where its last edit stands. */
  #stands: Seq | null = null
  #ended: Turned | null = null

  constructor(options: VisitorOptions) {
    this.principal = options.principal
    this.intends = options.kind
    this.#session = sessionId(options.session)
    this.#onEnded = options.onEnded
  }

  get isEnded(): boolean {
    return this.#ended !== null
  }

  get isWriting(): boolean {
    return this.#writing !== null
  }

  /** The room it is in. Throws Turned once the visit has ended. */
  get room(): Room {
    if (this.#room === null || this.#ended !== null) throw this.#ended ?? over()
    return this.#room
  }

  opened(room: Room): void {
    this.#room = room
    room.join(this)
    this.#intake = new Intake(this, room)
    this.#intake.expect(this.#session, new Map())
  }

  /** Stores one update; one at a time. Resolves with its position, or with a later one where it was there already. Rejects with Turned. */
  write(update: Uint8Array): Promise<Seq> {
    if (this.#writing !== null) throw new TypeError('one edit at a time')
    return new Promise((resolve, reject) => {
      const intake = this.#intake
      if (intake === null || this.#ended !== null) return reject(this.#ended ?? over())
      this.#writing = { resolve, reject }
      this.#stands = null
      this.#number += 1
      const push = { session: this.#session, number: this.#number, digest: digest(update) }
      this.#work(() => intake.push(push, update))
    })
  }

  /** Resolves once the log holds more than `after`. Rejects with Turned. */
  async whenPast(after: Seq, signal: AbortSignal): Promise<void> {
    if (this.room.head > after) return
    await new Promise<void>((resolve) => {
      const waiter = { after, go: resolve }
      this.#waiting.add(waiter)
      signal.addEventListener('abort', () => {
        this.#waiting.delete(waiter)
        resolve()
      })
      if (signal.aborted) resolve()
    })
    if (this.#ended !== null) throw this.#ended
  }

  /** Ends the visit; what is on its way to the disk is stored all the same. May be called twice. */
  leave(): void {
    this.#end(over())
  }

  end(code: number, reason: string): void {
    this.#end(new Turned(code, reason))
  }

  send(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#told(decodeFrame(frame))
  }

  sendFrame(frame: Frame): void {
    this.#told(frame)
  }

  acknowledge(range: PushRange): void {
    this.#told({ type: 'ack', ...range })
  }

  /** It is told positions, never entries: those it reads from the log. */
  deliver(_packet: Packet, head: Seq): boolean {
    this.passed(head)
    return false
  }

  passed(head: Seq): void {
    for (const waiter of this.#waiting) {
      if (head <= waiter.after) continue
      this.#waiting.delete(waiter)
      waiter.go()
    }
  }

  regate({ update, push }: Waiting): void {
    this.again(update, push)
  }

  again(update: Uint8Array, push: Push | null): void {
    const intake = this.#intake
    if (intake !== null && !this.isEnded) this.#work(() => intake.receive(update, push, 'again'))
  }

  /** Before it is acknowledged. */
  stored({ to }: Piece): void {
    this.#stands = to
  }

  settled(): void {}
  unsettled(): void {}
  ask(): void {}
  live(): void {}
  taken(): undefined {}
  pause(): void {}
  unpause(): void {}

  renew(): Promise<void> {
    return Promise.resolve()
  }

  follow(): Promise<void> {
    return Promise.resolve()
  }

  lastFrames(): readonly Uint8Array[] {
    return []
  }

  #told(frame: Frame | ReturnType<typeof decodeFrame>): void {
    if (frame.type === 'ack') this.#written()?.resolve(this.#stands ?? this.room.head)
    else if (frame.type === 'refused') this.#written()?.reject(new Turned(frame.code, frame.reason))
    else if (frame.type === 'gap') {
      const reason = 'it depends on edits that are not in the document'
      this.#written()?.reject(new Turned(codes.conflict.code, reason, true))
    }
  }

  #written(): Writing | null {
    const writing = this.#writing
    this.#writing = null
    return writing
  }

  #work(work: () => Promise<void> | undefined): void {
    const failed = (error: unknown) => {
      this.#room?.around.report('an edit could not be judged', {}, error)
      this.end(codes.restarting.code, 'that could not be done at the moment')
    }
    try {
      work()?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  #end(ended: Turned): void {
    if (this.#ended !== null) return
    this.#written()?.reject(ended)
    this.#ended = ended
    this.#intake?.close()
    for (const { go } of this.#waiting) go()
    this.#waiting.clear()
    this.#room?.leave(this)
    this.#onEnded(this)
  }
}

function over(): Turned {
  return new Turned(codes.restarting.code, 'the visit is over')
}

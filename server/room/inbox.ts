/**
 * What a peer's client sends, one frame after the other. While an answer from a worker or the log is awaited the next
 * frames wait here, and beyond a bound the socket is not read: channel order is kept, memory is bounded.
 */
import type { Push } from '#server/log/port.ts'
import { type Code, codes } from '#shared/codes.ts'
import { FrameError } from '#shared/frame.ts'
import { decodeFrame } from '#shared/wire.ts'
import type { Paying } from './allowance.ts'
import { digest } from './digest.ts'
import { bytesOf } from './frames.ts'
import { presenceFrames } from './greeting.ts'
import { Intake } from './intake.ts'
import { named } from './known-pushes.ts'
import { INBOX_BYTES } from './limits.ts'
import { Pace } from './pace.ts'
import { PresenceError, PresenceTooBig } from './presence.ts'
import { type Asker, resume, sync } from './resuming.ts'
import type { Room } from './room.ts'
import type { Sender } from './sender.ts'

/** What there is once the document is open. */
interface Open {
  readonly room: Room
  readonly intake: Intake
  readonly pace: Pace
}

type State =
  | { readonly kind: 'closed' }
  /** The document is not open yet, or an answer is awaited. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'open' }

/** Presence frames that break the rules before the channel is closed: one may be an older client's mistake. */
const BAD_PRESENCE = 3
/** What a waiting frame takes beyond its bytes. */
const WAITING_BYTES = 64

export class Inbox {
  readonly #peer: Sender
  readonly #paying: Paying
  #open: Open | null = null
  #state: State = { kind: 'waiting' }
  #frames: Uint8Array[] = []
  #bytes = 0
  /** Answers that are awaited: mostly one, more where edits pass the gate again. */
  #works = 0
  #whenIdle: (() => void)[] = []
  /** The last of the edits that pass the gate again: they do so in order. */
  #again: Promise<void> | null = null

  constructor(peer: Sender, paying: Paying = {}) {
    this.#peer = peer
    this.#paying = paying
  }

  open(room: Room): void {
    const pace = new Pace(this.#peer, room.around, this.#paying)
    this.#open = { room, pace, intake: new Intake(this.#peer, room, pace) }
    this.#state = { kind: 'open' }
    this.#drain()
  }

  close(): void {
    this.#state = { kind: 'closed' }
    this.#frames = []
    this.#open?.intake.close()
    this.#idle()
  }

  /** Resolves with true once all that came is answered, and stored where it is to be; with false where it is closed. */
  async done(): Promise<boolean> {
    for (;;) {
      await this.idle()
      const room = this.#open?.room
      if (room === undefined || this.#state.kind === 'closed') return false
      const isStored = await new Promise<boolean>((resolve) => room.whenSettled(resolve))
      // What the log got ahead of passes the gate again.
      if (isStored && this.idle() === undefined) return true
    }
  }

  /** Resolves once nothing that came is left to be done, or it is closed; undefined when that is so now. */
  idle(): Promise<void> | undefined {
    if (this.#state.kind !== 'waiting' && this.#frames.length === 0) return undefined
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  frame(bytes: Uint8Array): void {
    if (this.#state.kind === 'closed') return
    if (this.#state.kind === 'open' && this.#frames.length === 0) {
      this.#handle(bytes)
      return
    }
    this.#frames.push(bytes)
    this.#bytes += bytes.length + WAITING_BYTES
    if (this.#bytes > INBOX_BYTES) this.#peer.pause('inbox')
  }

  /** An edit that had passed the gate, against a log that has moved since: it passes again, before anything newer. */
  again(update: Uint8Array, push: Push | null): void {
    const receive = () => (this.#peer.isEnded ? undefined : this.#open?.intake.receive(update, push, 'again'))
    const work = this.#again === null ? receive() : this.#again.then(receive)
    if (work === undefined) return
    this.#again = work
    this.#await(
      work.then(() => {
        if (this.#again === work) this.#again = null
      }),
    )
  }

  #handle(bytes: Uint8Array): void {
    const open = this.#open
    if (open === null) return
    const { room, pace } = open
    room.around.metrics.counts.framesIn += 1
    room.around.metrics.counts.bytesIn += bytes.length
    try {
      const isPaid = pace.bytes.spend(bytes.length)
      const frame = decodeFrame(bytes)
      const isEdit = frame.type === 'push' || frame.type === 'update' || frame.type === 'step2'
      const work =
        isEdit || pace.signals.take(1)
          ? this.#dispatch(frame, open)
          : pace.wait(pace.signals).then(() => {
              if (this.#peer.isEnded) return
              pace.signals.spend(1)
              return this.#dispatch(frame, open)
            })
      if (!isPaid) this.#await(pace.afterwards(work, pace.bytes))
      else if (work !== undefined) this.#await(work)
    } catch (error) {
      if (error instanceof FrameError) {
        this.#refuse(error.tooBig ? codes.tooBig.code : codes.malformed.code, error.message)
        return
      }
      // Ours, and nobody can say what it left half done: the document begins anew with what the log holds.
      room.around.report('frame failed', { document: room.document }, error)
      room.around.onLost(room)
    }
  }

  /** Does what a frame asks for; a promise where that takes time. */
  #dispatch(frame: ReturnType<typeof decodeFrame>, open: Open): Promise<void> | undefined {
    const { room, intake, pace } = open
    switch (frame.type) {
      case 'update':
        return intake.receive(frame.update, null, 'live')
      case 'step2':
        return intake.receive(frame.update, null, 'sync')
      case 'push': {
        const { session, number, update } = frame
        const push = () => intake.push({ session, number, digest: digest(update) }, update)
        if (!this.#peer.isBrief || intake.knows(session)) return push()
        return this.#name(room, intake, frame).then(push)
      }
      case 'presence':
        return this.#presence(frame.presence, open)
      case 'presenceQuery': {
        const frames = presenceFrames(room)
        return pace.answer(bytesOf(frames), () => {
          this.#peer.send(...frames)
          return this.#peer.taken()
        })
      }
      case 'step1':
        return sync(this.#asker(open), frame.stateVector)
      case 'resume':
        return pace.answer(room.tail.bytes, () => resume(this.#asker(open), frame))
      case 'renew':
        return this.#peer.renew(frame.token)
      case 'ping':
        this.#peer.sendFrame({ type: 'pong', nonce: frame.nonce })
        return this.#peer.taken()
      default:
        // Types of later versions, and frames that only a server sends.
        return undefined
    }
  }

  /** Where a frame's work takes time, the next frame waits for it. */
  #await(work: Promise<void>): void {
    if (this.#state.kind === 'closed') return
    this.#state = { kind: 'waiting' }
    this.#works += 1
    void work
      .catch((error: unknown) => {
        this.#open?.room.around.report('frame failed', {}, error)
        this.#peer.end(codes.restarting.code, 'that could not be done at the moment')
      })
      .then(() => {
        this.#works -= 1
        if (this.#state.kind !== 'waiting' || this.#works > 0) return
        this.#state = { kind: 'open' }
        this.#drain()
      })
  }

  #drain(): void {
    while (this.#state.kind === 'open') {
      const next = this.#frames.shift()
      if (next === undefined) break
      this.#bytes -= next.length + WAITING_BYTES
      this.#handle(next)
    }
    if (this.#bytes <= INBOX_BYTES / 2) this.#peer.unpause('inbox')
    if (this.#state.kind === 'open') this.#idle()
  }

  #idle(): void {
    for (const go of this.#whenIdle.splice(0)) go()
  }

  #asker(open: Open): Asker {
    return { ...open, peer: this.#peer, refuse: (code, reason) => this.#refuse(code, reason) }
  }

  #refuse(code: Code, reason: string): undefined {
    this.#open?.room.around.onRefused(this.#open.room.document, code)
    this.#peer.end(code, reason)
  }

  /** A session that nobody named before its first push. */
  async #name(room: Room, intake: Intake, { session, number }: Omit<Push, 'digest'>): Promise<void> {
    const stored = await room.around.log.pushes(room.document, named(session, number))
    if (!intake.expect(session, stored)) this.#refuse(codes.tooBig.code, 'too many sessions')
  }

  #presence(bytes: Uint8Array, { room, pace }: Open): undefined {
    room.around.metrics.counts.presenceFrames += 1
    try {
      room.presence.receive(this.#peer.seat, bytes)
    } catch (error) {
      if (!(error instanceof PresenceError)) throw error
      if (error instanceof PresenceTooBig) room.around.metrics.limited.presenceBytes += 1
      pace.faults.badPresence += 1
      if (pace.faults.badPresence >= BAD_PRESENCE) this.#refuse(codes.malformed.code, error.message)
      return undefined
    }
    room.presenceChanged()
  }
}

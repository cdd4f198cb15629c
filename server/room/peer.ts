/** The server's side of one channel: who it is, what it came for, what it says and what it is told. */
import type { Standing } from '#server/access/access.ts'
import type { Principal } from '#server/access/principal.ts'
import type { Push } from '#server/log/port.ts'
import { codes } from '#shared/codes.ts'
import type { Frame, Kind, PushRange } from '#shared/frame.ts'
import type { Seq } from '#shared/id.ts'
import type { Offset } from '#shared/offset.ts'
import type { Clock } from '#shared/time.ts'
import { encodeFrame } from '#shared/wire.ts'
import type { Paying } from './allowance.ts'
import { Asking } from './asking.ts'
import type { Channel, DeliveryEvents, Dialect } from './channel.ts'
import { digest } from './digest.ts'
import type { Errand } from './errand.ts'
import { HEARTBEAT } from './frames.ts'
import { firstFrames, helloFrame, lastFrames, step1Frame } from './greeting.ts'
import type { Guest } from './guest.ts'
import { Heartbeat } from './heartbeat.ts'
import { Inbox } from './inbox.ts'
import { UNREAD_BYTES, UNSETTLED_BYTES } from './limits.ts'
import { type Listener, listen } from './listening.ts'
import type { Waiting } from './member.ts'
import type { Page } from './opening.ts'
import { Packet } from './packet.ts'
import { Pauses } from './pauses.ts'
import type { Piece } from './piece.ts'
import type { Owner } from './presence.ts'
import { Rights } from './rights.ts'
import type { Room } from './room.ts'
import type { Last } from './sender.ts'
import { Sitting } from './sitting.ts'
import { Telling } from './telling.ts'

type State =
  /** The document is being opened. */
  | 'opening'
  /** It may ask: SyncStep1 or `resume`. */
  | 'greeted'
  | 'ended'

export interface PeerOptions extends Paying {
  readonly channel: Channel
  readonly standing: Standing
  readonly clock: Clock
  readonly errand: Errand
  readonly onEnded: () => void
}

export class Peer implements DeliveryEvents, Listener, Guest {
  readonly dialect: Dialect
  readonly isStrict = false
  readonly isBrief: boolean
  /** The kind of document this client makes where there is none. */
  intends: Kind = 'any'
  readonly #channel: Channel
  readonly #rights: Rights
  readonly #inbox: Inbox
  readonly #errand: Errand
  readonly #asking: Asking
  readonly #sitting: Sitting
  #stored: Piece | null = null
  #room: Room | null = null
  #telling: Telling | null = null
  #state: State = 'opening'
  unsettledBytes = 0
  #unreadBytes = 0
  readonly #pauses: Pauses
  readonly #heartbeat: Heartbeat
  readonly #onEnded: () => void
  constructor(options: PeerOptions) {
    const { errand } = options
    this.dialect = options.channel.dialect
    this.#rights = new Rights(options.standing, {
      changed: () => this.#greetAgain(),
      lost: (code, reason) => this.#turnedOut(code, reason),
    })
    this.isBrief = errand.kind === 'deliver'
    if (errand.kind === 'deliver') this.intends = errand.intends
    this.#errand = errand
    this.#sitting = new Sitting(errand)
    this.#heartbeat = new Heartbeat(this.dialect)
    this.#channel = options.channel
    this.#pauses = new Pauses(options.channel)
    this.#onEnded = options.onEnded
    this.#inbox = new Inbox(this, options)
    this.#asking = new Asking(options.clock, () => {
      if (this.#room !== null) this.send(step1Frame(this.#room))
    })
  }

  get principal(): Principal {
    return this.#rights.principal
  }

  get seat(): Owner {
    return this.#sitting.seat ?? this
  }

  get isEnded(): boolean {
    return this.#state === 'ended'
  }

  /** The document is open: greets, and lets what came meanwhile through. */
  opened(room: Room): void {
    if (this.isEnded) return
    this.#room = room
    this.#telling = new Telling(room, this.#channel, (packet) => this.#transmit(packet))
    const errand = this.#errand
    this.#sitting.sit(room)
    room.join(this)
    room.around.crowd.join(this)
    if (errand.kind === 'listen') {
      listen(room, this, errand.start).catch((error: unknown) => this.#failed(error))
      return
    }
    this.#state = 'greeted'
    if (errand.kind === 'talk') this.send(...firstFrames(room, this))
    this.#inbox.open(room)
  }

  begin(frames: readonly Uint8Array[], position: Offset): void {
    this.#state = 'greeted'
    this.#transmit(new Packet(frames, position))
  }

  frame(bytes: Uint8Array): void {
    if (!this.isEnded) this.#inbox.frame(bytes)
  }

  drained(): void {
    this.#unreadBytes = 0
    this.#telling?.drained()?.catch((error: unknown) => this.#failed(error))
  }

  closed(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#asking.close()
    this.#inbox.close()
    this.#telling?.close()
    this.#room?.around.crowd.leave(this)
    this.#room?.leave(this)
    this.#sitting.rise(this.#room, this.#room?.around.clock.now() ?? 0)
    this.#onEnded()
  }

  async said(): Promise<Offset | null> {
    const isDone = await this.#inbox.done()
    const room = this.#room
    if (!isDone || room === null || this.isEnded) return null
    const last = this.#stored
    return last === null ? room.position : { epoch: room.epoch, seq: last.to, hash: digest(last.update) }
  }

  stored(last: Piece): void {
    if (this.isBrief) this.#stored = last
  }

  /** Gone or slow, nobody knows: off the others' screens until it is heard of again. */
  silent(): void {
    this.#room?.presence.leave(this.seat)
    this.#room?.presenceChanged()
  }

  /** Ends the channel with a code of shared/codes.ts. */
  end(code: number, reason: string): void {
    if (this.isEnded) return
    const isGreeted = this.dialect === 'vellum' && this.#state !== 'opening'
    if (isGreeted && code >= 4500 && !this.isBrief) this.sendFrame({ type: 'later', code, afterMs: 0 })
    this.#channel.close(code, reason)
    this.closed()
  }

  /** The server stops: nothing more is read. */
  drain(): void {
    this.pause('draining')
  }

  /** Whether the server can commit has changed; who is not greeted yet hears it then. */
  tell(saving: Uint8Array): void {
    if (this.dialect === 'vellum' && this.#state !== 'opening') this.send(saving)
  }

  /** Frames for this peer alone. */
  send(...frames: readonly Uint8Array[]): void {
    if (this.isEnded || frames.length === 0 || this.#isUnread(frames)) return
    this.#transmit(new Packet(frames))
  }

  #transmit(packet: Packet): void {
    this.#heartbeat.sent(this.#room?.around.clock.now() ?? 0)
    this.#channel.send(packet)
  }

  /** Acknowledgements are sent beside a full queue: of those who read nothing, up to a bound. */
  #isUnread(frames: readonly Uint8Array[]): boolean {
    if (this.#telling === null || !this.#telling.isFull) return false
    for (const { length } of frames) this.#unreadBytes += length
    if (this.#unreadBytes <= UNREAD_BYTES) return false
    this.#channel.close(codes.tooSlow.code, 'what is sent is not read')
    this.closed()
    return true
  }

  sendFrame(frame: Frame): void {
    this.send(encodeFrame(frame))
  }

  acknowledge(range: PushRange): void {
    this.sendFrame({ type: 'ack', ...range })
  }

  /** What the room tells everybody; `head` is the log's head with it. False when the peer must read it from the log. */
  deliver(packet: Packet, head: Seq): boolean {
    return this.#telling?.deliver(packet, head) ?? false
  }

  passed(head: Seq): void {
    this.#telling?.passed(head)
  }

  /** Never rejects: what the log rejects with ends the channel. */
  async follow(pages: AsyncIterable<Page>, position: Seq, last: Last): Promise<void> {
    if (this.isEnded) return
    try {
      await this.#telling?.follow(pages, position, last)
    } catch (error) {
      this.#failed(error)
    }
  }

  live(last: Last): void {
    if (!this.isEnded) this.#telling?.live(last)
  }

  #failed(error: unknown): void {
    this.#room?.around.report('reading failed', { document: this.#room.document }, error)
    this.end(codes.restarting.code, 'the document cannot be read at the moment')
  }

  taken(): Promise<void> | undefined {
    return this.isEnded ? undefined : this.#telling?.taken()
  }

  /** Asks for what the log lacks, at most once a second. */
  ask(): void {
    if (!this.isEnded) this.#asking.ask()
  }

  /** The frames that end a join. */
  lastFrames(room: Room): readonly Uint8Array[] {
    if (this.dialect === 'vellum') this.#asking.asked()
    return lastFrames(room, this.dialect)
  }

  /** Another `bytes` of this peer are on their way to the disk. */
  unsettled(bytes: number): void {
    this.unsettledBytes += bytes
    if (this.unsettledBytes > UNSETTLED_BYTES) this.pause('unsettled')
    this.#room?.around.crowd.grew()
  }

  /** Whether it is one of those that are not read until less waits for the disk. */
  get isCrowded(): boolean {
    return this.#pauses.has('crowded')
  }

  set isCrowded(crowded: boolean) {
    if (crowded) this.pause('crowded')
    else this.unpause('crowded')
  }

  settled(bytes: number): void {
    this.unsettledBytes -= bytes
    if (this.#pauses.any && this.unsettledBytes <= UNSETTLED_BYTES / 2) this.unpause('unsettled')
  }

  /** An edit of this peer that another process got ahead of. */
  regate(edit: Waiting): void {
    this.settled(edit.update.length)
    this.again(edit.update, edit.push)
  }

  /** What this update waited for is not in the log as it was: it passes the gate again, before anything newer. */
  again(update: Uint8Array, push: Push | null): void {
    this.#inbox.again(update, push)
  }

  pause(why: string): void {
    this.#pauses.add(why)
  }

  unpause(why: string): void {
    this.#pauses.remove(why)
  }

  recheck(): void {
    if (!this.isEnded) this.#rights.ask()
  }

  renew(token: string): Promise<void> {
    return this.#rights.renew(token)
  }

  /** By its role a client knows what it may. */
  #greetAgain(): void {
    if (this.#room === null || this.#state !== 'greeted' || this.dialect === 'yjs' || this.isBrief) return
    this.send(helloFrame(this.#room, this.principal.role))
  }

  #turnedOut(code: number, reason: string): void {
    if (this.isEnded) return
    this.#room?.around.onRefused(this.#room.document, code)
    this.#sitting.leave(this.#room)
    this.end(code, reason)
  }

  /** Half-open channels are found by silence, so there is never much of it. */
  tick(now: number): void {
    this.#rights.tick(now)
    // Hello comes first.
    if (this.isEnded || (this.#state === 'opening' && this.dialect === 'vellum')) return
    if (this.#sitting.isDead(now)) this.end(codes.tooSlow.code, 'nobody is heard of')
    if (!this.#heartbeat.isDue(now)) return
    if (this.#channel.beat === undefined) this.send(HEARTBEAT)
    else this.#channel.beat()
  }
}

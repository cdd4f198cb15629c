/**
 * The server's side of one channel: who it is, what it has been told, what it still has to be told.
 *
 * P1 A peer is told entries in the order of the log, each once: by its reading of the log until that reaches the head,
 *    by the room from then on. The hand-over is in `#handOver`, in one turn.
 * P2 A channel is never queued without bound: past the limit it is lagging, gets nothing, and is caught up from the log
 *    when it has drained.
 */
import type { Principal } from '#server/access/principal.ts'
import type { Push } from '#server/log/port.ts'
import { codes } from '#shared/codes.ts'
import { encodeFrame, type Frame, type Kind, type PushRange } from '#shared/frame.ts'
import type { Seq } from '#shared/id.ts'
import type { Offset } from '#shared/offset.ts'
import type { Clock } from '#shared/time.ts'
import { Asking } from './asking.ts'
import type { Channel, DeliveryEvents, Dialect } from './channel.ts'
import { digest } from './digest.ts'
import { type Errand, TALK } from './errand.ts'
import { HEARTBEAT } from './frames.ts'
import { firstFrames, lastFrames, step1Frame } from './greeting.ts'
import type { Guest } from './guest.ts'
import { Inbox } from './inbox.ts'
import { lackingByPosition } from './lacking.ts'
import { HEARTBEAT_MS, IDLE_YJS_MS, UNREAD_BYTES, UNSETTLED_BYTES } from './limits.ts'
import { type Listener, listen } from './listening.ts'
import type { Waiting } from './member.ts'
import type { Page } from './opening.ts'
import { Packet } from './packet.ts'
import type { Piece } from './piece.ts'
import type { Owner } from './presence.ts'
import type { Room } from './room.ts'
import type { Seat } from './seats.ts'
import type { Last } from './sender.ts'

type State =
  /** The document is being opened. */
  | { readonly kind: 'opening' }
  /** It may ask: SyncStep1 or `resume`. */
  | { readonly kind: 'greeted' }
  /** A reading of the log is under way, whole up to `position`. */
  | { readonly kind: 'reading'; readonly reading: object; position: Seq }
  | { readonly kind: 'live'; position: Seq }
  | { readonly kind: 'lagging'; position: Seq }
  | { readonly kind: 'ended' }

export interface PeerOptions {
  readonly channel: Channel
  readonly principal: Principal
  readonly clock: Clock
  /** To talk, where none is given. */
  readonly errand?: Errand
  readonly onEnded: () => void
}

export class Peer implements DeliveryEvents, Listener, Guest {
  readonly dialect: Dialect
  readonly principal: Principal
  readonly isStrict = false
  readonly isBrief: boolean
  /** The kind of document this client makes where there is none. */
  intends: Kind = 'any'
  readonly #channel: Channel
  readonly #inbox: Inbox
  readonly #errand: Errand
  readonly #asking: Asking
  #seat: Seat | null = null
  /** The last of its edits that was stored. */
  #stored: Piece | null = null
  #room: Room | null = null
  #state: State = { kind: 'opening' }
  #unsettledBytes = 0
  /** Sent to this one alone since its queue was full. */
  #unreadBytes = 0
  #pauses = new Set<string>()
  #sentAt = 0
  #whenTaken: (() => void)[] = []
  readonly #onEnded: () => void

  constructor(options: PeerOptions) {
    const { errand = TALK } = options
    this.dialect = options.channel.dialect
    this.principal = options.principal
    this.isBrief = errand.kind === 'deliver'
    if (errand.kind === 'deliver') this.intends = errand.intends
    this.#errand = errand
    this.#channel = options.channel
    this.#onEnded = options.onEnded
    this.#inbox = new Inbox(this)
    this.#asking = new Asking(options.clock, () => {
      if (this.#room !== null) this.send(step1Frame(this.#room))
    })
  }

  get seat(): Owner {
    return this.#seat ?? this
  }

  get isEnded(): boolean {
    return this.#state.kind === 'ended'
  }

  /** The document is open: greets, and lets what came meanwhile through. */
  opened(room: Room): void {
    if (this.isEnded) return
    this.#room = room
    const errand = this.#errand
    if (errand.kind !== 'talk' && errand.seat !== null) this.#seat = room.seats.of(errand.seat)
    room.join(this)
    room.around.crowd.join(this)
    if (errand.kind === 'listen') {
      listen(room, this, errand.start).catch((error: unknown) => this.#failed(room, error))
      return
    }
    this.#state = { kind: 'greeted' }
    if (errand.kind === 'talk') this.send(...firstFrames(room, this))
    this.#inbox.open(room)
  }

  begin(frames: readonly Uint8Array[], position: Offset): void {
    this.#state = { kind: 'greeted' }
    this.#sentAt = this.#room?.around.clock.now() ?? 0
    this.#channel.send(new Packet(frames, position))
  }

  frame(bytes: Uint8Array): void {
    if (!this.isEnded) this.#inbox.frame(bytes)
  }

  drained(): void {
    this.#unreadBytes = 0
    for (const go of this.#whenTaken.splice(0)) go()
    if (this.#state.kind !== 'lagging' || this.#room === null) return
    const room = this.#room
    room.around.metrics.counts.catchUps += 1
    void this.follow(lackingByPosition(room, this.#state.position), this.#state.position, () => [])
  }

  closed(): void {
    if (this.#state.kind === 'ended') return
    if (this.#state.kind === 'lagging' && this.#room !== null)
      this.#room.around.metrics.levels.laggingChannels -= 1
    this.#state = { kind: 'ended' }
    this.#asking.close()
    this.#inbox.close()
    for (const go of this.#whenTaken.splice(0)) go()
    this.#room?.around.crowd.leave(this)
    this.#room?.leave(this)
    const { kind } = this.#errand
    if (kind === 'listen') this.#seat?.broke(this.#room?.around.clock.now() ?? 0)
    if (kind === 'deliver' && this.#errand.seat?.leaves) this.#room?.seats.leave(this.#errand.seat)
    this.#onEnded()
  }

  async said(): Promise<Offset | null> {
    for (;;) {
      await this.#inbox.idle()
      const room = this.#room
      if (room === null || this.isEnded) return null
      const isStored = await new Promise<boolean>((resolve) => room.whenSettled(resolve))
      // What the log got ahead of passes the gate again.
      if (!isStored || this.#inbox.idle() !== undefined) continue
      if (this.isEnded) return null
      const last = this.#stored
      return last === null ? room.position : { epoch: room.epoch, seq: last.to, hash: digest(last.update) }
    }
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
    if (this.dialect === 'vellum' && this.#state.kind !== 'opening') {
      if (code >= 4500 && !this.isBrief) this.send(encodeFrame({ type: 'later', code, afterMs: 0 }))
    }
    this.#channel.close(code, reason)
    this.closed()
  }

  /** The server stops: nothing more is read. */
  drain(): void {
    this.pause('draining')
  }

  /** Whether the server can commit has changed; who is not greeted yet hears it then. */
  tell(saving: Uint8Array): void {
    if (this.dialect === 'vellum' && this.#state.kind !== 'opening') this.send(saving)
  }

  /** Frames for this peer alone. */
  send(...frames: readonly Uint8Array[]): void {
    if (this.isEnded || frames.length === 0 || this.#isUnread(frames)) return
    this.#sentAt = this.#room?.around.clock.now() ?? 0
    this.#channel.send(new Packet(frames))
  }

  /** Acknowledgements are sent beside a full queue: of those who read nothing, up to a bound. */
  #isUnread(frames: readonly Uint8Array[]): boolean {
    if (this.#room === null || this.#channel.queuedBytes <= this.#room.around.limits.queueBytes) return false
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
    const state = this.#state
    const room = this.#room
    if (state.kind !== 'live' || room === null) return false
    if (this.#channel.queuedBytes > room.around.limits.queueBytes) {
      this.#state = { kind: 'lagging', position: state.position }
      room.around.metrics.levels.laggingChannels += 1
      return false
    }
    state.position = head
    this.#sentAt = room.around.clock.now()
    this.#channel.send(packet)
    return true
  }

  /** The log reached `head` with nothing this peer has to be told. */
  passed(head: Seq): void {
    if (this.#state.kind === 'live') this.#state.position = head
  }

  /** Streams these pages, goes on from the log until it is live, then sends `last()`. A newer call ends an older one. */
  follow(pages: AsyncIterable<Page>, position: Seq, last: Last): Promise<void> {
    const room = this.#room
    if (room === null || this.isEnded) return Promise.resolve()
    if (this.#state.kind === 'lagging') room.around.metrics.levels.laggingChannels -= 1
    const reading = {}
    this.#state = { kind: 'reading', reading, position }
    return this.#read(room, pages, { reading, last }).catch((error: unknown) => this.#failed(room, error))
  }

  #failed(room: Room, error: unknown): void {
    room.around.report('reading failed', { document: room.document }, error)
    this.end(codes.restarting.code, 'the document cannot be read at the moment')
  }

  /** Nothing was lacking: live at the head, at once. */
  live(last: Last): void {
    if (this.#room === null || this.isEnded) return
    if (this.#state.kind === 'lagging') this.#room.around.metrics.levels.laggingChannels -= 1
    this.#handOver(this.#room, last)
  }

  async #read(
    room: Room,
    pages: AsyncIterable<Page>,
    { reading, last }: { reading: object; last: Last },
  ): Promise<void> {
    let source = pages
    for (;;) {
      for await (const page of source) {
        const state = this.#state
        if (state.kind !== 'reading' || state.reading !== reading) return
        state.position = page.to
        this.#sentAt = room.around.clock.now()
        this.#channel.send(page.packet(this.dialect, room.epoch))
        await this.taken()
      }
      const state = this.#state
      if (state.kind !== 'reading' || state.reading !== reading) return
      if (state.position >= room.head) return this.#handOver(room, last)
      source = lackingByPosition(room, state.position)
    }
  }

  /** In the turn in which the reading reached the head: from here on the room delivers. */
  #handOver(room: Room, last: Last): void {
    this.#state = { kind: 'live', position: room.head }
    const frames = last()
    if (frames.length === 0) return
    this.#sentAt = room.around.clock.now()
    this.#channel.send(new Packet(frames, this.dialect === 'vellum' ? room.position : null))
  }

  /** Resolves when the channel has taken what was queued; undefined where the queue is short enough to go on. */
  taken(): Promise<void> | undefined {
    const { limits } = this.#room?.around ?? {}
    if (this.isEnded || limits === undefined || this.#channel.queuedBytes <= limits.queueBytes)
      return undefined
    return new Promise((resolve) => {
      this.#whenTaken.push(resolve)
    })
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
    this.#unsettledBytes += bytes
    if (this.#unsettledBytes > UNSETTLED_BYTES) this.pause('unsettled')
    this.#room?.around.crowd.grew()
  }

  get unsettledBytes(): number {
    return this.#unsettledBytes
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
    this.#unsettledBytes -= bytes
    if (this.#pauses.size > 0 && this.#unsettledBytes <= UNSETTLED_BYTES / 2) this.unpause('unsettled')
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
    this.#channel.pause()
  }

  unpause(why: string): void {
    if (this.#pauses.delete(why) && this.#pauses.size === 0) this.#channel.resume()
  }

  /** Half-open channels are found by silence, so there is never much of it. */
  tick(now: number): void {
    const isDead = this.#errand.kind === 'listen' && this.#seat?.isDead(now)
    if (isDead) this.end(codes.tooSlow.code, 'nobody is heard of')
    const silentMs = now - this.#sentAt
    if (silentMs < (this.dialect === 'vellum' ? HEARTBEAT_MS - 1_000 : IDLE_YJS_MS)) return
    this.#sentAt = now
    if (this.#channel.beat === undefined) this.send(HEARTBEAT)
    else this.#channel.beat()
  }
}

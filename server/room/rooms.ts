/**
 * Every document that is open on this process. The one way in is `join`.
 *
 * Rooms open when somebody comes and close when nobody is there, nothing waits and their checkpoint is made; what
 * they held in memory goes with them. A document whose log cannot be read is closed to those who came, and the next
 * who comes tries anew: nothing is ever stored for it meanwhile.
 */
import type { Standing } from '#server/access/access.ts'
import type { Principal } from '#server/access/principal.ts'
import { codes, nameOf } from '#shared/codes.ts'
import type { Kind } from '#shared/frame.ts'
import { type DocumentId, epoch } from '#shared/id.ts'
import type { Cancel } from '#shared/time.ts'
import { encodeFrame } from '#shared/wire.ts'
import { Allowances } from './allowance.ts'
import { Bucket } from './bucket.ts'
import { Building } from './building.ts'
import type { Channel, ChannelEvents, DeliveryEvents } from './channel.ts'
import { Committer } from './committer.ts'
import { Crowd } from './crowd.ts'
import { type Errand, TALK } from './errand.ts'
import type { Guest } from './guest.ts'
import { Looking } from './looking.ts'
import type { Milestones } from './milestones.ts'
import { Peer } from './peer.ts'
import { type Asked, Poll } from './poll.ts'
import { Room } from './room.ts'
import type { RoomsOptions } from './rooms-options.ts'
import type { Kept, Surroundings } from './surroundings.ts'
import { Turned, Visitor } from './visitor.ts'

/** Somebody at the door of a room. */
export interface Coming {
  readonly document: DocumentId
  readonly channel: Channel
  readonly standing: Standing
  readonly errand: Errand
  /** Where from, as limits count it; nothing is shared with others of it without. */
  readonly address?: string
  /** Whether its first edit may make a document: asked once, and counted. Any may without it. */
  readonly mayMake?: () => boolean
}

interface Slot {
  readonly opening: Promise<Room | 'deleted'>
  room: Room | null
  peers: number
}

const TICK_MS = 500
/** Lines about refusals a minute: whoever sends rubbish without end must not fill the operator's disk; all are counted. */
const REFUSAL_LINES = 60

export class Rooms {
  readonly #options: RoomsOptions
  readonly #around: Surroundings
  readonly #slots = new Map<DocumentId, Slot>()
  readonly #guests = new Set<Guest>()
  readonly #visitors = new Set<Visitor>()
  readonly #committer: Committer
  readonly #allowances: Allowances
  readonly #building: Building
  readonly #looking: Looking
  #cancelTick: Cancel
  #isDraining = false

  constructor(options: RoomsOptions) {
    this.#options = options
    const { log, history, clock, chance, metrics, limits, schemaVersion } = options
    this.#committer = new Committer({
      log,
      clock,
      metrics,
      onSaving: (saving) => this.#tellSaving(saving),
      onFatal: options.onFatal,
    })
    const refusalLines = new Bucket({ clock, perSecond: REFUSAL_LINES / 60, burst: REFUSAL_LINES })
    this.#around = {
      log,
      history,
      clock,
      metrics,
      limits,
      schemaVersion,
      committer: this.#committer,
      freshEpoch: () => epoch(Buffer.from(chance.bytes(8)).toString('hex')),
      onMoved: (room) => this.#moved(room),
      crowd: new Crowd(metrics, limits.waitingBytes),
      onRefused: (document, code) => {
        const name = nameOf(code)
        if (name !== undefined) metrics.refused[name] += 1
        if (refusalLines.take(1)) options.report('refused', { document, code })
      },
      onLost: (room) => this.#lose(room),
      report: options.report,
    }
    this.#allowances = new Allowances(clock, limits)
    this.#building = new Building(this.#around)
    this.#looking = new Looking(limits.lookMs)
    this.#cancelTick = clock.after(TICK_MS, () => this.#tick())
  }

  get milestones(): Milestones {
    return this.#building.milestones
  }

  /** False while the log refuses to commit. */
  get saving(): boolean {
    return this.#committer.saving
  }

  /** Puts a channel into a document. The channel gets its first frames once the document is open. */
  join(document: DocumentId, channel: Channel, standing: Standing): ChannelEvents {
    return this.enter({ document, channel, standing, errand: TALK })
  }

  /** Like `join`, for somebody who comes to listen, or to deliver. */
  enter(coming: Coming): DeliveryEvents {
    const { clock } = this.#options
    const { errand } = coming
    const payer = errand.kind === 'deliver' ? errand.payer : undefined
    const paying = this.#allowances.paying(payer, coming.address ?? payer?.address)
    return this.#admit(coming.document, (onEnded) => new Peer({ ...coming, ...paying, clock, onEnded }))
  }

  /** One reading of a document, which may be waited for. */
  poll(document: DocumentId, asked: Asked): Poll {
    return this.#admit(document, (onEnded) => new Poll(asked, onEnded))
  }

  #admit<T extends Guest>(document: DocumentId, make: (onEnded: () => void) => T): T {
    const { metrics } = this.#options
    let slot = this.#slots.get(document)
    const guest = make(() => {
      this.#guests.delete(guest)
      metrics.levels.channels -= 1
      if (slot !== undefined) slot.peers -= 1
    })
    this.#guests.add(guest)
    metrics.levels.channels += 1
    if (this.#isDraining || (slot === undefined && this.#isFull())) {
      guest.end(codes.restarting.code, 'no room at the moment')
      return guest
    }
    slot ??= this.#open(document)
    slot.peers += 1
    if (slot.room !== null) guest.opened(slot.room)
    else void this.#enter(slot, guest)
    return guest
  }

  /**
   * Goes into a document without a channel, to write an edit of it or to wait for one. `kind` is what is made where
   * there is none. Whoever visits leaves. Rejects with Turned.
   */
  async visit(document: DocumentId, principal: Principal, kind: Kind): Promise<Visitor> {
    if (this.#isDraining || (!this.#slots.has(document) && this.#isFull()))
      throw new Turned(codes.restarting.code, 'no room at the moment')
    const slot = this.#slots.get(document) ?? this.#open(document)
    slot.peers += 1
    const visitor = new Visitor({
      principal,
      kind,
      session: Buffer.from(this.#options.chance.bytes(8)).toString('hex'),
      onEnded: (ended) => {
        this.#visitors.delete(ended)
        slot.peers -= 1
      },
    })
    this.#visitors.add(visitor)
    const room = await slot.opening.catch(() => null)
    if (room === 'deleted') visitor.end(codes.deleted.code, 'the document was deleted')
    else if (room === null) visitor.end(codes.restarting.code, 'the document cannot be opened at the moment')
    else if (!visitor.isEnded) visitor.opened(room)
    // Throws where it ended.
    void visitor.room
    return visitor
  }

  /**
   * Deletes a document for ever and ends the channels of those who have it open with 4404. False where there is none,
   * or it was deleted before. Rejects with NotSaved.
   */
  async delete(document: DocumentId): Promise<boolean> {
    const isDeleted = await this.#options.log.delete(document)
    const slot = this.#slots.get(document)
    // A room that began to open before may have read the log while the document was still alive.
    const room = await slot?.opening.catch(() => 'deleted' as const)
    if (room !== undefined && room !== 'deleted') room.deleted()
    return isDeleted
  }

  /** Rights may have changed: everybody who is here is asked about again. */
  recheck(): void {
    for (const guest of [...this.#guests]) guest.recheck()
  }

  /** Commits what arrived, tells every channel to come back, ends them all. */
  async drain(): Promise<void> {
    this.#isDraining = true
    this.#cancelTick()
    // What arrived is what was read until now: who never stops writing would keep the process for ever.
    for (const guest of [...this.#guests]) guest.drain()
    for (const visitor of [...this.#visitors])
      if (!visitor.isWriting) visitor.end(codes.restarting.code, 'the server restarts')
    this.#committer.retryNow()
    await this.#committer.whenIdle()
    for (const one of [...this.#guests, ...this.#visitors])
      one.end(codes.restarting.code, 'the server restarts')
  }

  #isFull(): boolean {
    const { maxRooms, metrics } = this.#options
    if (this.#slots.size < maxRooms) return false
    metrics.limited.rooms += 1
    return true
  }

  #open(document: DocumentId): Slot {
    const slot: Slot = {
      opening: Room.open(document, this.#around),
      room: null,
      peers: 0,
    }
    this.#slots.set(document, slot)
    this.#options.metrics.levels.rooms += 1
    slot.opening.then(
      (room) => {
        if (room === 'deleted') this.#close(document, slot)
        else slot.room = room
      },
      (error: unknown) => {
        this.#close(document, slot)
        this.#around.report('document cannot be opened', { document }, error)
      },
    )
    return slot
  }

  async #enter(slot: Slot, guest: Guest): Promise<void> {
    try {
      const room = await slot.opening
      if (room === 'deleted') guest.end(codes.deleted.code, 'the document was deleted')
      else guest.opened(room)
    } catch {
      // Reported once for the document, where it was opened; each who came is told to come back.
      guest.end(codes.restarting.code, 'the document cannot be opened at the moment')
    }
  }

  #close(document: DocumentId, slot: Slot): void {
    if (this.#slots.get(document) !== slot) return
    this.#slots.delete(document)
    this.#options.metrics.levels.rooms -= 1
  }

  #lose(room: Kept): void {
    room.abandon(codes.restarting.code, 'the document is opened anew')
    const slot = this.#slots.get(room.document)
    if (slot?.room === room) this.#close(room.document, slot)
  }

  #moved(room: Kept): void {
    room.catchUpWithLog().catch((error: unknown) => {
      this.#around.report('log cannot be read', { document: room.document }, error)
      this.#lose(room)
    })
  }

  #tellSaving(saving: boolean): void {
    this.#options.report(saving ? 'saving again' : 'not saving', {})
    const frame = encodeFrame({ type: 'saving', saving })
    for (const guest of this.#guests) guest.tell(frame)
  }

  /** Twice a second: heartbeats, checkpoints that are due, rooms that nobody is in. */
  #tick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => this.#tick())
    const now = this.#options.clock.now()
    this.#around.crowd.tick()
    this.#allowances.expire()
    for (const guest of [...this.#guests]) guest.tick(now)
    this.#building.tick(now)
    for (const [document, slot] of this.#slots) {
      const { room } = slot
      if (room === null) continue
      room.tail.forget(now)
      room.seats.expire()
      this.#looking.tick(room, now)
      if (this.#building.isUnderWay(room) || this.#building.begin(room)) continue
      if (slot.peers === 0 && room.isIdle(now)) {
        room.closePeers(codes.restarting.code, '')
        this.#close(document, slot)
      }
    }
  }
}

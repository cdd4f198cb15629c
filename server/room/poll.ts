/**
 * One reading of a document for somebody who asks again and again: what is new since a position is collected and
 * answered as one; where nothing is new it may wait for a while. Between two of them nothing is kept but its seat.
 */
import type { Standing } from '#server/access/access.ts'
import type { Principal } from '#server/access/principal.ts'
import { codes } from '#shared/codes.ts'
import type { Role } from '#shared/frame.ts'
import type { Seq } from '#shared/id.ts'
import type { Offset } from '#shared/offset.ts'
import type { Cancel, Clock } from '#shared/time.ts'
import { encodeFrame } from '#shared/wire.ts'
import type { Start } from './errand.ts'
import { EMPTY_UPDATE } from './frames.ts'
import { helloFrame, presenceFrames } from './greeting.ts'
import type { Guest } from './guest.ts'
import { isTooOld, lackingFrom, openingFrames, positionAt, startOf } from './listening.ts'
import type { Member } from './member.ts'
import { Packet } from './packet.ts'
import type { Owner } from './presence.ts'
import { Rights } from './rights.ts'
import type { Room } from './room.ts'
import type { Seat, SeatKey } from './seats.ts'
import { encodeTold, type Told } from './told.ts'

export interface Asked {
  readonly standing: Standing
  readonly clock: Clock
  readonly start: Start
  readonly seat: SeatKey | null
  /** The answer begins as a channel does, also where the position holds. */
  readonly joins: boolean
  /** Waits where nothing is new. */
  readonly waits: boolean
  readonly told: Told | null
  /** Whether there is room in memory for an answer of about so many bytes more. */
  reserve(bytes: number): boolean
  onAnswer(answer: Answer): void
}

export type Answer =
  /** `position`: where to go on from. */
  | {
      readonly kind: 'told'
      readonly packets: readonly Packet[]
      readonly position: Offset
      readonly told: string
    }
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }

/** How long it waits for something new. */
const HOLD_MS = 25_000
/** Once something came, how long it waits for more: what is typed together is told together. */
const GATHER_MS = 4
/** An answer that is larger goes before the head is reached. */
const ANSWER_BYTES = 1 << 20

const STEP2 = encodeFrame({ type: 'step2', update: EMPTY_UPDATE })
const FULL = 'too much is under way'

type State = 'opening' | 'reading' | 'waiting' | 'ended'

export class Poll implements Guest, Member {
  readonly dialect = 'vellum'
  readonly #asked: Asked
  readonly #rights: Rights
  readonly #onEnded: () => void
  readonly #packets: Packet[] = []
  #bytes = 0
  #room: Room | null = null
  #seat: Seat | null = null
  #position: Offset | null = null
  #version = 0
  #state: State = 'opening'
  #cancelHold: Cancel | null = null
  #cancelGather: Cancel | null = null

  constructor(asked: Asked, onEnded: () => void) {
    this.#asked = asked
    this.#rights = new Rights(asked.standing, {
      changed: () => this.#greetAgain(),
      lost: (code, reason) => {
        if (asked.seat !== null) this.#room?.seats.leave(asked.seat)
        this.end(code, reason)
      },
    })
    this.#onEnded = onEnded
  }

  get principal(): Principal {
    return this.#rights.principal
  }

  get seat(): Owner {
    return this.#seat ?? this
  }

  opened(room: Room): void {
    this.#room = room
    if (this.#asked.seat !== null) {
      this.#seat = room.seats.of(this.#asked.seat)
      this.#seat.hold()
    }
    this.#state = 'reading'
    room.join(this)
    this.#read(room).catch((error: unknown) => {
      room.around.report('reading failed', { document: room.document }, error)
      this.end(codes.restarting.code, 'the document cannot be read at the moment')
    })
  }

  /** Whoever asked is gone. */
  cancel(): void {
    this.#leave(true)
  }

  end(code: number, reason: string): void {
    if (this.#state === 'ended') return
    const room = this.#room
    if (room !== null && this.#position !== null && code >= 4500) {
      this.#add(new Packet([encodeFrame({ type: 'later', code, afterMs: 0 })]))
      this.#answer(this.#told(room))
    } else this.#refuse(code, reason)
  }

  #refuse(code: number, reason: string): void {
    this.#leave(false)
    this.#asked.onAnswer({ kind: 'refused', code, reason })
  }

  drain(): void {
    this.end(codes.restarting.code, 'the server restarts')
  }

  recheck(): void {
    if (!this.#isEnded) this.#rights.ask()
  }

  tick(now: number): void {
    this.#rights.tick(now)
  }

  #greetAgain(): void {
    if (this.#room !== null) this.send(helloFrame(this.#room, this.principal.role))
  }

  tell(saving: Uint8Array): void {
    this.send(saving)
  }

  send(...frames: readonly Uint8Array[]): void {
    if (this.#state !== 'waiting') return
    this.#add(new Packet(frames))
    this.#gather()
  }

  deliver(packet: Packet): boolean {
    const room = this.#room
    if (this.#state !== 'waiting' || room === null) return false
    const { version } = room.presence
    // Presence that was told before it was announced.
    if (this.#position?.seq === room.head && version <= this.#version) return true
    this.#version = version
    this.#position = packet.position ?? this.#position
    this.#add(packet)
    this.#gather()
    return true
  }

  passed(_head: Seq): void {}
  settled(): void {}
  regate(): void {}

  async #read(room: Room): Promise<void> {
    const { start, joins, told } = this.#asked
    if (isTooOld(room, start))
      return this.end(codes.tooOld.code, 'this page is older than the server: reload it')
    const from = await startOf(room, start)
    if (this.#isEnded) return
    this.#position = from
    const isStart = joins || start.offset !== from
    if (isStart) this.#add(new Packet(openingFrames(room, this.principal.role, from), from))
    if (!isStart && from.seq === room.head) return this.#atHead(room, told)
    const { reserve } = this.#asked
    let reserved = readingBytes(room, from)
    if (reserved > 0 && !reserve(reserved)) return this.#refuse(codes.restarting.code, FULL)
    while (this.#position.seq < room.head && this.#bytes < ANSWER_BYTES) {
      for await (const page of lackingFrom(room, this.#position)) {
        if (this.#isEnded) return
        const packet = page.packet('vellum', room.epoch)
        this.#add(packet)
        this.#position = packet.position ?? this.#position
        if (this.#bytes > reserved && !reserve(this.#bytes - reserved))
          return this.#refuse(codes.restarting.code, FULL)
        reserved = Math.max(reserved, this.#bytes)
        if (this.#bytes >= ANSWER_BYTES) break
      }
    }
    if (this.#position.seq === room.head) {
      this.#position = room.position
      const news = isStart ? presenceFrames(room) : this.#news(room, told)
      this.#add(new Packet([...news, STEP2]))
      return this.#answer(presentTold(room, this.principal.role))
    }
    this.#position = await positionAt(room, this.#position)
    // Who is here is told in the answer that reaches the head.
    const before = {
      room: room.tag,
      version: 0,
      saving: told?.saving ?? room.around.committer.saving,
      role: told?.role ?? this.principal.role,
    }
    this.#answer(!isStart && told?.room === room.tag ? told : before)
  }

  get #isEnded(): boolean {
    return this.#state === 'ended'
  }

  /** Everything is known but, perhaps, who is here and whether edits are saved. */
  #atHead(room: Room, told: Told | null): void {
    const { waits } = this.#asked
    // Who does not say what it was told would be told the same again and again.
    const isForgetful = waits && told === null && this.#seat?.toldVersion == null
    const news = isForgetful ? [] : this.#news(room, told)
    if (news.length > 0) this.#add(new Packet(news))
    this.#version = room.presence.version
    if (news.length > 0 || !waits) {
      this.#answer(presentTold(room, this.principal.role))
      return
    }
    this.#state = 'waiting'
    this.#cancelHold = room.around.clock.after(HOLD_MS, () => this.#answer(this.#told(room)))
  }

  /** Presence and saving, as far as they differ from what this one was told. */
  #news(room: Room, told: Told | null): Uint8Array[] {
    const { presence, around } = room
    const { saving } = around.committer
    const version = told === null ? this.#seat?.toldVersion : told.room === room.tag ? told.version : null
    const news =
      version == null
        ? presenceFrames(room)
        : presence.since(version, this.seat).map((one) => encodeFrame({ type: 'presence', presence: one }))
    if (told !== null && told.saving !== saving) news.push(encodeFrame({ type: 'saving', saving }))
    const { role } = this.principal
    if (told !== null && told.role !== role) news.unshift(helloFrame(room, role))
    return news
  }

  #add(packet: Packet): void {
    this.#packets.push(packet)
    for (const { length } of packet.frames) this.#bytes += length
  }

  #gather(): void {
    const room = this.#room
    if (room === null) return
    if (this.#bytes >= ANSWER_BYTES) this.#answer(this.#told(room))
    else this.#cancelGather ??= this.#asked.clock.after(GATHER_MS, () => this.#answer(this.#told(room)))
  }

  /** Presence that was not announced yet is in no packet. */
  #told({ tag, around }: Room): Told {
    return { room: tag, version: this.#version, saving: around.committer.saving, role: this.principal.role }
  }

  #answer(told: Told): void {
    const position = this.#position
    if (this.#isEnded || position === null) return
    if (this.#seat !== null) this.#seat.toldVersion = told.version
    this.#leave(false)
    this.#asked.onAnswer({ kind: 'told', packets: this.#packets, position, told: encodeTold(told) })
  }

  #leave(isBroken: boolean): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#cancelHold?.()
    this.#cancelGather?.()
    this.#seat?.released(this.#asked.clock.now(), isBroken)
    const key = this.#asked.seat
    if (key?.leaves) this.#room?.seats.leave(key)
    this.#room?.leave(this)
    this.#onEnded()
  }
}

/** About how much one answer reads, at most: a checkpoint comes in one piece. */
function readingBytes({ tail, head }: Room, { seq }: Offset): number {
  if (seq === head) return 0
  const whole = seq < tail.checkpointSeq ? tail.checkpointBytes : 0
  return whole + Math.min(tail.bytes, 2 * ANSWER_BYTES)
}

/** What somebody was told who was told everything. */
function presentTold({ tag, presence, around }: Room, role: Role): Told {
  return { room: tag, version: presence.version, saving: around.committer.saving, role }
}

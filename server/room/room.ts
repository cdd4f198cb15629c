/**
 * One document while someone has it open on this process.
 *
 * It holds what the gate needs to know of the document, what waits for the disk, who is here; never the document.
 * Everything in it can be rebuilt from the log. It does not know which carrier brought a peer.
 *
 * R1 Store, then forward: a frame that carries an edit leaves only from `settle`, after the log committed it.
 * R2 One order for all: entries leave in the order of their positions, to every live peer in the same turn.
 * R3 `knowledge` = what is committed (up to `head`) + what is in flight + what waits, in this order. While the log is
 *    caught up with, it still is what it was before: nothing is committed then, and all of it is gated anew at the end.
 */
import { Knowledge } from '#server/gate/knowledge.ts'
import type { Batch, BatchResult } from '#server/log/port.ts'
import { type Code, codes } from '#shared/codes.ts'
import type { Kind } from '#shared/frame.ts'
import { type DocumentId, type Epoch, type Seq, seq, ZERO } from '#shared/id.ts'
import type { Offset } from '#shared/offset.ts'
import type { Cancel } from '#shared/time.ts'
import { announce, type Stored } from './announce.ts'
import type { Source } from './committer.ts'
import { learn } from './learning.ts'
import { LINGER_MS, PRESENCE_MS, TITLE_MS } from './limits.ts'
import type { Member, Waiting } from './member.ts'
import { Newest } from './newest.ts'
import { type Page, pages } from './opening.ts'
import { regateOrphan } from './orphan.ts'
import { Presence } from './presence.ts'
import { readIn } from './reading-in.ts'
import { Seats } from './seats.ts'
import { Settling, type Then } from './settling.ts'
import type { Surroundings } from './surroundings.ts'
import { Tail } from './tail.ts'
import { Unstored } from './unstored.ts'
import { Whole } from './whole.ts'

const PAGE_BYTES = 1 << 20

export class Room implements Source {
  readonly document: DocumentId
  readonly around: Surroundings
  readonly presence: Presence
  readonly seats: Seats
  readonly peers = new Set<Member>()
  readonly tail: Tail
  knowledge = Knowledge.empty()
  epoch: Epoch
  head: Seq = ZERO
  kind: Kind = 'none'
  /** What `knowledge` knows beyond the log. */
  readonly unstored = new Unstored()
  readonly #settling = new Settling()
  readonly #whole: Whole
  /** The log is being caught up with, or this room is over: it commits nothing. */
  #isHeld = false
  #isOver = false
  readonly #newest = new Newest()
  #tag: string | null = null
  #cancelPresence: Cancel | null = null
  #emptySince: number
  /** Counts the changes of `knowledge`: a verdict made at another count has to be looked at again. */
  version = 0
  /** As last put into the log's list; null until a checkpoint was built here. */
  title: string | null = null
  /** Something was written under `meta` since the title was last read. */
  isTitleStale = false

  private constructor(document: DocumentId, around: Surroundings, epoch: Epoch) {
    this.document = document
    this.around = around
    this.epoch = epoch
    this.presence = new Presence(around.limits.presenceBytes)
    this.seats = new Seats(around.clock, (seat) => {
      this.presence.leave(seat)
      this.presenceChanged()
    })
    this.tail = new Tail(around.clock)
    this.#whole = new Whole({ log: around.log, document, tail: this.tail })
    this.#emptySince = around.clock.now()
  }

  /** Opens a document from its log; 'deleted' for one that was. Rejects with what the log rejects with. */
  static async open(document: DocumentId, around: Surroundings): Promise<Room | 'deleted'> {
    const outline = await around.log.outline(document)
    if (outline.deleted) return 'deleted'
    const room = new Room(document, around, outline.epoch === '' ? around.freshEpoch() : outline.epoch)
    room.head = outline.head
    room.kind = outline.kind
    const { knowledge, newest } = await readIn({ ...outline, log: around.log, document, tail: room.tail })
    room.knowledge = knowledge
    room.#newest.is(newest)
    return room
  }

  /** This room, as long as it is open: sixteen hex digits. */
  get tag(): string {
    this.#tag ??= this.around.freshEpoch()
    return this.#tag
  }

  /** The head, as one who holds everything up to it names it. */
  get position(): Offset {
    return { epoch: this.epoch, seq: this.head, hash: this.#newest.hash }
  }

  /** True when nothing is in flight and nothing waits: then `knowledge` is exactly what the log holds. */
  get isSettled(): boolean {
    return this.unstored.isEmpty
  }

  /** Runs `then` once everything that waits now is committed, or was taken back; at once when nothing waits. */
  whenSettled(then: Then): void {
    if (this.isSettled) then(true)
    else this.#settling.wait(then)
  }

  /** Takes in an edit that passed the gate, and that `knowledge` has learnt. */
  enqueue(edit: Waiting): void {
    this.unstored.add(edit)
    this.#settling.enqueued()
    this.around.committer.wake(this, edit.update.length)
  }

  take(): Batch | null {
    const edits = this.#isHeld ? null : this.unstored.take()
    if (edits === null) return null
    return {
      document: this.document,
      head: this.head,
      epoch: this.epoch,
      kind: this.kind,
      entries: edits.map(({ update, author, push }) => ({ update, author, push })),
    }
  }

  giveBack(): void {
    this.unstored.giveBack()
  }

  settle(result: BatchResult): void {
    if (result.kind === 'committed') this.#committed(result.from, result.to)
    else if (result.kind === 'deleted') this.deleted()
    else if (!this.#isOver) {
      this.#isHeld = true
      this.around.onMoved(this)
    }
  }

  get isAwaited(): boolean {
    return this.peers.size > 0
  }

  /** Looks whether somebody else appended. What this room has in flight may be in the log before it is told so. */
  async look(): Promise<void> {
    const { head } = this
    if (this.#isHeld || this.unstored.isInFlight) return
    const outline = await this.around.log.outline(this.document)
    if (this.#isHeld || this.unstored.isInFlight || this.head !== head) return
    if (!outline.deleted && outline.head === head) return
    this.#isHeld = true
    this.around.onMoved(this)
  }

  /** Somebody else appended: reads what they wrote, then gates anew what had not been stored. */
  async catchUpWithLog(): Promise<void> {
    const { document, around } = this
    const { log } = around
    const outline = await log.outline(document)
    if (outline.deleted) return this.deleted()
    // Another process made the document first, under an epoch of its own, or an older log was put in this one's place:
    // everyone here begins anew with what there is.
    if (outline.epoch !== this.epoch || outline.head < this.head) return around.onLost(this)
    const { head: upTo } = outline
    for await (const page of pages({ log, document, after: this.head, upTo, pageBytes: PAGE_BYTES })) {
      this.head = page.to
      this.#newest.is(page.pieces.at(-1)?.update)
      for (const { update } of page.pieces) this.tail.grew(update.length)
      announce(
        this,
        page.pieces.map((piece) => ({ ...piece, push: null, peer: null })),
      )
    }
    const knowledge = await learn({ log, document, upTo: this.head })
    if (this.#isOver) return
    this.kind = outline.kind
    this.knowledge = knowledge
    this.version += 1
    this.#isHeld = false
    const edits = this.#takeBack()
    const waiters = this.#settling.takenBack()
    for (const edit of edits) {
      if (edit.peer === null) regateOrphan(this, edit)
      else edit.peer.regate(edit)
    }
    for (const then of waiters) then(false)
  }

  /** A checkpoint was healed: the gate has to know what it says, rather than what the entries said. */
  async relearn(): Promise<void> {
    const { document, around } = this
    let upTo: Seq
    let knowledge: Knowledge
    do {
      upTo = this.head
      knowledge = await learn({ log: around.log, document, upTo })
    } while (upTo !== this.head)
    // Catching up learns by itself.
    if (this.#isHeld) return
    for (const { update, author } of this.unstored.all) knowledge.track(update, author)
    this.knowledge = knowledge
    this.version += 1
  }

  /** Nothing of this room is committed any more: who comes next opens the document anew. */
  abandon(code: Code, reason: string): void {
    this.#isOver = true
    this.#isHeld = true
    this.closePeers(code, reason)
    this.#takeBack()
  }

  join(peer: Member): void {
    this.peers.add(peer)
  }

  leave(peer: Member): void {
    if (!this.peers.delete(peer)) return
    for (const edit of this.unstored.all) if (edit.peer === peer) edit.peer = null
    this.presence.leave(peer)
    this.presenceChanged()
    if (this.peers.size === 0) this.#emptySince = this.around.clock.now()
  }

  /** Presence goes along with the next commit, or by itself shortly. */
  presenceChanged(): void {
    if (this.#cancelPresence !== null || !this.presence.hasChanges) return
    this.#cancelPresence = this.around.clock.after(PRESENCE_MS, () => {
      this.#cancelPresence = null
      if (this.presence.hasChanges) announce(this, [])
    })
  }

  /** Whether nobody is here, nothing is on its way, and that for long enough. */
  isIdle(now: number): boolean {
    const isEmpty = this.peers.size === 0 && this.presence.isEmpty
    return isEmpty && this.isSettled && !this.isTitleStale && now - this.#emptySince >= LINGER_MS
  }

  /** Whether the title changed, and has not changed again just now. */
  isTitleDue(now: number): boolean {
    return this.isTitleStale && this.isSettled && now - this.tail.grewAt >= TITLE_MS
  }

  /** Ends every channel; what waits is still committed. */
  closePeers(code: number, reason: string): void {
    for (const peer of [...this.peers]) peer.end(code, reason)
    this.#cancelPresence?.()
    this.#cancelPresence = null
  }

  #committed(from: Seq, to: Seq): void {
    const stored: Stored[] = this.unstored.stored().map(({ update, author, push, peer }, index) => {
      const at = seq(from + index)
      return { from: at, to: at, update, author, push, peer }
    })
    this.head = to
    this.#newest.is(stored.at(-1)?.update)
    for (const { update } of stored) this.tail.grew(update.length)
    announce(this, stored)
    this.#settling.stored(stored.length)
  }

  /** Everything that is not stored, in order; the room and the committer forget it. */
  #takeBack(): readonly Waiting[] {
    const { all, waiting } = this.unstored.takeBack()
    this.around.committer.withdraw(waiting.map(({ update }) => update.length))
    return all
  }

  /** The document was deleted: every channel ends with 4404. */
  deleted(): void {
    this.abandon(codes.deleted.code, 'the document was deleted')
    this.around.onLost(this)
  }

  /** The whole document as committed. */
  read(): AsyncGenerator<Page> {
    return this.#whole.read(this.head)
  }
}

/**
 * One document while someone has it open on this process.
 *
 * It holds what the gate needs to know of the document, what waits for the disk, who is here; never the document.
 * Everything in it can be rebuilt from the log. It does not know which carrier brought a peer.
 *
 * R1 Store, then forward: a frame that carries an edit leaves only from `settle`, after the log committed it.
 * R2 One order for all: entries leave in the order of their positions, to every live peer in the same turn.
 * R3 `knowledge` = what is committed (up to `head`) + what is in flight + what waits, in this order.
 */
import { Knowledge } from '#server/gate/knowledge.ts'
import type { Batch, BatchResult, Entry, Push } from '#server/log/port.ts'
import { codes } from '#shared/codes.ts'
import type { Kind } from '#shared/frame.ts'
import { type DocumentId, type Epoch, type Seq, type SessionId, seq, ZERO } from '#shared/id.ts'
import type { Cancel } from '#shared/time.ts'
import { announce, type Stored } from './announce.ts'
import type { Source } from './committer.ts'
import { LINGER_MS, PRESENCE_MS, TITLE_MS } from './limits.ts'
import { Page, pages, wholeDocument } from './opening.ts'
import type { Peer } from './peer.ts'
import { Presence } from './presence.ts'
import type { Surroundings } from './surroundings.ts'
import { Reading, Tail } from './tail.ts'

/** An edit on its way to the disk. */
export interface Waiting {
  readonly update: Uint8Array
  readonly author: string
  readonly push: Push | null
  /** Where it came from, for the acknowledgement; null once that channel ended. */
  peer: Peer | null
}

const PAGE_BYTES = 1 << 20

export class Room implements Source {
  readonly document: DocumentId
  readonly around: Surroundings
  readonly presence: Presence
  readonly peers = new Set<Peer>()
  readonly tail: Tail
  knowledge = Knowledge.empty()
  epoch: Epoch
  head: Seq = ZERO
  kind: Kind = 'none'
  #waiting: Waiting[] = []
  #inFlight: Waiting[] = []
  #settled: { readonly at: number; readonly then: () => void }[] = []
  #cancelPresence: Cancel | null = null
  #emptySince: number
  /** Counts the changes of `knowledge`: a verdict made at another count has to be looked at again. */
  version = 0
  /** As last put into the log's list; null until a checkpoint was built here. */
  title: string | null = null
  /** Something was written under `meta` since the title was last read. */
  isTitleStale = false
  #enqueued = 0
  #stored = 0

  private constructor(document: DocumentId, around: Surroundings, epoch: Epoch) {
    this.document = document
    this.around = around
    this.epoch = epoch
    this.presence = new Presence(around.limits.presenceBytes)
    this.tail = new Tail(around.clock)
    this.#emptySince = around.clock.now()
  }

  /** Opens a document from its log; 'deleted' for one that was. Rejects with what the log rejects with. */
  static async open(document: DocumentId, around: Surroundings): Promise<Room | 'deleted'> {
    const outline = await around.log.outline(document)
    if (outline.deleted) return 'deleted'
    const room = new Room(document, around, outline.epoch === '' ? around.freshEpoch() : outline.epoch)
    room.head = outline.head
    room.kind = outline.kind
    await room.#learn()
    return room
  }

  /** True when nothing is in flight and nothing waits: then `knowledge` is exactly what the log holds. */
  get isSettled(): boolean {
    return this.#inFlight.length === 0 && this.#waiting.length === 0
  }

  /** Runs `then` once everything that waits now is committed; at once when nothing does. */
  whenSettled(then: () => void): void {
    if (this.isSettled) then()
    else this.#settled.push({ at: this.#enqueued, then })
  }

  /** Takes in an edit that passed the gate, and that `knowledge` has learnt. */
  enqueue(edit: Waiting): void {
    this.#waiting.push(edit)
    this.#enqueued += 1
    this.around.committer.wake(this, edit.update.length)
  }

  /** The edit on its way to the disk that came as this push, if there is one. */
  pendingPush(session: SessionId, number: number): Waiting | null {
    const isIt = ({ push }: Waiting) => push !== null && push.number === number && push.session === session
    return this.#inFlight.find(isIt) ?? this.#waiting.find(isIt) ?? null
  }

  take(): Batch | null {
    if (this.#waiting.length === 0) return null
    this.#inFlight = this.#waiting
    this.#waiting = []
    return {
      document: this.document,
      head: this.head,
      epoch: this.epoch,
      kind: this.kind,
      entries: this.#inFlight.map(({ update, author, push }) => ({ update, author, push })),
    }
  }

  giveBack(): void {
    this.#waiting = [...this.#inFlight, ...this.#waiting]
    this.#inFlight = []
  }

  settle(result: BatchResult): void {
    if (result.kind === 'committed') this.#committed(result.from, result.to)
    else if (result.kind === 'deleted') this.#deleted()
    else this.around.onMoved(this, this.#takeUnsettled())
  }

  /** Somebody else appended: reads what they wrote, then gates anew what had not been stored. */
  async catchUpWithLog(unsettled: readonly Waiting[]): Promise<void> {
    const outline = await this.around.log.outline(this.document)
    if (outline.deleted) return this.#deleted()
    if (outline.epoch !== this.epoch) {
      // Another process made the document first, under an epoch of its own: everyone here begins anew with that one.
      return this.around.onLost(this)
    }
    const { log } = this.around
    const after = this.head
    for await (const page of pages({
      log,
      document: this.document,
      after,
      upTo: outline.head,
      pageBytes: PAGE_BYTES,
    })) {
      this.head = page.to
      for (const { update } of page.pieces) this.tail.grew(update.length)
      announce(
        this,
        page.pieces.map((piece) => ({ ...piece, push: null, peer: null })),
      )
    }
    this.kind = outline.kind
    this.version += 1
    this.tail.entries = 0
    this.tail.bytes = 0
    await this.#learn()
    // An edit whose channel ended meanwhile was never acknowledged: its client brings it again.
    for (const edit of unsettled) edit.peer?.regate(edit)
  }

  join(peer: Peer): void {
    this.peers.add(peer)
  }

  leave(peer: Peer): void {
    if (!this.peers.delete(peer)) return
    for (const edit of [...this.#inFlight, ...this.#waiting]) if (edit.peer === peer) edit.peer = null
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
    return (
      this.peers.size === 0 && this.isSettled && !this.isTitleStale && now - this.#emptySince >= LINGER_MS
    )
  }

  /** Whether the title changed, and has not changed again just now. */
  isTitleDue(now: number): boolean {
    return this.isTitleStale && this.head > 0 && now - this.tail.grewAt >= TITLE_MS
  }

  /** Ends every channel; what waits is still committed. */
  closePeers(code: number, reason: string): void {
    for (const peer of [...this.peers]) peer.end(code, reason)
    this.#cancelPresence?.()
    this.#cancelPresence = null
  }

  #committed(from: Seq, to: Seq): void {
    const stored: Stored[] = this.#inFlight.map(({ update, author, push, peer }, index) => {
      const at = seq(from + index)
      return { from: at, to: at, update, author, push, peer }
    })
    this.#inFlight = []
    this.head = to
    for (const { update } of stored) this.tail.grew(update.length)
    announce(this, stored)
    this.#stored += stored.length
    this.#runSettled()
  }

  #takeUnsettled(): Waiting[] {
    const unsettled = [...this.#inFlight, ...this.#waiting]
    this.#inFlight = []
    this.#waiting = []
    // Those who wait for these wait for them as they come again; dropped ones are found when nothing waits any more.
    this.#settled = this.#settled.map(({ then }) => ({ at: Number.POSITIVE_INFINITY, then }))
    this.#stored += unsettled.length
    return unsettled
  }

  #runSettled(): void {
    if (this.#settled.length === 0) return
    const isDue = ({ at }: { at: number }) => this.isSettled || at <= this.#stored
    const due = this.#settled.filter(isDue)
    this.#settled = this.#settled.filter((one) => !due.includes(one))
    for (const { then } of due) then()
  }

  #deleted(): void {
    this.#takeUnsettled()
    this.closePeers(codes.deleted.code, 'the document was deleted')
    this.around.onLost(this)
  }

  /** Builds `knowledge` from the log up to `head`, and keeps what it read for those who join now. */
  async #learn(): Promise<void> {
    this.knowledge = Knowledge.empty()
    const { log } = this.around
    const reading = new Reading()
    const checkpoint = this.head === 0 ? null : await log.checkpoint(this.document)
    const usable = checkpoint !== null && checkpoint.seq <= this.head ? checkpoint : null
    if (usable !== null) {
      this.knowledge = Knowledge.decode(usable.knowledge)
      this.tail.checkpointed(usable.seq, usable.state.length)
      reading.add(Page.ofCheckpoint(usable))
    }
    const after = usable?.seq ?? ZERO
    for await (const page of pages({
      log,
      document: this.document,
      after,
      upTo: this.head,
      pageBytes: PAGE_BYTES,
    })) {
      for (const { update, author } of page.pieces) {
        this.knowledge.track(update, author)
        this.tail.grew(update.length)
      }
      reading.add(page)
    }
    this.tail.remember(reading, this.head)
  }

  /** The whole document as committed, from memory where it was read a moment ago. */
  async *read(): AsyncGenerator<Page> {
    const upTo = this.head
    const remembered = this.tail.recall(upTo)
    if (remembered !== null) return yield* remembered
    const reading = new Reading()
    for await (const page of wholeDocument({
      log: this.around.log,
      document: this.document,
      upTo,
      pageBytes: PAGE_BYTES,
    })) {
      reading.add(page)
      yield page
    }
    this.tail.remember(reading, upTo)
  }

  /** One stored entry, or null when the log does not hold it. */
  async entryAt(position: Seq): Promise<Entry | null> {
    if (position === 0 || position > this.head) return null
    const [entry] = await this.around.log.read(this.document, seq(position - 1), 1)
    return entry ?? null
  }
}

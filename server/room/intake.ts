/**
 * One peer's edits on their way into the room: role, rate, duplicates, then the gate.
 *
 * I1 Refused means: nothing stored, nothing relayed, one coded answer.
 * I2 An acknowledgement is sent for a push that the log holds whole, and for no other.
 */
import { may } from '#server/access/action.ts'
import { admit, isLarge } from '#server/gate/update.ts'
import type { Stripped, Verdict } from '#server/gate/verdict.ts'
import type { Asker } from '#server/history/port.ts'
import type { Push } from '#server/log/port.ts'
import { type Code, codes } from '#shared/codes.ts'
import { NONE, type SessionId, sessionId } from '#shared/id.ts'
import { Admitting } from './admitting.ts'
import { compareWithLog } from './comparing.ts'
import { digest } from './digest.ts'
import { isEmpty } from './frames.ts'
import { Judging } from './judging.ts'
import { about, KnownPushes } from './known-pushes.ts'
import { Pace } from './pace.ts'
import type { Room } from './room.ts'
import type { Sender } from './sender.ts'

/**
 * How an update came: typed now, as an answer to SyncStep1 or out of an outbox, or again since the log moved.
 * Only what is typed now counts against the rate of new client ids, and what comes again against none.
 */
export type Manner = 'live' | 'sync' | 'again'

type Accepted = Extract<Verdict, { kind: 'accepted' }>

const NO_SESSION = sessionId(NONE)
/** How often a worker is asked anew because its answer was overtaken. */
const TRIES = 5
/** So far beyond its limit a document takes what only deletes: or nobody could make it smaller. */
const DELETING = 17 / 16
/** Updates in a row of which nothing but foreign structs came, before the channel is closed. */
const FOREIGN_IN_A_ROW = 20

export class Intake {
  readonly #peer: Sender
  readonly #room: Room
  readonly #known = new KnownPushes()
  /** The newest push of each session over this channel: the first one may bring its client id. */
  readonly #pushed = new Map<SessionId, number>()
  readonly #pace: Pace
  readonly #admitting: Admitting
  /** This channel, to history: its turn among others, and what it spends. */
  readonly asker: Asker

  constructor(peer: Sender, room: Room, pace = new Pace(peer, room.around)) {
    this.#peer = peer
    this.#room = room
    this.#admitting = new Admitting(peer, room)
    this.#pace = pace
    this.asker = { document: room.document, channel: peer, spent: (ms) => void pace.worker.spend(ms) }
  }

  close(): void {
    this.#pace.close()
  }

  knows(session: SessionId): boolean {
    return this.#known.has(session)
  }

  /** Named in `resume`: pushes of this session that the log holds, with their digests. False when it is too much. */
  expect(session: SessionId, known: ReadonlyMap<number, string>): boolean {
    return this.#known.learn(session, known)
  }

  /** A numbered push. The same number of the same session is stored once, and acknowledged each time. */
  push(push: Push, update: Uint8Array): Promise<void> | undefined {
    const known = this.#known.of(push.session)
    if (known === undefined) return this.#end(codes.malformed.code, 'a push of a session that was not named')
    const stored = known.get(push.number)
    const pending = stored === undefined ? this.#room.unstored.ofPush(push.session, push.number) : null
    const before = stored ?? pending?.push?.digest
    if (before !== undefined) {
      if (before !== push.digest) return this.#end(codes.conflict.code, 'two pushes under one number')
      this.#room.around.metrics.counts.duplicates += 1
      // Paid afterwards: what comes next waits.
      this.#pace.updates.spend(1)
      if (pending === null) this.#acknowledge(push)
      // On its way to the disk by a channel that ended: this one is told instead. One that is still open is told by
      // itself, and may be the honest one of the two.
      else if (pending.peer === null) {
        pending.peer = this.#peer
        this.#peer.unsettled(pending.update.length)
      } else if (pending.peer !== this.#peer) this.#acknowledgeSettled(push, update)
      return this.#peer.taken()
    }
    const newest = this.#pushed.get(push.session)
    if (newest !== undefined && push.number <= newest) return this.#repeated(push, update)
    this.#pushed.set(push.session, push.number)
    return this.receive(update, push, newest === undefined ? 'sync' : 'live')
  }

  /** A number that came over this channel before: the log may have stored it since `resume`. */
  async #repeated(push: Push, update: Uint8Array): Promise<void> {
    this.#pace.updates.spend(1)
    await new Promise<void>((resolve) => this.#room.whenSettled(() => resolve()))
    const { around, document } = this.#room
    const stored = (await around.log.pushes(document, about(push.session, push.number))).get(push.number)
    if (this.#peer.isEnded) return
    if (stored === undefined) await this.receive(update, push, 'live')
    else if (stored !== push.digest) this.#end(codes.conflict.code, 'two pushes under one number')
    else this.#acknowledge(push)
  }

  receive(update: Uint8Array, push: Push | null, manner: Manner): Promise<void> | undefined {
    if (manner !== 'again' && !this.#pace.updates.take(1)) return this.#later(update, push, manner)
    if (!may(this.#peer.principal.role, 'write')) {
      // A client that answers SyncStep1 has to say something, also where it has nothing to say.
      if (push === null && isEmpty(update)) return undefined
      return this.#decline(codes.forbidden.code, push, 'this document is open for reading only')
    }
    if (isLarge(update)) return this.#held(update, this.#judge(update, push, manner))
    return this.#decide(admit(this.#room.knowledge, update, this.#admitting.admission), update, push, manner)
  }

  #decide(
    verdict: Verdict,
    update: Uint8Array,
    push: Push | null,
    manner: Manner,
  ): Promise<void> | undefined {
    if (verdict.kind === 'refused') return this.#end(verdict.code, verdict.reason)
    if (verdict.kind === 'compare')
      return this.#held(update, this.#compare(verdict.overlap, update, push, manner))
    if (this.#admitting.takesOthers(verdict))
      return isLarge(update)
        ? this.#judge(update, push, manner)
        : this.#decide(admit(this.#room.knowledge, update, this.#admitting.admission), update, push, manner)
    const answered = this.#accept(verdict, update, push)
    if (manner !== 'live' || verdict.newClients === 0 || this.#pace.newClients.spend(verdict.newClients))
      return answered
    // What came is in; the next waits until new ids are due again.
    return this.#pace.wait(this.#pace.newClients)
  }

  /** `sent`: the update as it came. */
  #accept(verdict: Accepted, sent: Uint8Array, push: Push | null): Promise<void> | undefined {
    const { metrics } = this.#room.around
    const { update, delta, gap, stripped } = verdict
    const isWhole = !gap && stripped.length === 0
    if (!isWhole && this.#peer.isStrict) return this.#declineWhole(stripped, push)
    if (update !== null && delta !== null) {
      if (this.#isFull(update.length, delta.structs.length === 0)) {
        return this.#decline(codes.tooBig.code, push, 'the document is full')
      }
      const room = this.#room
      if (room.head === 0 && room.isSettled && !this.#pace.mayMake())
        return this.#end(codes.tooFast.code, 'too many documents were made in this hour')
      if (room.kind === 'none') room.kind = this.#admitting.kind
      if (verdict.meta) room.isTitleStale = true
      room.knowledge.add(delta, this.#peer.principal.author)
      room.version += 1
      this.#peer.unsettled(update.length)
      room.enqueue({
        update,
        author: this.#peer.principal.author,
        push: isWhole ? push : null,
        peer: this.#peer,
      })
    } else if (isWhole && push !== null) {
      // Nothing new: the log holds it, or will once what waits is committed.
      metrics.counts.duplicates += 1
      this.#acknowledgeSettled(push, sent)
    }
    if (gap) {
      metrics.counts.gaps += 1
      if (push !== null) this.#peer.sendFrame({ type: 'gap', session: push.session, number: push.number })
      this.#peer.ask()
    }
    if (stripped.length > 0) this.#strip(stripped, push, update === null)
    else this.#pace.faults.foreignInARow = 0
    // Answers that nobody reads stop the asking.
    return gap || stripped.length > 0 || update === null ? this.#peer.taken() : undefined
  }

  /** Nothing of it is taken, where a part is not. */
  #declineWhole(stripped: readonly Stripped[], push: Push | null): Promise<void> | undefined {
    if (stripped.length > 0) return this.#strip(stripped, push, false) ?? undefined
    const { session, number } = push ?? { session: NO_SESSION, number: 0 }
    this.#peer.sendFrame({ type: 'gap', session, number })
    return undefined
  }

  #strip(stripped: readonly Stripped[], push: Push | null, isAll: boolean): void {
    this.#room.around.metrics.counts.stripped += 1
    const isForeign = stripped.includes('foreign-client')
    this.#decline(isForeign ? codes.conflict.code : codes.forbidden.code, push, stripped.join(', '))
    const { faults } = this.#pace
    faults.foreignInARow = isForeign && isAll ? faults.foreignInARow + 1 : 0
    if (faults.foreignInARow >= FOREIGN_IN_A_ROW) this.#end(codes.conflict.code, "only somebody else's edits")
  }

  /** What a worker is asked about is in memory as long as what waits for the disk, and counts like it. */
  #held(update: Uint8Array, work: Promise<void>): Promise<void> {
    const { levels } = this.#room.around.metrics
    levels.waitingBytes += update.length
    this.#peer.unsettled(update.length)
    return work.finally(() => {
      levels.waitingBytes -= update.length
      this.#peer.settled(update.length)
    })
  }

  /** A worker's answer to an update too large for the event loop. */
  async #judge(update: Uint8Array, push: Push | null, manner: Manner): Promise<void> {
    if (manner !== 'again') await this.#pace.whenPaid()
    if (this.#peer.isEnded) return
    for (let tries = 0; tries < TRIES; tries++) {
      const judging = new Judging(this.#room, this.#admitting.admission, this.asker)
      const verdict = await judging.ask(update, false)
      if (this.#peer.isEnded) return
      if (judging.stands(verdict)) return this.#decide(verdict, update, push, manner)
    }
    this.#giveUp()
  }

  /** Known clocks came again: are they the same edits? The log must hold all that is known before it can tell. */
  async #compare(overlap: Uint8Array, update: Uint8Array, push: Push | null, manner: Manner): Promise<void> {
    let compared = overlap
    for (let tries = 0; tries < TRIES; tries++) {
      if (manner !== 'again') await this.#pace.whenPaid()
      await new Promise<void>((resolve) => this.#room.whenSettled(() => resolve()))
      if (this.#peer.isEnded) return
      const answer = await compareWithLog(this.#room, compared, this.asker)
      if (this.#peer.isEnded) return
      if (answer === 'different') return this.#end(codes.conflict.code, 'other edits under known clocks')
      // Others may have written under the same clocks meanwhile: only what was compared counts as equal.
      const judging = new Judging(this.#room, this.#admitting.admission, this.asker)
      let verdict = judging.ask(update, false)
      if (verdict instanceof Promise) verdict = await verdict
      if (verdict.kind === 'compare') {
        const isCompared = digest(verdict.overlap) === digest(compared)
        compared = verdict.overlap
        if (!isCompared) continue
        verdict = judging.ask(update, true)
        if (verdict instanceof Promise) verdict = await verdict
      }
      if (this.#peer.isEnded) return
      if (judging.stands(verdict)) return this.#decide(verdict, update, push, manner)
    }
    this.#giveUp()
  }

  /** So much goes on under the same clocks that no worker keeps up: the client comes back with it. */
  #giveUp(): undefined {
    return this.#end(codes.restarting.code, 'too much goes on in this document')
  }

  #isFull(bytes: number, isDeletion: boolean): boolean {
    const { tail, unstored, around } = this.#room
    const most = around.limits.documentBytes * (isDeletion ? DELETING : 1)
    return tail.checkpointBytes + tail.bytes + unstored.bytes + bytes > most
  }

  /** What this push says is in the log, or will be once what waits is committed; where that fails it is gated again. */
  #acknowledgeSettled(push: Push, update: Uint8Array): void {
    this.#room.whenSettled((isStored) => {
      if (isStored) this.#acknowledge(push)
      else this.#peer.again(update, push)
    })
  }

  #acknowledge({ session, number }: Push): void {
    if (this.#peer.dialect === 'vellum') this.#peer.acknowledge({ session, from: number, to: number })
  }

  /** Too fast means first: the socket is not read for a while. */
  async #later(update: Uint8Array, push: Push | null, manner: Manner): Promise<void> {
    await this.#pace.wait(this.#pace.updates)
    if (!this.#peer.isEnded) await this.receive(update, push, manner)
  }

  /** This update is not taken; the channel stays. */
  #decline(code: Code, push: Push | null, reason: string): Promise<void> | undefined {
    this.#room.around.onRefused(this.#room.document, code)
    if (this.#peer.dialect === 'yjs') this.#peer.sendFrame({ type: 'denied', reason })
    else {
      const { session, number } = push ?? { session: NO_SESSION, number: 0 }
      this.#peer.sendFrame({ type: 'refused', code, session, number, reason })
    }
    return this.#peer.taken()
  }

  #end(code: Code, reason: string): undefined {
    this.#room.around.onRefused(this.#room.document, code)
    this.#peer.end(code, reason)
  }
}

/**
 * Edits that programs make: computed on a worker against the document, then let through the gate like everybody's.
 *
 * One edit a document and moment, so that the client id of a principal goes on counting without a gap. What people
 * write meanwhile is merged as it is between people; where another process wrote under the same id, the edit is made
 * anew.
 */
import { createHmac } from 'node:crypto'
import type { Principal } from '#server/access/principal.ts'
import type { Content, Format, Place } from '#server/content/port.ts'
import { Turns, timed } from '#server/history/turns.ts'
import type { Log } from '#server/log/port.ts'
import type { Room } from '#server/room/room.ts'
import type { Rooms } from '#server/room/rooms.ts'
import { Turned, type Visitor } from '#server/room/visitor.ts'
import { codes } from '#shared/codes.ts'
import { type DocumentId, type Seq, seq } from '#shared/id.ts'
import { maxTitleLength } from '#shared/schema/document.ts'
import type { Clock } from '#shared/time.ts'
import { entityTag } from './conditions.ts'
import { broughtBack, FOLLOW_MS, type Followed, markOf } from './following.ts'
import { assertSaving, inTime } from './patience.ts'
import { ApiProblem } from './problem.ts'
import { notFound } from './refusals.ts'
import { entriesBetween, storedAt } from './stored.ts'

export interface Edit {
  /** As whom it takes turns with others. */
  readonly person: string
  readonly content: { readonly format: Format; readonly bytes: Uint8Array; readonly place: Place } | null
  readonly title: string | null
  /** The position the writer had read; null for the document as it is. */
  readonly base: Seq | null
  /** Whether this position is one the writer expects; null where any is. */
  readonly expects: ((head: Seq) => boolean) | null
  /** `create`: only where there is no document yet. */
  readonly mode: 'create' | 'edit'
  /** What a creation makes, a page without it. Of `any` the content is one Yjs update, which enters as it is. */
  readonly kind?: 'page' | 'any'
  /** See Writing. */
  readonly isRestoring?: boolean
  /**
   * Awaited before the edit enters, with the position it is made against or a later one; again where the edit is made
   * anew, and not at all where nothing is to be written. What it throws is the outcome.
   */
  readonly before?: (head: Seq) => Promise<void>
}

export interface Edited {
  readonly seq: Seq
  /** False where nothing was written: it says so already, or (`create`) there was one. */
  readonly changed: boolean
  /** The edit as it was handed to the gate; null where nothing was written. */
  readonly update: Uint8Array | null
}

export interface WriterParts {
  readonly rooms: Rooms
  readonly log: Log
  readonly content: Content
  readonly clock: Clock
  /** What client ids are made with, so that nobody can tell them beforehand and take them. */
  readonly clientKey: Uint8Array
}

/** Edits that may wait for others of their document. */
const MAX_WAITING = 1_000
/** How often an edit is made anew because something else came in between. */
const TRIES = 8
/** So often an edit that takes blocks away is made anew because somebody wrote while it was made. */
const TRIES_ALONE = 3
/** Client ids that are tried where somebody else took one. */
const IDS = 16

export class Writer {
  readonly #parts: WriterParts
  /** Of a document one edit after the other, and people in turn. */
  readonly #turns = new Turns({
    maxWaiting: MAX_WAITING,
    maxRunning: Number.POSITIVE_INFINITY,
    onWaiting: () => {},
    onTurnedAway: () => {},
    refusal: () =>
      new ApiProblem('too-many', 'Too many edits of this document wait for each other: come back later.'),
  })

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /** Rejects with ApiProblem, Turned and what content and the log reject with. */
  write(document: DocumentId, principal: Principal, edit: Edit): Promise<Edited> {
    return this.#inTurn(document, edit.person, () => this.#write(document, principal, edit))
  }

  #inTurn<T>(document: DocumentId, person: string, task: () => Promise<T>): Promise<T> {
    const comer = { party: document, line: person, spent: () => {} }
    return this.#turns.enter(comer, (spent) => timed(this.#parts.clock, spent, task))
  }

  /** At its turn after each of the pauses. */
  #followLater(
    document: DocumentId,
    principal: Principal,
    followed: Followed,
    pauses: readonly number[],
  ): void {
    const [ms, ...more] = pauses
    if (ms === undefined) return
    const follow = async (): Promise<void> => {
      const seen = await this.#inTurn(document, followed.person, () =>
        this.#follow(document, principal, followed),
      )
      if (seen !== null) this.#followLater(document, principal, { ...followed, seen }, more)
    }
    this.#parts.clock.after(ms, () => {
      follow().catch(() => {
        // It was no part of any answer; what could not be brought back stands in the history.
      })
    })
  }

  /** Up to where it looked; null where there is no use in looking again. */
  async #follow(document: DocumentId, principal: Principal, followed: Followed): Promise<Seq | null> {
    const { deleted, head } = await this.#parts.log.outline(document)
    if (deleted) return null
    if (head <= followed.seen) return followed.seen
    const visitor = await this.#parts.rooms.visit(document, principal, 'page')
    try {
      const client = this.#clientOf(visitor.room, principal.author)
      const clock = visitor.room.knowledge.clock(client)
      const seen = visitor.room.head
      const update = await broughtBack(this.#parts, visitor, { ...followed, client, clock })
      // Somebody else writes under the same id: it is for the next time.
      if (visitor.room.knowledge.clock(client) !== clock) return followed.seen
      if (update !== null) await inTime(this.#parts, visitor.write(update))
      return seq(seen)
    } finally {
      visitor.leave()
    }
  }

  async #write(document: DocumentId, principal: Principal, edit: Edit): Promise<Edited> {
    assertSaving(this.#parts)
    for (let tries = 0; tries < TRIES; tries++) {
      const visitor = await this.#parts.rooms.visit(document, principal, edit.kind ?? 'page')
      try {
        const edited = await this.#attempt(visitor, edit, tries)
        if (edited !== null) return edited
      } catch (error) {
        // Somebody else wrote under the same client id: with the next clocks it goes on.
        if (!(error instanceof Turned) || error.code !== codes.conflict.code || error.isGap) throw error
      } finally {
        visitor.leave()
      }
    }
    throw new ApiProblem(
      'unavailable',
      'So much is written in this document that the edit found no place: try again.',
    )
  }

  /** Null where it must be made anew. */
  async #attempt(visitor: Visitor, edit: Edit, tries: number): Promise<Edited | null> {
    const { room } = visitor
    // What is in a document is what is on disk.
    if (room.head === 0) await inTime(this.#parts, settled(room))
    const { head } = visitor.room
    if (edit.mode === 'create' && head > 0) return { seq: head, changed: false, update: null }
    if (edit.mode === 'edit' && head === 0) throw notFound()
    this.#expect(edit, room)
    if (edit.kind === 'any' && edit.content !== null) {
      const update = edit.content.bytes
      return { seq: await inTime(this.#parts, visitor.write(update)), changed: true, update }
    }
    const upTo = edit.base ?? head
    if (upTo > head)
      throw new ApiProblem('position-ahead', `The document ends at ${head}: base cannot be ${upTo}.`)
    const { log, content, rooms } = this.#parts
    const kind = room.kind === 'none' ? 'page' : room.kind
    const stored = await storedAt(
      { log, milestones: rooms.milestones },
      { document: room.document, kind, upTo },
    )
    if (stored.seq !== upTo)
      throw new ApiProblem(
        'position-merged',
        `The edits around ${upTo} were merged up to ${stored.seq}: base cannot be a position inside.`,
      )
    const since: Uint8Array[] = []
    for await (const { update } of entriesBetween(log, { document: room.document, from: upTo, to: head }))
      since.push(update)
    const client = this.#clientOf(room, visitor.principal.author)
    const clock = room.knowledge.clock(client)
    const asker = { person: edit.person, document: room.document }
    const { update, takesBlocks } = await content.write(
      { ...stored, asker },
      {
        content: edit.content,
        title: edit.title,
        client,
        clock,
        since,
        isRestoring: edit.isRestoring ?? false,
      },
    )
    // Who wrote in such a block meanwhile would lose it.
    if (takesBlocks && visitor.room.head !== head && tries < TRIES_ALONE) return null
    if (update !== null) await edit.before?.(visitor.room.head)
    // From here to the gate nothing may come in between.
    if (visitor.room.knowledge.clock(client) !== clock) return null
    if (edit.mode === 'create' && (room.head > 0 || !room.isSettled)) return null
    this.#expect(edit, room)
    if (update === null) return { seq: seq(room.head), changed: false, update: null }
    const stands = await inTime(this.#parts, visitor.write(update))
    if (takesBlocks) {
      const followed = { mark: markOf(update), at: stands, seen: stands, person: edit.person }
      this.#followLater(room.document, visitor.principal, followed, FOLLOW_MS)
    }
    // Lists learn of a title a second later by themselves; who has just given it expects it there.
    if (edit.title !== null) await log.putTitle(room.document, edit.title.slice(0, maxTitleLength))
    return { seq: stands, changed: true, update }
  }

  /**
   * The client id of a principal's edits over HTTP in one document: always the same, so that a document programs write
   * in does not learn a new one with each edit. Where somebody else has it, it is the next one.
   */
  #clientOf(room: Room, author: string): number {
    for (let attempt = 0; attempt < IDS; attempt++) {
      const said = ['vellum', room.epoch, room.document, author, attempt].join('\0')
      const client = createHmac('sha256', this.#parts.clientKey).update(said).digest().readUInt32BE(0)
      const owner = room.knowledge.owner(client)
      if (owner === null || owner === author) return client
    }
    throw new ApiProblem('conflict', 'The client ids of these edits are taken by somebody else.')
  }

  #expect({ expects }: Edit, room: Room): void {
    if (expects === null || (expects(room.head) && room.isSettled)) return
    throw new ApiProblem(
      'precondition-failed',
      `The document has changed: it is at ${entityTag(room.head)} now.`,
    )
  }
}

function settled(room: Room): Promise<void> {
  return new Promise((resolve) => room.whenSettled(() => resolve()))
}

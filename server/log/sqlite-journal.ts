/**
 * A group of batches as one run of bytes: handed to the writer in one transfer, and stored by it as it is, in one row
 * of the journal. These bytes are on disk: changing them is a new FORMAT (sqlite-format.ts).
 *
 * Why a journal: entries of twenty documents lie on twenty pages, and pages are what a commit writes. In the journal
 * they lie side by side; the writer folds them into runs, one a document, many commits at a time (sqlite-fold.ts).
 * The writer never looks into a section: what it has to know of the entries stands before them.
 */

import type { Kind } from '#shared/frame.ts'
import type { Batch, NewEntry } from './port.ts'
import { In, LENGTH_BYTES, Out, textRoom } from './sqlite-bytes.ts'

export const kinds = ['none', 'page', 'any'] as const satisfies readonly Kind[]

/** The highest push of one session in one batch. */
export interface PushMark {
  readonly session: string
  readonly number: number
}

export interface PackedBatch {
  readonly document: string
  readonly head: number
  readonly epoch: string
  /** Index into `kinds`. */
  readonly kind: number
  readonly count: number
  /** Bytes of all updates. */
  readonly updateBytes: number
  /** Author of the last entry. */
  readonly author: string
  readonly marks: readonly PushMark[]
  /** The entries, a view; see `entriesOf`. */
  readonly section: Uint8Array
}

export interface PackedGroup {
  /** Wall-clock milliseconds, the same for every entry of the group. */
  readonly time: number
  /** How many of the bytes are the group. */
  readonly length: number
  readonly batches: readonly PackedBatch[]
}

export interface PackedEntry {
  readonly author: string
  /** How many positions it stands for, and the time of the first of them: where entries were merged. */
  readonly merged: { readonly count: number; readonly begin: number } | null
  /** '' for an entry without a push. */
  readonly session: string
  readonly number: number
  readonly digest: string
  /** A view of the section. */
  readonly update: Uint8Array
}

// Fixed bytes with room to spare: time and count of a group; numbers and lengths of a batch; those of an entry.
const GROUP_ROOM = 16
const BATCH_ROOM = 64
const ENTRY_ROOM = 32

/** What follows the author of an entry. */
const sorts = { plain: 0, pushed: 1, merged: 2 } as const

export function packGroup(group: readonly Batch[], time: number): ArrayBuffer {
  const out = new Out(roomFor(group))
  out.number(time)
  out.uint(group.length)
  for (const batch of group) {
    const { document, head, epoch, kind, entries } = batch
    const marks = marksOf(entries)
    out.text(document)
    out.number(head)
    out.text(epoch)
    out.uint(kinds.indexOf(kind))
    out.uint(entries.length)
    out.number(bytesOf(entries))
    out.text(entries.at(-1)?.author ?? '')
    out.uint(marks.length)
    for (const { session, number } of marks) {
      out.text(session)
      out.number(number)
    }
    const start = out.at
    out.at += LENGTH_BYTES
    packEntries(out, entries)
    out.buffer.writeUInt32LE(out.at - start - LENGTH_BYTES, start)
  }
  return out.buffer.buffer
}

export function unpackGroup(bytes: Uint8Array): PackedGroup {
  const input = new In(bytes)
  const time = input.number()
  const batches: PackedBatch[] = []
  for (let left = input.uint(); left > 0; left--)
    batches.push({
      document: input.text(),
      head: input.number(),
      epoch: input.text(),
      kind: input.uint(),
      count: input.uint(),
      updateBytes: input.number(),
      author: input.text(),
      marks: unpackMarks(input),
      section: input.raw(input.uint()),
    })
  return { time, length: input.at, batches }
}

/** The entries of a section, one by one, in order. */
export function* entriesOf(section: Uint8Array): Generator<PackedEntry, void> {
  const input = new In(section)
  let author = ''
  while (input.more) {
    if (input.flag()) author = input.text()
    const sort = input.byte()
    const merged = sort === sorts.merged ? { count: input.uint(), begin: input.number() } : null
    const isPushed = sort === sorts.pushed
    const session = isPushed ? input.text() : ''
    const number = isPushed ? input.number() : 0
    const digest = isPushed ? input.text() : ''
    yield { author, merged, session, number, digest, update: input.raw(input.uint()) }
  }
}

/** The bytes of a section that says the same, for entries that are moved. */
export function packSection(entries: readonly PackedEntry[]): Uint8Array {
  let room = 0
  for (const { author, session, digest, update } of entries)
    room += ENTRY_ROOM + textRoom(author) + textRoom(session) + textRoom(digest) + update.length
  const out = new Out(room)
  let author: string | null = null
  for (const entry of entries) {
    out.flag(entry.author !== author)
    if (entry.author !== author) out.text(entry.author)
    author = entry.author
    const { merged, session, number, digest, update } = entry
    if (merged !== null) {
      out.byte(sorts.merged)
      out.uint(merged.count)
      out.number(merged.begin)
    } else if (session === '') out.byte(sorts.plain)
    else {
      out.byte(sorts.pushed)
      out.text(session)
      out.number(number)
      out.text(digest)
    }
    out.uint(update.length)
    out.raw(update)
  }
  return out.buffer.subarray(0, out.at)
}

function packEntries(out: Out, entries: readonly NewEntry[]): void {
  // Runs of one author are the rule: the name stands once.
  let author: string | null = null
  for (const entry of entries) {
    out.flag(entry.author !== author)
    if (entry.author !== author) out.text(entry.author)
    author = entry.author
    out.flag(entry.push !== null)
    if (entry.push !== null) {
      out.text(entry.push.session)
      out.number(entry.push.number)
      out.text(entry.push.digest)
    }
    out.uint(entry.update.length)
    out.raw(entry.update)
  }
}

function unpackMarks(input: In): readonly PushMark[] {
  const marks: PushMark[] = []
  for (let left = input.uint(); left > 0; left--)
    marks.push({ session: input.text(), number: input.number() })
  return marks
}

function marksOf(entries: readonly NewEntry[]): readonly PushMark[] {
  const highest = new Map<string, number>()
  for (const { push } of entries)
    if (push !== null) highest.set(push.session, Math.max(push.number, highest.get(push.session) ?? 0))
  return Array.from(highest, ([session, number]) => ({ session, number }))
}

function bytesOf(entries: readonly NewEntry[]): number {
  let bytes = 0
  for (const { update } of entries) bytes += update.length
  return bytes
}

function roomFor(group: readonly Batch[]): number {
  let room = GROUP_ROOM
  for (const { document, epoch, entries } of group) {
    room += BATCH_ROOM + textRoom(document) + textRoom(epoch) + textRoom(entries.at(-1)?.author ?? '')
    for (const { author, push, update } of entries) {
      room += ENTRY_ROOM + textRoom(author) + update.length
      // A push stands in the entry and, at worst, as a mark of its own.
      if (push !== null) room += 2 * (textRoom(push.session) + ENTRY_ROOM) + textRoom(push.digest)
    }
  }
  return room
}

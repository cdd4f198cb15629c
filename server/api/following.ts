/**
 * What people were typing in a block while an edit took it away reaches the log after that edit, where nobody sees it.
 * A moment later it is looked for, and put where the words around it stand by then, or its block is put back.
 */
import * as Y from 'yjs'
import type { Content } from '#server/content/port.ts'
import type { Log } from '#server/log/port.ts'
import type { Rooms } from '#server/room/rooms.ts'
import type { Visitor } from '#server/room/visitor.ts'
import { type Seq, seq } from '#shared/id.ts'
import { entriesBetween, storedAt } from './stored.ts'

/** How long after an edit, and after each look the next one: letters of who has a bad connection come late. */
export const FOLLOW_MS = [3_000, 12_000, 45_000] as const

/** An edit that is on disk. */
export interface Followed {
  readonly mark: string
  /** As whom it takes turns with others. */
  readonly person: string
  /** A position that holds it. */
  readonly at: Seq
  /** Up to where was looked already. */
  readonly seen: Seq
}

export interface FollowingParts {
  readonly rooms: Rooms
  readonly log: Log
  readonly content: Content
}

/** The edit that brings back what others wrote in blocks that `followed` took; null where nothing is lost. */
export async function broughtBack(
  { rooms, log, content }: FollowingParts,
  visitor: Visitor,
  followed: Followed & { readonly client: number; readonly clock: number },
): Promise<Uint8Array | null> {
  const { document, head } = visitor.room
  const { at, seen, client, clock } = followed
  if (head <= seen) return null
  const before = seq(at - 1)
  const stored = await storedAt(
    { log, milestones: rooms.milestones },
    { document, kind: 'page', upTo: before },
  )
  if (stored.seq !== before) return null
  const since: Uint8Array[] = []
  let seenCount = -1
  for await (const { to, update } of entriesBetween(log, { document, from: before, to: head })) {
    since.push(update)
    if (to <= seen) seenCount += 1
  }
  const own = since.shift()
  if (own === undefined || markOf(own) !== followed.mark) return null
  const follows = { update: own, seenCount }
  const writing = { content: null, title: null, client, clock, since, follows }
  const asker = { person: followed.person, document }
  return (await content.write({ ...stored, asker }, writing)).update
}

/** By which an edit is known again: where its clocks begin and end. */
export function markOf(update: Uint8Array): string {
  const { from, to } = Y.parseUpdateMeta(update)
  return JSON.stringify([[...from], [...to]])
}

/** Those who only read: where they begin, and what they are told first. */
import { codes } from '#shared/codes.ts'
import type { Role } from '#shared/frame.ts'
import { NONE, ZERO } from '#shared/id.ts'
import type { Offset } from '#shared/offset.ts'
import { encodeFrame } from '#shared/wire.ts'
import { digest } from './digest.ts'
import type { Start } from './errand.ts'
import { EMPTY_UPDATE } from './frames.ts'
import { helloFrame, presenceFrames, step1Frame } from './greeting.ts'
import { lackingByPosition } from './lacking.ts'
import { entryAt, type Page } from './opening.ts'
import type { Room } from './room.ts'
import type { Sender } from './sender.ts'

export interface Listener extends Sender {
  /** The first frames of the channel, and the position of who has taken them. */
  begin(frames: readonly Uint8Array[], position: Offset): void
}

/** Tells this one what it lacks and makes it live. Rejects with what the log rejects with. */
export async function listen(room: Room, peer: Listener, start: Start): Promise<void> {
  if (isTooOld(room, start))
    return peer.end(codes.tooOld.code, 'this page is older than the server: reload it')
  const position = await startOf(room, start)
  if (peer.isEnded) return
  if (position.seq > 0) room.around.metrics.counts.catchUps += 1
  peer.begin(openingFrames(room, peer.principal.role, position), position)
  await peer.follow(lackingFrom(room, position), position.seq, () => closingFrames(room))
}

export function isTooOld({ around }: Room, { kind, schemaVersion }: Start): boolean {
  return kind === 'page' && schemaVersion !== null && schemaVersion < around.schemaVersion
}

/** The position it holds, or the beginning where the log does not hold that. */
export async function startOf(room: Room, { offset }: Start): Promise<Offset> {
  return offset !== null && (await holds(room, offset))
    ? offset
    : { epoch: room.epoch, seq: ZERO, hash: NONE }
}

/** Whether the log holds this very position. */
export async function holds(room: Room, { epoch, seq, hash }: Offset): Promise<boolean> {
  if (epoch !== room.epoch || seq > room.head) return false
  if (seq === room.head) return hash === room.position.hash
  if (seq === 0) return hash === NONE
  const entry = await entryAt(room.around.log, room.document, seq)
  return entry !== null && entry.seq === seq && digest(entry.update) === hash
}

export function lackingFrom(room: Room, { seq }: Offset): AsyncIterable<Page> {
  return seq === 0 ? room.read() : lackingByPosition(room, seq)
}

/** This position with the hash of the entry there, which a reading that ended with a checkpoint has not seen. */
export async function positionAt(room: Room, position: Offset): Promise<Offset> {
  if (position.hash !== NONE || position.seq === 0) return position
  if (position.seq === room.head) return room.position
  const entry = await entryAt(room.around.log, room.document, position.seq)
  return entry === null ? position : { ...position, hash: digest(entry.update) }
}

export function openingFrames(room: Room, role: Role, { seq }: Offset): Uint8Array[] {
  return [helloFrame(room, role), step1Frame(room), encodeFrame({ type: 'resumed', seq })]
}

/** Who is here, and the sign that this was all. */
export function closingFrames(room: Room): Uint8Array[] {
  return [...presenceFrames(room), encodeFrame({ type: 'step2', update: EMPTY_UPDATE })]
}

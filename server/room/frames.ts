/** Pieces of a log as frames of either dialect. */

import { NONE } from '#shared/id.ts'
import { encodeFrame } from '#shared/wire.ts'
import type { Dialect } from './channel.ts'
import type { Piece } from './piece.ts'

/** A Yjs update without structs and without deletions. */
export const EMPTY_UPDATE = Uint8Array.of(0, 0)

/** The frame that says "nothing to tell", and keeps a channel alive. */
export const HEARTBEAT = encodeFrame({ type: 'presence', presence: Uint8Array.of(0) })

/** Most updates one `entries` frame carries, far below the format's own limit. */
const UPDATES_A_FRAME = 4_096

/** `hash`: the digest of the last entry, sixteen zeros where it is not known. */
export function pieceFrames(dialect: Dialect, pieces: readonly Piece[], hash: string): Uint8Array[] {
  if (dialect === 'yjs') return pieces.map((piece) => encodeFrame({ type: 'update', update: piece.update }))
  const frames: Uint8Array[] = []
  for (let at = 0; at < pieces.length; at += UPDATES_A_FRAME) {
    const part = pieces.slice(at, at + UPDATES_A_FRAME)
    const first = part[0]
    const last = part.at(-1)
    if (first === undefined || last === undefined) break
    const isEnd = at + UPDATES_A_FRAME >= pieces.length
    frames.push(
      encodeFrame({
        type: 'entries',
        from: first.from,
        to: last.to,
        hash: isEnd ? hash : NONE,
        updates: part.map((piece) => piece.update),
      }),
    )
  }
  return frames
}

export function isEmpty(update: Uint8Array): boolean {
  return update.length === 2 && update[0] === 0 && update[1] === 0
}

export function bytesOf(frames: readonly Uint8Array[]): number {
  let bytes = 0
  for (const { length } of frames) bytes += length
  return bytes
}

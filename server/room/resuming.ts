/** How a channel gets what it lacks: by a state vector (SyncStep1), or from where it was before (`resume`). */
import { type Code, codes } from '#shared/codes.ts'
import { type Resume, VERSION } from '#shared/frame.ts'
import { NONE, ZERO } from '#shared/id.ts'
import { encodeFrame } from '#shared/wire.ts'
import type { Intake } from './intake.ts'
import { named } from './known-pushes.ts'
import { lackingByPosition, lackingByState } from './lacking.ts'
import { holds } from './listening.ts'
import type { Pace } from './pace.ts'
import type { Room } from './room.ts'
import type { Sender } from './sender.ts'

/** Who asks, in an open document. */
export interface Asker {
  readonly peer: Sender
  readonly room: Room
  readonly intake: Intake
  readonly pace: Pace
  /** Ends the channel. */
  refuse(code: Code, reason: string): undefined
}

/** SyncStep1: what this state vector lacks, SyncStep2 last. */
export function sync(asker: Asker, stateVector: Uint8Array): Promise<void> | undefined {
  const { peer, room, intake, pace } = asker
  const { knowledge, tail } = room
  const isCovered = () => knowledge.isCoveredBy(stateVector)
  let lackingBytes: number
  try {
    lackingBytes = isCovered() ? 0 : tail.checkpointBytes + tail.bytes
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return asker.refuse(codes.malformed.code, 'not a state vector')
  }
  return pace.answer(lackingBytes, () => {
    // A vellum channel wants to know its position with it. More may have been written while it waited.
    if (peer.dialect === 'yjs' && room.isSettled && isCovered()) {
      const step2 = encodeFrame({ type: 'step2', update: knowledge.deletions() })
      peer.live(() => [step2])
      return peer.taken()
    }
    const paid = pace.whenPaid()
    const answer = () =>
      peer.follow(lackingByState(room, stateVector, intake.asker), ZERO, () => peer.lastFrames(room))
    return paid === undefined ? answer() : paid.then(answer)
  })
}

/** `resume`: goes on from a position that is still held here; everything it lacks where it is not. */
export async function resume(asker: Asker, frame: Resume): Promise<void> {
  const { peer, room, intake } = asker
  const { around } = room
  if (frame.version !== VERSION || (frame.kind === 'page' && frame.schemaVersion < around.schemaVersion))
    return asker.refuse(codes.tooOld.code, 'this page is older than the server: reload it')
  if (frame.seq > 0 && frame.epoch !== room.epoch)
    return asker.refuse(codes.conflict.code, 'this document was made anew since: its edits cannot be merged')
  peer.intends = frame.kind === 'page' ? 'page' : 'any'
  for (const { session, oldest } of frame.sessions) {
    const stored = await around.log.pushes(room.document, named(session, oldest))
    if (!intake.expect(session, stored))
      return asker.refuse(codes.tooBig.code, 'too many sessions, or pushes that are stored already')
  }
  const isHeld = frame.seq > 0 && frame.hash !== NONE && (await holds(room, frame))
  if (peer.isEnded) return
  if (isHeld) {
    peer.sendFrame({ type: 'resumed', seq: frame.seq })
    around.metrics.counts.catchUps += 1
    return peer.follow(lackingByPosition(room, frame.seq), frame.seq, () => peer.lastFrames(room))
  }
  try {
    room.knowledge.isCoveredBy(frame.stateVector)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return asker.refuse(codes.malformed.code, 'not a state vector')
  }
  peer.sendFrame({ type: 'resumed', seq: ZERO })
  return peer.follow(lackingByState(room, frame.stateVector, intake.asker), ZERO, () => peer.lastFrames(room))
}

/** What a peer is told of a room when it comes: the frames that begin a channel, and those that end a join. */
import { type Role, VERSION } from '#shared/frame.ts'
import { encodeFrame } from '#shared/wire.ts'
import type { Dialect } from './channel.ts'
import { EMPTY_UPDATE } from './frames.ts'
import { HEARTBEAT_MS } from './limits.ts'
import type { Room } from './room.ts'
import type { Sender } from './sender.ts'

export function firstFrames(room: Room, peer: Sender): Uint8Array[] {
  if (peer.dialect === 'yjs') return [step1Frame(room), ...presenceFrames(room)]
  return [helloFrame(room, peer.principal.role)]
}

export function helloFrame({ around, epoch, head, kind }: Room, role: Role): Uint8Array {
  return encodeFrame({
    type: 'hello',
    version: VERSION,
    epoch,
    head,
    role,
    kind,
    schemaVersion: around.schemaVersion,
    saving: around.committer.saving,
    maxFrameBytes: Math.min(around.limits.frameBytes, Number.MAX_SAFE_INTEGER),
    heartbeatMs: HEARTBEAT_MS,
  })
}

/** What the server knows and has, who is here, and the sign that this was all. */
export function lastFrames(room: Room, dialect: Dialect): Uint8Array[] {
  const step2 = encodeFrame({ type: 'step2', update: EMPTY_UPDATE })
  return dialect === 'yjs' ? [step2] : [step1Frame(room), ...presenceFrames(room), step2]
}

export function step1Frame(room: Room): Uint8Array {
  return encodeFrame({ type: 'step1', stateVector: room.knowledge.stateVector() })
}

export function presenceFrames(room: Room): Uint8Array[] {
  return room.presence.everybody().map((presence) => encodeFrame({ type: 'presence', presence }))
}

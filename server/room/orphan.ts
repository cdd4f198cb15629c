/**
 * An edit whose channel has ended before it was stored, and that another process got ahead of: nobody is left to answer
 * to, but what somebody typed before leaving is not thrown away for it.
 */
import { admit, isLarge } from '#server/gate/update.ts'
import type { Room, Waiting } from './room.ts'

/** Gates it again; what does not pass whole comes again with its client, which was never told that it is saved. */
export function regateOrphan(room: Room, edit: Waiting): void {
  const { update, author } = edit
  if (isLarge(update)) return
  const { limits } = room.around
  const admission = { author, kind: room.kind, limits: limits.update, overlapsEqual: false }
  const verdict = admit(room.knowledge, update, admission)
  if (verdict.kind !== 'accepted' || verdict.update === null || verdict.delta === null) return
  const isWhole = !verdict.gap && verdict.stripped.length === 0
  room.knowledge.add(verdict.delta, author)
  room.version += 1
  room.enqueue({ update: verdict.update, author, push: isWhole ? edit.push : null, peer: null })
}

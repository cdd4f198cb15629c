/**
 * An edit whose channel has ended before it was stored, and that another process got ahead of: nobody is left to answer
 * to, but what somebody typed before leaving is not thrown away for it.
 */

import type { Knowledge } from '#server/gate/knowledge.ts'
import { admit, isLarge } from '#server/gate/update.ts'
import type { Kind } from '#shared/frame.ts'
import type { RoomLimits } from './limits.ts'
import type { Waiting } from './member.ts'

/** The room it is gated for. */
export interface Gated {
  readonly around: { readonly limits: RoomLimits }
  readonly kind: Kind
  readonly knowledge: Knowledge
  version: number
  enqueue(edit: Waiting): void
}

/** Gates it again; what does not pass whole comes again with its client, which was never told that it is saved. */
export function regateOrphan(room: Gated, edit: Waiting): void {
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

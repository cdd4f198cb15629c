/** Judges any update, struct by struct, with Yjs' own decoder. */
import { decode } from './decode.ts'
import { deltaOf } from './delta.ts'
import { encodeNew, encodeOverlap } from './encode.ts'
import type { Known } from './known.ts'
import { sift } from './sift.ts'
import type { Admission, Verdict } from './verdict.ts'

/** Throws Refusal, or whatever Yjs' decoder throws for bytes that are no update. */
export function judgeWhole(known: Known, update: Uint8Array, admission: Admission): Verdict {
  const decoded = decode(update, admission.limits)
  const sifted = sift(known, decoded, {
    writer: admission,
    page: admission.kind === 'page',
    limits: admission.limits,
  })
  if (!admission.overlapsEqual) {
    const overlap = encodeOverlap(sifted.strands, (client, start, end) =>
      Boolean(known.deleted(client)?.covers(start, end)),
    )
    if (overlap !== null) return { kind: 'compare', overlap }
  }
  const fresh = encodeNew(sifted.strands, sifted.deletes)
  return {
    kind: 'accepted',
    update: fresh,
    delta: fresh === null ? null : deltaOf(sifted, fresh.length),
    gap: sifted.gap,
    stripped: sifted.stripped,
    newClients: sifted.newClients,
    meta: sifted.meta,
  }
}

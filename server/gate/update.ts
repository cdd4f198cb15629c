/** Decides what of an update may enter a document. The rules are in docs/protocol.md, numbered G1 and up. */
import { codes } from '#shared/codes.ts'
import { judgeKeystroke } from './keystroke.ts'
import type { Knowledge } from './knowledge.ts'
import { Refusal } from './refusal.ts'
import type { Admission, Verdict } from './verdict.ts'
import { judgeWhole } from './whole.ts'

/** Pure: changes nothing, throws for nothing. The caller hands an accepted delta to `knowledge.add` before the next call. */
export function admit(knowledge: Knowledge, update: Uint8Array, admission: Admission): Verdict {
  try {
    return judgeKeystroke(knowledge, update, admission) ?? judgeWhole(knowledge, update, admission)
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', code: error.code, reason: error.message }
    // Yjs' decoder throws all kinds of things for bytes that are no update; all of them mean just that.
    return { kind: 'refused', code: codes.malformed.code, reason: 'these bytes are not an update' }
  }
}

const LARGE_BYTES = 65_536
const LARGE_STRUCTS = 2_000
/** How many structs several clients bring can be told only by going through all of them. */
const MANY_CLIENTS_BYTES = 16_384

/** Whether judging it would hold up the event loop: it belongs on a worker. Looks at the first few bytes only. */
export function isLarge(update: Uint8Array): boolean {
  if (update.length > LARGE_BYTES) return true
  // A struct takes two bytes at least.
  if (update.length < 2 * LARGE_STRUCTS) return false
  let at = 0
  const next = () => {
    let number = 0
    for (let scale = 1; at < update.length; scale *= 128) {
      const byte = update[at++] ?? 0
      number += (byte & 127) * scale
      if (byte < 128 || scale > 2 ** 42) break
    }
    return number
  }
  const clients = next()
  if (clients > 1) return update.length > MANY_CLIENTS_BYTES
  return clients === 1 && next() > LARGE_STRUCTS
}

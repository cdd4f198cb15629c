/** The gate, for an update that is too large for the event loop. */

import { Knowledge } from '#server/gate/knowledge.ts'
import { admit } from '#server/gate/update.ts'
import type { Admission, Verdict } from '#server/gate/verdict.ts'

/** RangeError for bytes that are no encoded knowledge. */
export function judge(knowledge: Uint8Array, update: Uint8Array, admission: Admission): Verdict {
  return admit(Knowledge.decode(knowledge), update, admission)
}

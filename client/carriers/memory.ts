/** What worked last for this origin, kept where the browser keeps such things. */
import type { CarrierName, Memory } from './port.ts'

const KEY = 'vellum carrier'
const NAMES: readonly CarrierName[] = ['websocket', 'event-stream', 'long-poll']

/** `storage` is asked anew each time: a browser that blocks it throws. */
export function originMemory(storage: () => Storage): Memory {
  return {
    recall() {
      try {
        const kept = storage().getItem(KEY)
        return NAMES.find((name) => name === kept) ?? null
      } catch {
        // Without a memory everything begins at the top.
        return null
      }
    },
    keep(name) {
      try {
        if (storage().getItem(KEY) !== name) storage().setItem(KEY, name)
      } catch {
        // Full or forbidden: the next visit begins at the top.
      }
    },
  }
}

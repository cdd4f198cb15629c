/** What lies between somebody and the server: proxies that refuse, swallow, keep back or cut, and other people's pages. */
import type { SeededChance } from './chance.ts'

export interface Road {
  /** `swallowed`: the request goes up, and nothing is ever heard of it. */
  readonly webSocket: 'open' | 'refused' | 'swallowed'
  /** `kept`: an answer is passed on once it has come whole, so that a stream never is. */
  readonly http: 'open' | 'kept' | 'portal'
  /** Every connection is cut after so many milliseconds; null for none. */
  readonly cutAfterMs: number | null
}

export const OPEN: Road = { webSocket: 'open', http: 'open', cutAfterMs: null }

export function roadOf(chance: SeededChance): Road {
  const blocked = (): 'refused' | 'swallowed' => chance.pick(['refused', 'swallowed'])
  const cutAfterMs = chance.is(0.3) ? chance.between(300, 9_000) : null
  const roll = chance.fraction()
  if (roll < 0.3) return { ...OPEN, cutAfterMs }
  if (roll < 0.6) return { webSocket: blocked(), http: 'open', cutAfterMs }
  if (roll < 0.9) return { webSocket: blocked(), http: 'kept', cutAfterMs }
  return { webSocket: blocked(), http: 'portal', cutAfterMs: null }
}

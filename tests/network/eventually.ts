/** Waits for what will be so. Vitest's own polling belongs to one test; tests that run side by side need this. */
import { setInterval } from 'node:timers/promises'
import { expect } from 'vitest'

/** Generous: the machines these tests run on are small and shared. */
const PATIENCE_MS = 60_000
const LOOK_MS = 100

/** Resolves once `look()` gives `value`, or what matches it; throws what the difference was at last. */
export async function eventually<T>(look: () => Promise<T> | T, value: T | RegExp): Promise<void> {
  const startedAt = performance.now()
  let found = await look()
  const isSo = () => (value instanceof RegExp ? value.test(String(found)) : found === value)
  if (isSo()) return
  for await (const _ of setInterval(LOOK_MS)) {
    found = await look()
    if (isSo()) return
    if (performance.now() - startedAt > PATIENCE_MS) break
  }
  if (value instanceof RegExp) expect(String(found)).toMatch(value)
  else expect(found).toBe(value)
}

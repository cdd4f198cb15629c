/**
 * Whether two states of one document are of the same edits: their clocks and their deletions. What the edits say of
 * themselves is compared clock by clock elsewhere (compare.ts).
 */
import * as Y from 'yjs'

/** `stored` may be anything; `built` was made by history. */
export function agree(
  built: Uint8Array,
  stored: Uint8Array,
): 'same' | 'other edits' | 'other deletions' | 'unreadable' {
  const ours = outlineOf(built)
  const theirs = outlineOf(stored)
  if (ours === null || theirs === null) return 'unreadable'
  if (!isSame(ours.clocks, theirs.clocks)) return 'other edits'
  return isSame(ours.deletions, theirs.deletions) ? 'same' : 'other deletions'
}

interface Outline {
  /** Client → what it says, as text that can be compared. */
  readonly clocks: ReadonlyMap<number, string>
  readonly deletions: ReadonlyMap<number, string>
}

function outlineOf(state: Uint8Array): Outline | null {
  try {
    const { structs, ds } = Y.decodeUpdate(state)
    const clocks = new Map<number, number>()
    for (const { id, length } of structs)
      clocks.set(id.client, Math.max(clocks.get(id.client) ?? 0, id.clock + length))
    const deletions = new Map<number, string>()
    for (const [client, ranges] of ds.clients) deletions.set(client, joined(ranges))
    return { clocks: new Map([...clocks].map(([client, clock]) => [client, String(clock)])), deletions }
  } catch {
    // What Yjs cannot decode is no state; the caller says so.
    return null
  }
}

/** Ranges that touch are one, however they were written. */
function joined(ranges: readonly { readonly clock: number; readonly len: number }[]): string {
  const whole: { start: number; end: number }[] = []
  for (const { clock, len } of ranges.toSorted((a, b) => a.clock - b.clock)) {
    const last = whole.at(-1)
    if (last !== undefined && clock <= last.end) last.end = Math.max(last.end, clock + len)
    else whole.push({ start: clock, end: clock + len })
  }
  return whole.map(({ start, end }) => `${start}-${end}`).join(' ')
}

function isSame(one: ReadonlyMap<number, string>, other: ReadonlyMap<number, string>): boolean {
  return one.size === other.size && [...one].every(([client, said]) => other.get(client) === said)
}

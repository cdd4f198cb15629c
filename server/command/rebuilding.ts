/** One document of a store rebuilt from its entries, and held against each state that lies beside them. */
import {
  type History,
  type Replay,
  type ReplayedEntry,
  Unavailable,
  Unbuildable,
} from '#server/history/port.ts'
import type { FindingKind, RemovableRow } from '#server/log/finding.ts'
import { type Entry, Stretches } from './stretches.ts'

export interface StoredState {
  readonly kind: 'checkpoint' | 'milestone'
  readonly seq: number
  readonly state: Uint8Array
  readonly knowledge: Uint8Array | null
}

/** What is gone through: the check of a store gives it. */
export interface Checked {
  readonly isWhole: boolean
  readonly isDeleted: boolean
  readonly states: { readonly seqs: readonly number[]; at(seq: number): readonly StoredState[] }
  pieces(): Generator<readonly Entry[], void>
}

export interface RebuildingParts {
  readonly history: History
  /** Whether two states are of the same edits; see history/agree.ts. */
  agree(built: Uint8Array, stored: Uint8Array): 'same' | 'other edits' | 'other deletions' | 'unreadable'
  unpacked(bytes: Uint8Array): Promise<Uint8Array>
  onFinding(kind: FindingKind, what: string, row?: RemovableRow): void
}

type Start = NonNullable<Replay['checkpoint']>

/** Resolves with how many states were held against the entries they stand for. */
export async function rebuild(document: Checked, parts: RebuildingParts): Promise<number> {
  const { history, onFinding } = parts
  const { states } = document
  const stretches = new Stretches(document.pieces())
  let built: Start | null = null
  let compared = 0
  let looked = 0
  try {
    for (const seq of document.isDeleted ? [] : states.seqs) {
      const made = await history.build({ checkpoint: built, entries: stretches.upTo(seq) })
      if (!document.isWhole) break
      built = made
      looked += 1
      for (const stored of states.at(seq)) {
        compared += 1
        const wrong =
          stretches.seq < seq ? 'is of entries that are not there' : await difference(made, stored, parts)
        // What was healed differs from its entries on purpose.
        if (wrong === null || made.healed) continue
        const isAhead = stretches.seq < seq && stored.kind === 'checkpoint'
        const kind = isAhead
          ? 'checkpoint-ahead'
          : stored.kind === 'checkpoint'
            ? 'checkpoint-differs'
            : 'milestone-wrong'
        onFinding(kind, `the ${stored.kind} at ${seq} ${wrong}`, { table: `${stored.kind}s`, seq })
      }
    }
    if (document.isWhole && !stretches.isOver)
      await history.build({ checkpoint: built, entries: stretches.upTo(Number.POSITIVE_INFINITY) })
  } catch (error) {
    if (error instanceof Unbuildable)
      onFinding('entries-unreadable', `the entries up to ${stretches.seq} are no document: ${error.message}`)
    else if (error instanceof Unavailable)
      onFinding('entries-unreadable', `it could not be rebuilt here: ${error.message}`)
    else throw error
  }
  stretches.drain()
  // Where the entries end early the states are what is left of the document.
  if (!document.isDeleted) for (const seq of states.seqs.slice(looked)) states.at(seq)
  return compared
}

/** What is wrong with a stored state; null for nothing. */
async function difference(built: Start, stored: StoredState, parts: RebuildingParts): Promise<string | null> {
  const { history, agree, unpacked } = parts
  const isKnown = stored.knowledge === null || Buffer.compare(built.knowledge, stored.knowledge) === 0
  let state = stored.state
  try {
    if (stored.kind === 'milestone') state = await unpacked(stored.state)
  } catch {
    // Said like a state that is none.
    return 'is no document'
  }
  if (isKnown && Buffer.compare(built.state, state) === 0) return null
  const agreement = agree(built.state, state)
  if (agreement === 'unreadable') return 'is no document'
  if (agreement !== 'same') return `holds ${agreement} than its entries`
  const other: Start = { state, knowledge: stored.knowledge ?? built.knowledge }
  const isSaid = async (one: Start, another: Start): Promise<boolean> =>
    (await history.compare({ checkpoint: one, entries: none() }, another.state)) === 'same'
  return (await isSaid(built, other)) && (await isSaid(other, built))
    ? null
    : 'says something else than its entries'
}

async function* none(): AsyncGenerator<readonly ReplayedEntry[], void> {}

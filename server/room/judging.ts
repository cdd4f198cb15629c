/**
 * The gate's verdict on one update: at once, or from a worker where the update is large.
 *
 * A worker answers for what the room knew when it was asked. Meanwhile others write, fix the kind, or the room learns
 * the log anew: whoever acts on a verdict asks `stands` in the same turn.
 */
import type { Knowledge } from '#server/gate/knowledge.ts'
import { admit, isLarge } from '#server/gate/update.ts'
import type { Admission, Verdict } from '#server/gate/verdict.ts'
import type { Asker, Replay, ReplayedEntry } from '#server/history/port.ts'
import { upToHead } from './comparing.ts'
import type { Room } from './room.ts'

/**
 * Knowledge of fewer runs and ranges is handed over as it is, in about 2 ms. Of more, a worker learns it from the log:
 * writing down a quarter of a million takes a tenth of a second, in which nobody else would be served.
 */
const FEW_RUNS = 5_000
const NO_STATE = new Uint8Array(0)

export class Judging {
  readonly #room: Room
  readonly #admission: Admission
  readonly #asker: Asker
  readonly #knowledge: Knowledge
  readonly #kind: Room['kind']
  readonly #version: number
  #known: (() => Promise<Replay> | Replay) | null = null

  /** Everything that is asked of it is answered for what the room knows now. */
  constructor(room: Room, admission: Admission, asker: Asker) {
    this.#room = room
    this.#admission = admission
    this.#asker = asker
    this.#knowledge = room.knowledge
    this.#kind = room.kind
    this.#version = room.version
  }

  /** The first question must be asked in the turn in which this was made. */
  ask(update: Uint8Array, overlapsEqual: boolean): Promise<Verdict> | Verdict {
    const admission = { ...this.#admission, overlapsEqual }
    if (!isLarge(update)) return admit(this.#knowledge, update, admission)
    this.#known ??= this.#knowledge.isBelow(FEW_RUNS) ? written(this.#knowledge) : learnt(this.#room)
    return this.#judge(this.#known, { update, admission })
  }

  stands(verdict: Verdict): boolean {
    const { knowledge, kind, version } = this.#room
    if (knowledge !== this.#knowledge || kind !== this.#kind) return false
    if (version === this.#version || verdict.kind !== 'accepted' || verdict.delta === null) return true
    return knowledge.fits(verdict.delta)
  }

  async #judge(
    known: () => Promise<Replay> | Replay,
    question: { readonly update: Uint8Array; readonly admission: Admission },
  ): Promise<Verdict> {
    return this.#room.around.history.judge(await known(), question, this.#asker)
  }
}

function written(knowledge: Knowledge): () => Replay {
  const checkpoint = { state: NO_STATE, knowledge: knowledge.encode() }
  return () => ({ checkpoint, entries: inTurn([]) })
}

/** What the log holds now and what is on its way to it: together, what the room knows. */
function learnt(room: Room): () => Promise<Replay> {
  const stored = upToHead(room)
  const unstored = room.unstored.all
  return async () => {
    const { checkpoint, entries } = await stored()
    return { checkpoint, entries: inTurn([entries, [unstored]]) }
  }
}

async function* inTurn(
  sources: readonly (AsyncIterable<readonly ReplayedEntry[]> | Iterable<readonly ReplayedEntry[]>)[],
): AsyncGenerator<readonly ReplayedEntry[]> {
  for (const source of sources) yield* source
}

/** What can be asked of history, as plain data, and doing it: shared by the pool's threads and by inline. */
import type { Verdict } from '#server/gate/verdict.ts'
import { Build } from './build.ts'
import { compare } from './compare.ts'
import { diff } from './diff.ts'
import { Judgement } from './judge.ts'
import { Merging } from './merge.ts'
import type { BuiltCheckpoint, Question, ReplayedEntry } from './port.ts'
import { Replica } from './replica.ts'
import type { Window } from './window.ts'

export type Task =
  | { readonly kind: 'build' }
  /** Its outcome is that of a diff against nothing. */
  | { readonly kind: 'state' }
  | { readonly kind: 'merge'; readonly window: Window }
  | { readonly kind: 'diff'; readonly stateVector: Uint8Array }
  | { readonly kind: 'compare'; readonly overlap: Uint8Array }
  | { readonly kind: 'judge'; readonly question: Question }

export type Outcome =
  | { readonly kind: 'build'; readonly built: BuiltCheckpoint }
  | { readonly kind: 'diff'; readonly update: Uint8Array }
  | { readonly kind: 'merge'; readonly updates: readonly Uint8Array[] | null }
  | { readonly kind: 'compare'; readonly answer: 'same' | 'different' }
  | { readonly kind: 'judge'; readonly verdict: Verdict }

/** A task under way: fed with entries in order, then finished once. Both may throw Unbuildable, finish RangeError. */
export interface Run {
  add(entries: readonly ReplayedEntry[]): void
  finish(): Outcome
}

/** A checkpoint's bytes; only `build` looks at both, `judge` at its knowledge, others at its state. */
export interface Start {
  readonly state: Uint8Array
  readonly knowledge: Uint8Array
}

export function begin(task: Task, start: Start | null): Run {
  switch (task.kind) {
    case 'build': {
      const build = new Build(start)
      return {
        add: (entries) => build.add(entries),
        finish: () => ({ kind: 'build', built: build.finish() }),
      }
    }
    case 'state':
      return replayed(start, (replica) => {
        replica.assertWhole()
        replica.tidy()
        return { kind: 'diff', update: replica.encode() }
      })
    case 'merge': {
      const merging = new Merging(start?.state ?? null, task.window)
      return {
        add: (entries) => merging.add(entries),
        finish: () => ({ kind: 'merge', updates: merging.finish() }),
      }
    }
    case 'diff':
      return replayed(start, (replica) => ({ kind: 'diff', update: diff(replica, task.stateVector) }))
    case 'compare':
      return replayed(start, (replica) => ({ kind: 'compare', answer: compare(replica, task.overlap) }))
    case 'judge': {
      const judgement = new Judgement(start?.knowledge ?? null, task.question)
      return {
        add: (entries) => judgement.add(entries),
        finish: () => ({ kind: 'judge', verdict: judgement.finish() }),
      }
    }
  }
}

function replayed(start: Start | null, finish: (replica: Replica) => Outcome): Run {
  const replica = new Replica(start?.state ?? null)
  return { add: (entries) => replica.apply(entries), finish: () => finish(replica) }
}

/** The port's questions as tasks; where a task runs is left to the two that extend this. */
import type { Verdict } from '#server/gate/verdict.ts'
import type { Asker, BuiltCheckpoint, History, Question, Replay } from './port.ts'
import type { Outcome, Task } from './task.ts'
import type { Window } from './window.ts'

export abstract class Runner implements History {
  /** Runs a task over a document; the outcome is of the task's kind. */
  protected abstract run(task: Task, replay: Replay, asker: Asker): Promise<Outcome>

  abstract close(): Promise<void>

  async build(replay: Replay, asker = NOBODY): Promise<BuiltCheckpoint> {
    const outcome = await this.run({ kind: 'build' }, replay, asker)
    return outcome.kind === 'build' ? outcome.built : mistaken(outcome)
  }

  async state(replay: Replay, asker = NOBODY): Promise<Uint8Array> {
    const outcome = await this.run({ kind: 'state' }, replay, asker)
    return outcome.kind === 'diff' ? outcome.update : mistaken(outcome)
  }

  async merge(replay: Replay, window: Window, asker = NOBODY): Promise<readonly Uint8Array[] | null> {
    const outcome = await this.run({ kind: 'merge', window }, replay, asker)
    return outcome.kind === 'merge' ? outcome.updates : mistaken(outcome)
  }

  async diff(replay: Replay, stateVector: Uint8Array, asker = NOBODY): Promise<Uint8Array> {
    const outcome = await this.run({ kind: 'diff', stateVector }, replay, asker)
    return outcome.kind === 'diff' ? outcome.update : mistaken(outcome)
  }

  async compare(replay: Replay, overlap: Uint8Array, asker = NOBODY): Promise<'same' | 'different'> {
    const outcome = await this.run({ kind: 'compare', overlap }, replay, asker)
    return outcome.kind === 'compare' ? outcome.answer : mistaken(outcome)
  }

  async judge(known: Replay, question: Question, asker = NOBODY): Promise<Verdict> {
    const outcome = await this.run({ kind: 'judge', question }, known, asker)
    return outcome.kind === 'judge' ? outcome.verdict : mistaken(outcome)
  }
}

const NOBODY: Asker = { document: '', channel: {}, spent: () => {} }

function mistaken(outcome: Outcome): never {
  throw new TypeError(`the answer to another question: ${outcome.kind}`)
}

/** The port's four questions as tasks; where a task runs is left to the two that extend this. */
import type { Admission, Verdict } from '#server/gate/verdict.ts'
import type { BuiltCheckpoint, History, Replay } from './port.ts'
import type { Outcome, Task } from './task.ts'

export abstract class Runner implements History {
  /** Runs a task over a document; the outcome is of the task's kind. */
  protected abstract run(task: Task, replay: Replay): Promise<Outcome>

  abstract close(): Promise<void>

  async build(replay: Replay): Promise<BuiltCheckpoint> {
    const outcome = await this.run({ kind: 'build' }, replay)
    return outcome.kind === 'build' ? outcome.built : mistaken(outcome)
  }

  async diff(replay: Replay, stateVector: Uint8Array): Promise<Uint8Array> {
    const outcome = await this.run({ kind: 'diff', stateVector }, replay)
    return outcome.kind === 'diff' ? outcome.update : mistaken(outcome)
  }

  async compare(replay: Replay, overlap: Uint8Array): Promise<'same' | 'different'> {
    const outcome = await this.run({ kind: 'compare', overlap }, replay)
    return outcome.kind === 'compare' ? outcome.answer : mistaken(outcome)
  }

  async judge(knowledge: Uint8Array, update: Uint8Array, admission: Admission): Promise<Verdict> {
    const replay: Replay = { checkpoint: null, entries: nothing() }
    const outcome = await this.run({ kind: 'judge', knowledge, update, admission }, replay)
    return outcome.kind === 'judge' ? outcome.verdict : mistaken(outcome)
  }
}

async function* nothing(): AsyncGenerator<never> {}

function mistaken(outcome: Outcome): never {
  throw new TypeError(`the answer to another question: ${outcome.kind}`)
}

/** History without threads, for simulations and tests: the same pure functions, called where the caller runs. */
import type { Replay } from './port.ts'
import { Unavailable } from './port.ts'
import { Runner } from './runner.ts'
import { begin, type Outcome, type Task } from './task.ts'

export class InlineHistory extends Runner {
  #closed = false

  override async close(): Promise<void> {
    this.#closed = true
  }

  protected override async run(task: Task, replay: Replay): Promise<Outcome> {
    this.#assertOpen()
    const run = begin(task, replay.checkpoint)
    for await (const piece of replay.entries) {
      this.#assertOpen()
      run.add(piece)
    }
    return run.finish()
  }

  #assertOpen(): void {
    if (this.#closed) throw new Unavailable('history is closed')
  }
}

/**
 * History on worker threads.
 *
 * Two lanes, each one run at a time: builds, and the short questions somebody is waiting for. With one thread a
 * question is answered between two pieces of a build; with two it does not wait for builds at all. At most two
 * documents are therefore in memory, however many are asked for. A thread starts when something is asked and ends
 * when nothing was for `idleMs`, which gives its memory back. A thread that died is replaced for the next run: the
 * runs it had rejected, so the number of restarts is bounded by the number of questions.
 */
import type { Cancel, Clock } from '#shared/time.ts'
import { pack, parts } from './piece.ts'
import type { Replay, ReplayedEntry } from './port.ts'
import { Unavailable } from './port.ts'
import { Runner } from './runner.ts'
import type { Outcome, Start, Task } from './task.ts'
import { type Step, Thread } from './thread.ts'

export interface PoolOptions {
  readonly clock: Clock
  /** 1: builds and questions share a thread; 2: one each. */
  readonly threads?: 1 | 2
  /** Most bytes of updates a thread takes in at once; what a question may have to wait for. */
  readonly pieceBytes?: number
  /** Runs that may wait in one lane; more are rejected with Unavailable. */
  readonly maxWaiting?: number
  /** A thread that gives no answer for so long is ended; generous, since a huge document takes seconds. */
  readonly stallMs?: number
  readonly idleMs?: number
  readonly heapMb?: number
  readonly youngMb?: number
}

const defaults = {
  threads: 1,
  pieceBytes: 128 << 10,
  maxWaiting: 10_000,
  stallMs: 60_000,
  idleMs: 10_000,
  heapMb: 1024,
  youngMb: 4,
} as const

export class WorkerHistory extends Runner {
  readonly #options: Required<PoolOptions>
  readonly #builds: Lane
  readonly #questions: Lane
  #closed = false
  #lastRun = 0

  constructor(options: PoolOptions) {
    super()
    this.#options = { ...defaults, ...options }
    const seat = new Seat(this.#options)
    const { threads, maxWaiting } = this.#options
    this.#builds = new Lane(seat, maxWaiting)
    this.#questions = new Lane(threads === 2 ? new Seat(this.#options) : seat, maxWaiting)
  }

  /** How many threads are running. */
  get threads(): number {
    return new Set([this.#builds.seat, this.#questions.seat].filter(({ taken }) => taken)).size
  }

  override async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#builds.seat.close(), this.#questions.seat.close()])
  }

  protected override run(task: Task, replay: Replay): Promise<Outcome> {
    const lane = task.kind === 'build' ? this.#builds : this.#questions
    return lane.enter(() => this.#advance(lane.seat, task, replay))
  }

  async #advance(seat: Seat, task: Task, replay: Replay): Promise<Outcome> {
    if (this.#closed) throw new Unavailable('history is closed')
    const thread = seat.sit()
    const run = ++this.#lastRun
    const start = owned(replay.checkpoint, task.kind === 'build')
    let begin: Step['begin'] = { task, start }
    const step = (entries: readonly ReplayedEntry[] | null, then: Step['then']) => {
      const piece = entries === null ? null : pack(entries)
      const transfer: ArrayBuffer[] = []
      if (piece !== null) transfer.push(piece.bytes.buffer, piece.lengths.buffer, piece.authorOf.buffer)
      if (begin !== null && start !== null) transfer.push(start.state.buffer)
      const asked = thread.ask({ run, begin, piece, then }, transfer)
      begin = null
      return asked
    }
    try {
      // One part is held back, so that the last of them and the end go in one message.
      let held: readonly ReplayedEntry[] | null = null
      for await (const piece of replay.entries) {
        for (const part of parts(piece, this.#options.pieceBytes)) {
          if (held !== null) await step(held, 'wait')
          held = part
        }
      }
      const outcome = await step(held, 'finish')
      if (outcome === null) throw new TypeError('a run finished without an outcome')
      return outcome
    } catch (error) {
      // The thread may hold a half-fed document. It may also be gone, or have forgotten the run: then all is well.
      if (begin === null && thread.alive) await step(null, 'drop').catch(() => {})
      throw error
    } finally {
      seat.rise()
    }
  }
}

/** A copy that may be handed over: the caller keeps its own bytes. */
function owned(
  start: Start | null,
  withKnowledge: boolean,
): (Start & { state: Uint8Array<ArrayBuffer> }) | null {
  if (start === null) return null
  return {
    state: new Uint8Array(start.state),
    knowledge: withKnowledge ? start.knowledge : new Uint8Array(0),
  }
}

/** One run after the other. */
class Lane {
  readonly seat: Seat
  readonly #maxWaiting: number
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(seat: Seat, maxWaiting: number) {
    this.seat = seat
    this.#maxWaiting = maxWaiting
  }

  async enter(run: () => Promise<Outcome>): Promise<Outcome> {
    if (this.#waiting >= this.#maxWaiting) throw new Unavailable('too much is being asked of history')
    this.#waiting++
    const result = this.#last.then(run).finally(() => this.#waiting--)
    // A run that failed tells its caller; the next one in the lane does not care.
    this.#last = result.catch(() => {})
    return result
  }
}

/** Where a thread sits while it is needed. */
class Seat {
  readonly #options: Required<PoolOptions>
  #thread: Thread | null = null
  #sitting = 0
  #cancelIdle: Cancel | null = null

  constructor(options: Required<PoolOptions>) {
    this.#options = options
  }

  get taken(): boolean {
    return this.#thread?.alive ?? false
  }

  sit(): Thread {
    this.#cancelIdle?.()
    this.#cancelIdle = null
    this.#sitting++
    if (this.#thread === null || !this.#thread.alive) this.#thread = new Thread(this.#options)
    return this.#thread
  }

  rise(): void {
    this.#sitting--
    if (this.#sitting > 0 || !this.#thread?.alive) return
    const { clock, idleMs } = this.#options
    this.#cancelIdle = clock.after(idleMs, () => void this.close())
  }

  async close(): Promise<void> {
    this.#cancelIdle?.()
    this.#cancelIdle = null
    const thread = this.#thread
    this.#thread = null
    await thread?.end('history is closed')
  }
}

/**
 * History on worker threads.
 *
 * Two lanes: builds (of checkpoints, states on the way and merged entries), one at a time, and the questions somebody is waiting for, two at a time of different documents,
 * which take the thread piece by piece. With one thread a question is answered between two pieces of a build; with
 * two it does not wait for builds at all. Who is next in a lane says turns.ts. At most three documents are therefore
 * in memory, however many are asked for. A thread starts when something is asked and ends when nothing was for
 * `idleMs`, which gives its memory back. A thread that died is replaced for the next run: the runs it had rejected,
 * so the number of restarts is bounded by the number of questions.
 */
import type { Cancel, Clock } from '#shared/time.ts'
import { pack, parts } from './piece.ts'
import type { Asker, Replay, ReplayedEntry } from './port.ts'
import { Unavailable } from './port.ts'
import { Runner } from './runner.ts'
import type { Outcome, Start, Task } from './task.ts'
import { type Step, Thread } from './thread.ts'
import { Turns } from './turns.ts'

export interface PoolOptions {
  readonly clock: Clock
  /** 1: builds and questions share a thread; 2: one each. */
  readonly threads?: 1 | 2
  /** Most bytes of updates a thread takes in at once; what a question may have to wait for. */
  readonly pieceBytes?: number
  /** Runs that may wait in one lane; beyond it the document with most of them has one rejected with Unavailable. */
  readonly maxWaiting?: number
  /** Where it counts what waits, who was turned away and the time its threads worked. */
  readonly metrics?: HistoryMetrics
  /** A thread that gives no answer for so long is ended; generous, since a huge document takes seconds. */
  readonly stallMs?: number
  readonly idleMs?: number
  readonly heapMb?: number
  readonly youngMb?: number
}

export interface HistoryMetrics {
  readonly levels: { historyWaiting: number }
  readonly counts: { historyTurnedAway: number; historyMs: number }
}

/** What nobody waits for. */
const BUILDS: ReadonlySet<Task['kind']> = new Set(['build', 'state', 'merge'])
/** Questions under way at once: while one of a large document is worked on, another need not wait for its end. */
const QUESTIONS = 2

const defaults = {
  pieceBytes: 128 << 10,
  maxWaiting: 1_000,
  stallMs: 60_000,
  idleMs: 10_000,
  heapMb: 1024,
  youngMb: 4,
  metrics: { levels: { historyWaiting: 0 }, counts: { historyTurnedAway: 0, historyMs: 0 } },
}

export class WorkerHistory extends Runner {
  readonly #options: Required<PoolOptions>
  readonly #builds: Lane
  readonly #questions: Lane
  #closed = false
  #lastRun = 0

  constructor(options: PoolOptions) {
    super()
    this.#options = { threads: 1, ...defaults, ...options }
    const seat = new Seat(this.#options)
    this.#builds = { seat, turns: this.#turns(1) }
    const ownSeat = this.#options.threads === 2 ? new Seat(this.#options) : seat
    this.#questions = { seat: ownSeat, turns: this.#turns(QUESTIONS) }
  }

  /** How many threads are running. */
  get threads(): number {
    return new Set([this.#builds.seat, this.#questions.seat].filter(({ taken }) => taken)).size
  }

  override async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#builds.seat.close(), this.#questions.seat.close()])
  }

  protected override run(task: Task, replay: Replay, asker: Asker): Promise<Outcome> {
    const { seat, turns } = BUILDS.has(task.kind) ? this.#builds : this.#questions
    const comer = { party: asker.document, line: asker.channel, spent: (ms: number) => asker.spent(ms) }
    return turns.enter(comer, (spent) => this.#advance({ seat, spent }, task, replay))
  }

  #turns(maxRunning: number): Turns {
    const { maxWaiting, metrics } = this.#options
    return new Turns({
      maxWaiting,
      maxRunning,
      onWaiting: (change) => {
        metrics.levels.historyWaiting += change
      },
      onTurnedAway: () => {
        metrics.counts.historyTurnedAway += 1
      },
    })
  }

  async #advance({ seat, spent }: Turn, task: Task, replay: Replay): Promise<Outcome> {
    if (this.#closed) throw new Unavailable('history is closed')
    const { clock, metrics } = this.#options
    const thread = seat.sit()
    const run = ++this.#lastRun
    const start = owned(replay.checkpoint, task.kind)
    let begin: Step['begin'] = { task, start }
    let askedAt = clock.now()
    const step = (entries: readonly ReplayedEntry[] | null, then: Step['then']) => {
      const piece = entries === null ? null : pack(entries)
      const transfer: ArrayBuffer[] = []
      if (piece !== null) transfer.push(piece.bytes.buffer, piece.lengths.buffer, piece.authorOf.buffer)
      if (begin !== null && start !== null) transfer.push(start.state.buffer)
      askedAt = clock.now()
      const asked = thread.ask({ run, begin, piece, then }, transfer, (ms) => {
        metrics.counts.historyMs += ms
        spent(ms)
      })
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
      // A thread that died has said nothing of the time it took.
      if (!thread.alive) spent(clock.now() - askedAt)
      // The thread may hold a half-fed document. It may also be gone, or have forgotten the run: then all is well.
      if (begin === null && thread.alive) await step(null, 'drop').catch(() => {})
      throw error
    } finally {
      seat.rise()
    }
  }
}

/** A copy that may be handed over, of what the task looks at: the caller keeps its own bytes. */
function owned(start: Start | null, kind: Task['kind']): (Start & { state: Uint8Array<ArrayBuffer> }) | null {
  if (start === null) return null
  return {
    state: kind === 'judge' ? new Uint8Array(0) : new Uint8Array(start.state),
    knowledge: kind === 'build' || kind === 'judge' ? start.knowledge : new Uint8Array(0),
  }
}

/** Runs of one sort: who is next, and where it is done. */
interface Lane {
  readonly seat: Seat
  readonly turns: Turns
}

interface Turn {
  readonly seat: Seat
  readonly spent: (ms: number) => void
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

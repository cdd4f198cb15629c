/**
 * One worker thread from its start to its end. It is never restarted: whoever needs another makes one.
 *
 * Questions are answered in order. When the thread dies (out of memory, a crash) or answers nothing for `stallMs`
 * while something was asked, it is ended and every question under way rejects with Unavailable.
 */
import { Worker } from 'node:worker_threads'
import type { Cancel, Clock } from '#shared/time.ts'
import type { Piece } from './piece.ts'
import { Unavailable, Unbuildable } from './port.ts'
import type { Outcome, Start, Task } from './task.ts'

/** One step of a run. The first carries `begin`, the last `finish`; a run that failed is forgotten by the thread. */
export interface Step {
  readonly run: number
  readonly begin: { readonly task: Task; readonly start: Start | null } | null
  readonly piece: Piece | null
  /** `drop` forgets the run without an outcome. */
  readonly then: 'wait' | 'finish' | 'drop'
}

/** What the thread says to one step: an outcome for `finish`, null for others. */
export type Answer =
  | { readonly kind: 'done'; readonly outcome: Outcome | null; readonly ms: number }
  | {
      readonly kind: 'failed'
      readonly name: string
      readonly message: string
      readonly cause: string
      readonly ms: number
    }

export interface ThreadOptions {
  readonly clock: Clock
  /** Old space of the thread; what needs more ends it. */
  readonly heapMb: number
  /** Young space: small, since it is never given back while the thread lives. */
  readonly youngMb: number
  /** Longest time for one step. */
  readonly stallMs: number
}

interface Asked {
  readonly spent: (ms: number) => void
  readonly resolve: (outcome: Outcome | null) => void
  readonly reject: (error: Error) => void
}

export class Thread {
  readonly #options: ThreadOptions
  readonly #worker: Worker
  readonly #asked: Asked[] = []
  readonly #exited: Promise<void>
  #cancelStall: Cancel | null = null
  #ended: Unavailable | null = null

  constructor(options: ThreadOptions) {
    this.#options = options
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'history',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb, maxYoungGenerationSizeMb: options.youngMb },
    })
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    this.#worker.on('message', (answer: Answer) => this.#answered(answer))
    this.#worker.on('error', (error) => this.#end('the history thread died', error))
    this.#worker.on('exit', () => this.#end('the history thread ended'))
  }

  get alive(): boolean {
    return this.#ended === null
  }

  /**
   * Resolves with the answer to this step; rejects with Unbuildable, RangeError, or Unavailable. `spent` is told the
   * milliseconds that the thread worked on it.
   */
  ask(step: Step, transfer: readonly ArrayBuffer[], spent: (ms: number) => void): Promise<Outcome | null> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) return reject(this.#ended)
      this.#asked.push({ spent, resolve, reject })
      if (this.#asked.length === 1) this.#watch()
      this.#worker.postMessage(step, [...transfer])
    })
  }

  /** Resolves when the thread is gone; may be called twice. */
  async end(reason: string): Promise<void> {
    this.#end(reason)
    await this.#exited
  }

  #answered(answer: Answer): void {
    this.#watch()
    const asked = this.#asked.shift()
    if (this.#asked.length === 0) this.#unwatch()
    asked?.spent(answer.ms)
    if (answer.kind === 'done') asked?.resolve(answer.outcome)
    else asked?.reject(failure(answer))
  }

  #watch(): void {
    this.#unwatch()
    const { clock, stallMs } = this.#options
    this.#cancelStall = clock.after(stallMs, () => this.#end(`no answer from history within ${stallMs} ms`))
  }

  #unwatch(): void {
    this.#cancelStall?.()
    this.#cancelStall = null
  }

  #end(reason: string, cause?: unknown): void {
    if (this.#ended !== null) return
    this.#ended = new Unavailable(reason, { cause })
    this.#unwatch()
    for (const { reject } of this.#asked.splice(0)) reject(this.#ended)
    // Resolves with the exit code whatever happens; `end` waits for the exit itself.
    void this.#worker.terminate()
  }
}

function failure(answer: Answer & { kind: 'failed' }): Error {
  const options = { cause: new Error(answer.cause) }
  if (answer.name === 'RangeError') return new RangeError(answer.message, options)
  if (answer.name === 'Unbuildable') return new Unbuildable(answer.message, options)
  return new Error(`${answer.name}: ${answer.message}`, options)
}

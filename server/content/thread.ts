/**
 * One thread that content is made on, one question at a time. It starts with a question and ends when none came for a
 * while, which gives its memory back. A thread that dies or gives no answer in time is ended; the next question starts
 * another.
 */
import { Worker } from 'node:worker_threads'
import type { Cancel, Clock } from '#shared/time.ts'
import { InvalidContent, NoSuchHeading, NotHeld, NotPossible } from './port.ts'
import type { Outcome } from './task.ts'
import type { Answer, Question } from './worker.ts'

export interface ThreadOptions {
  readonly clock: Clock
  /** A question that takes longer ends the thread. */
  readonly stallMs: number
  readonly idleMs: number
  readonly heapMb: number
}

/** The thread ended before it answered. */
export class ThreadEnded extends Error {
  readonly why: 'stalled' | 'died' | 'closed'
  constructor(why: 'stalled' | 'died' | 'closed', options?: ErrorOptions) {
    super(`the thread ${why}`, options)
    this.name = 'ThreadEnded'
    this.why = why
  }
}

interface Asked {
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: Error) => void
}

export class ContentThread {
  readonly #options: ThreadOptions
  #held: ReadonlyMap<string, number> = new Map()
  #worker: Worker | null = null
  #current: Asked | null = null
  #cancel: Cancel | null = null

  constructor(options: ThreadOptions) {
    this.#options = options
  }

  /** Which documents the thread holds, and where. */
  get held(): ReadonlyMap<string, number> {
    return this.#held
  }

  /** Takes the bytes of the question away. Rejects with ThreadEnded, and with what the port rejects with. */
  ask(question: Question): Promise<Outcome> {
    if (this.#current !== null) throw new RangeError('a thread is asked one thing at a time')
    this.#cancel?.()
    const { clock, stallMs } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
    const worker = this.#worker ?? this.#start()
    try {
      worker.postMessage(question, [question.bytes.buffer, question.lengths.buffer])
    } catch (error) {
      // Something in it cannot be handed over: a mistake of ours, of this question alone.
      this.#rest()
      throw new TypeError('a question that cannot be asked', { cause: error })
    }
    this.#current = { resolve, reject }
    this.#cancel = clock.after(stallMs, () => void this.end('stalled'))
    return promise
  }

  /** What it was asked rejects. */
  async end(why: ThreadEnded['why'], options?: ErrorOptions): Promise<void> {
    this.#cancel?.()
    this.#cancel = null
    const worker = this.#worker
    const asked = this.#current
    this.#worker = null
    this.#held = new Map()
    this.#current = null
    asked?.reject(new ThreadEnded(why, options))
    await worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'content',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMb, maxYoungGenerationSizeMb: 8 },
    })
    const gone = (cause?: unknown) => {
      if (this.#worker === worker) void this.end('died', { cause })
    }
    worker.on('message', (answer: Answer) => {
      if (this.#worker === worker) this.#answered(answer)
    })
    worker.on('error', gone)
    worker.on('exit', () => gone())
    this.#worker = worker
    return worker
  }

  #answered(answer: Answer): void {
    const asked = this.#current
    this.#current = null
    this.#rest()
    if (answer.kind === 'done') {
      this.#held = new Map(answer.held)
      asked?.resolve(answer.outcome)
    } else asked?.reject(failure(answer))
  }

  #rest(): void {
    this.#cancel?.()
    const { clock, idleMs } = this.#options
    this.#cancel = clock.after(idleMs, () => void this.end('closed'))
  }
}

function failure({ name, message, where }: Answer & { kind: 'failed' }): Error {
  if (name === 'InvalidContent') return new InvalidContent(where, message)
  if (name === 'NotPossible') return new NotPossible(message)
  if (name === 'NotHeld') return new NotHeld(message)
  if (name === 'NoSuchHeading') return new NoSuchHeading(message)
  return new Error(`${name}: ${message}`)
}
